"""Every choice of the client in one place."""

from __future__ import annotations

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a cache loads and keeps up. Durations are in seconds, sizes in bytes."""

    watch_list: bool = True  # ask for the first state as a stream; a refusal falls back to LIST by pages
    page: int = 500  # objects of one LIST page, as many as client-go asks for
    freeze: bool = True  # no garbage collection while loading; what was loaded then is never scanned again
    connect_timeout: float = 10.0
    idle_timeout: float = 300.0  # a connection without a byte for so long is dead: bookmarks come each minute
    longest_frame: int = 1 << 24  # of a watch; etcd refuses objects above 1.5 MiB
    backoff_first: float = 0.8
    backoff_longest: float = 30.0
