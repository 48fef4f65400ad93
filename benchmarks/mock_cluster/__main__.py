"""How fast the mock API server is, each figure beside something comparable in the same run, as a Markdown table.

python -m benchmarks.mock_cluster [start|lists|watches|requests|slow|rivals …] [REPEATS]
"""

from __future__ import annotations

import sys

from benchmarks.mock_cluster import lists, requests, rivals, slow, start, table, watches

_PARTS = {module.__name__.rpartition(".")[2]: module for module in (start, lists, watches, requests, slow, rivals)}

if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    table.head()
    for name in [word for word in sys.argv[1:] if not word.isdigit()] or list(_PARTS):
        _PARTS[name].main(numbers[0] if numbers else 9)
