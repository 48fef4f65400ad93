"""Targets: from what a person wrote to a command, and from a command to a measured process tree."""
