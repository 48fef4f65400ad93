"""Runs a scenario: schedule, trials, journal, resume. Knows no terminal."""
