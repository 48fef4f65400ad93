"""Results in the formats of other programs: a pure function ``Result → text`` each; ``registry`` knows them all."""
