"""Versions of a target by name: had from where they are published, made once, kept in the user's cache."""
