"""Judges samples: estimate, interval, verdict, stopping, ranking. Pure functions, no scipy; see docs/statistics.md.

The only entrances others need: ``verdict.judge_together`` and ``verdict.judge`` (one metric of base and head),
``failures.judge_outcomes``, ``ranking.rank``, ``stopping.undecided`` and ``stopping.visible_in_advance``.
"""
