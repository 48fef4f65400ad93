"""What goes wrong at the API, as data: which requests it strikes, how often, when, and what becomes of them."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

FaultKind = Literal[
    "latency", "429", "500", "503", "504", "limit", "conflict", "drop", "silent", "410", "restart", "clock", "token"
]
Distribution = Literal["fixed", "uniform", "normal", "lognormal", "exponential"]

KINDS: Final[tuple[str, ...]] = get_args(FaultKind)
DISTRIBUTIONS: Final[tuple[str, ...]] = get_args(Distribution)
ERRORS: Final = frozenset({"429", "500", "503", "504"})
ON_WATCHES: Final = frozenset({"drop", "silent", "410"})
"""What strikes watches: those that are open, and those to come."""

_TIME: Final = ("start", "duration")
_WHICH: Final = ("verb", "resource", "namespace", "agent")
_EACH: Final = (*_WHICH, "share", "count", *_TIME)
SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "latency": ("delay", "spread", "distribution", "p95", "p99", *_EACH),
    "429": ("retry_after", *_EACH),
    "500": _EACH,
    "503": ("retry_after", *_EACH),
    "504": ("retry_after", *_EACH),
    "limit": ("rate", "inflight", *_WHICH, *_TIME),
    "conflict": _EACH,
    "drop": ("after", *_EACH),
    "silent": ("after", *_EACH),
    "410": ("after", *_EACH),
    "restart": ("window", *_TIME),
    "clock": ("offset", *_TIME),
    "token": ("next", *_TIME),
}
"""What may be said of each kind."""

BARE: Final = {"latency": "delay", "limit": "rate", "restart": "duration", "clock": "offset"}
"""The one setting of a kind whose value may stand without its key: ``latency 50ms``."""

DOWN: Final = 1.0  # seconds that a restart takes unless something else is said


class ApiFault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault. Times are seconds; ``start`` and ``duration`` count from when it is put in force.

    It strikes the requests that ``verb``, ``resource``, ``namespace`` (each one or several, with commas between) and
    ``agent`` (a part of the user agent) describe, empty ones describing all: each with probability ``share``, and
    ``count`` of them at most.

    ``latency`` waits before the answer: ``delay`` is the fixed time, the middle (uniform, ± ``spread``), the mean
    (normal, of SD ``spread``; exponential), or the median (lognormal, of which 95 % stay below ``p95`` or 99 % below
    ``p99``). ``429``, ``500``, ``503``, ``504`` answer with that, asking to come back in ``retry_after`` whole seconds.
    ``limit`` answers 429 above ``rate`` requests a second or ``inflight`` at a time. ``conflict`` has somebody else
    change an object right before it is updated, patched or deleted, so that whoever means another version is refused.
    ``drop`` closes the connection of a watch, ``silent`` sends it nothing more, ``410`` ends it as too old (and refuses
    to go on with a list), each ``after`` so many seconds. ``restart`` closes all connections and refuses new ones for
    ``duration``; with ``window`` lost, watches cannot go on from where they were. ``clock`` is wrong by ``offset``.
    ``token`` expires the client's token; ``next`` is accepted in its place.
    """

    kind: FaultKind
    verb: str = ""
    resource: str = ""
    namespace: str = ""
    agent: str = ""
    share: float = 1.0
    count: int | None = None
    start: float = 0.0
    duration: float | None = None  # None: until it is ended
    delay: float = 0.0
    spread: float = 0.0
    distribution: Distribution = "fixed"
    p95: float | None = None
    p99: float | None = None
    retry_after: int | None = None
    rate: float | None = None
    inflight: int | None = None
    after: float = 0.0
    window: Literal["", "lost"] = ""
    offset: float = 0.0
    next: str = ""

    def __str__(self) -> str:
        """As a person writes it: ``429 share=10% duration=10s``."""
        settings = msgspec.to_builtins(self)
        kind = settings.pop("kind")
        return " ".join([kind, *(f"{key.replace('_', '-')}={_written(key, each)}" for key, each in settings.items())])


_UNITS: Final = {
    **dict.fromkeys(("start", "duration", "delay", "spread", "p95", "p99", "retry_after", "after", "offset"), "s"),
    "rate": "/s",
}


def _written(key: str, value: object) -> str:
    if isinstance(value, str):
        return value
    assert isinstance(value, int | float)
    if key == "share":
        return f"{_number(value * 100)}%"
    sign = "+" if key == "offset" and value >= 0 else ""
    return f"{sign}{_number(value)}{_UNITS.get(key, '')}"


def _number(value: float) -> str:
    """To the nanosecond, without an exponent."""
    return f"{value:.9f}".rstrip("0").rstrip(".")
