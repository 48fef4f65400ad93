"""The behaviour of each step kind; ``perform`` is the one way in."""
