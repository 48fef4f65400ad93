"""Makes its runtime talk: for each line of its standard input so many collections, and the import of a module.

"3 colorsys" is three and that one. Prints "ready", and "done" after each line.
"""

# ruff: noqa: T201 - a program: it prints

import gc
import sys

gc.disable()
print("ready", flush=True)
for line in sys.stdin:
    collections, module = line.split()
    for _ in range(int(collections)):
        gc.collect()
    __import__(module)  # importlib tells no times
    print("done", flush=True)
