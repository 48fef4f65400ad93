"""What a client says of itself: a line ``perfkit: reads 1234`` in its output, the last of which counts.

From outside nobody knows how often a client read something it had: only requests are seen. A client that counts its
reads (of its cache or of the cluster, it does not matter which) makes its cache's worth measurable.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.model.requests import Entry

_READS: Final = re.compile(rb"^perfkit: reads (\d+)\s*$", re.MULTILINE)
_ASKING: Final = frozenset({"get", "list"})


def cache_values(output: bytes, asked: Iterable[Entry]) -> dict[str, float]:
    """``cache.reads``, and ``cache.hits``: the share of them that needed no request. None of a silent client.

    A page of a list is a request of its own, so a client may have needed more requests than it read; that is no hit.
    """
    told = _READS.findall(output)
    if not told or int(told[-1]) == 0:
        return {}
    reads = int(told[-1])
    requests = sum(entry.verb in _ASKING for entry in asked)
    return {"cache.reads": float(reads), "cache.hits": max(0.0, 1 - requests / reads)}
