"""Open, reset and close what a target talks to."""
