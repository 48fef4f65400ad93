"""The lean reference client: a watch cache of pods that asks for little memory, CPU and time.

    from perfkit.client import Api, WatchCache, load_access

    cache = WatchCache(Api(load_access()))
    cache.start()
    cache.wait_synced()
    print(len(cache), "pods at version", cache.resource_version)

``python -m perfkit.client`` is the bundled client ``lean``: it prints ``synced N`` and watches until it is ended.
Importing this package loads msgspec and the standard library's HTTP client, nothing else.
"""

from __future__ import annotations

from perfkit.client.access import Access, load_access
from perfkit.client.api import Api
from perfkit.client.cache import WatchCache
from perfkit.client.options import Options
from perfkit.client.problems import AccessError, ApiError, ConnectionLostError
from perfkit.client.rows import PodRow

__all__ = [
    "Access",
    "AccessError",
    "Api",
    "ApiError",
    "ConnectionLostError",
    "Options",
    "PodRow",
    "WatchCache",
    "load_access",
]
