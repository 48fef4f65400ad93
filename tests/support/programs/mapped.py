"""Has all of a file's pages in its memory, and sleeps from then on: mapped.py FILE."""

# ruff: noqa: T201 - a program: it prints, and loads no more than it needs

import mmap
import sys
import time
from pathlib import Path

with Path(sys.argv[1]).open("rb") as file:
    pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
sum(pages[:: mmap.PAGESIZE])
print("ready", flush=True)
time.sleep(60)
