"""The simulated network: a model of a link, a relay that plays it, and what proves that it does."""
