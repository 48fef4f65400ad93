"""Judges samples: estimate, interval, verdict, failures, ranking, stopping. Pure functions in pure Python.

estimate, nulls and interval are the mathematics; scale and margins turn values and limits into harm; verdict, failures
and ranking judge; looks, power and stopping say when and what can be seen; analysis puts a whole result together.
"""
