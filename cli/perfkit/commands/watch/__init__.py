"""``perfkit top``: what is asked for, what is watched, how it is shown, what is kept."""
