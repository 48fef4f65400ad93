"""Filling a real cluster with what a shape describes: nodes that are none, and pods on them that nothing runs."""
