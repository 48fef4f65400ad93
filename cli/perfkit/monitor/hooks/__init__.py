"""Libraries that tell a monitor by themselves. Each module has a ``hook`` that begins it and returns what ends it."""
