"""The lean client: watch caches that ask for little memory, CPU and time, over any resource.

    from perfkit.client import Client, Filter, load_access

    with Client(load_access()) as client:
        pods = client.cache("pods")
        pods.wait_synced()
        for row in pods.query(Filter(namespace="default", text="web"), sort="-restarts", limit=20).rows:
            print(row.name, row.phase, row.restarts)

``python -m perfkit.client.lean`` is the bundled client ``lean``: it prints ``synced N`` and watches until it is ended.
Importing this package loads msgspec and the standard library's HTTP client, nothing else.
"""

from __future__ import annotations

from perfkit.client.access import Access, Contexts, list_contexts, load_access
from perfkit.client.api import Api
from perfkit.client.cache import Cache
from perfkit.client.client import Client, Stream
from perfkit.client.fields import Field
from perfkit.client.notices import Change
from perfkit.client.options import Options
from perfkit.client.problems import AccessError, ApiError, CancelledError, ConnectionLostError, UnknownResourceError
from perfkit.client.query import Filter, Page
from perfkit.client.resources import Resource
from perfkit.client.schema import Row, labels_of
from perfkit.client.statistics import CacheState, Statistics
from perfkit.client.workers import Task

__all__ = [
    "Access",
    "AccessError",
    "Api",
    "ApiError",
    "Cache",
    "CacheState",
    "CancelledError",
    "Change",
    "Client",
    "ConnectionLostError",
    "Contexts",
    "Field",
    "Filter",
    "Options",
    "Page",
    "Resource",
    "Row",
    "Statistics",
    "Stream",
    "Task",
    "UnknownResourceError",
    "labels_of",
    "list_contexts",
    "load_access",
]
