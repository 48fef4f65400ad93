"""All that a person reads. Views know results and comparisons; they do not know the engine."""
