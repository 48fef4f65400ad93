"""The terminal UI on the client: ``python -m perfkit.client`` where there is a terminal.

What is on the screen is lines of text, worked out by pages that know no Textual (``table``, ``text``) and painted by
one widget that draws only lines which differ (``canvas``). Only ``canvas`` and ``app`` load Textual.
"""
