"""Textual widgets of the performance view: what ``perfkit top`` and the client's own UI show of readings.

``perfkit.panels.view`` needs textual, which the extra ``ui`` brings; ``graph`` and ``sections`` are plain functions.
"""
