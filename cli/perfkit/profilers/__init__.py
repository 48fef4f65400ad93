"""Profiles: capture them, read and write their formats, sum them up, compare them. They yield no samples."""
