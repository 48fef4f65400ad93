"""Looking at a program while it runs: what comes in is folded into readings, second by second."""
