"""Frozen types handed between the rooms. They hold no behaviour beyond reading and showing themselves."""
