"""Every choice of the client in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from perfkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

Originals = Literal["none", "zlib", "zstd"]
Natural = Annotated[int, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
Patience = Annotated[float, msgspec.Meta(gt=0)]

_WORDS: Final = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a client loads, holds, keeps up, answers and asks. Durations are in seconds, sizes in bytes.

    What pays is on; docs/client.md tells what each is worth, and what does not pay.
    """

    # ---- the first state
    watch_list: bool = True  # as a stream; a refusal falls back to LIST by pages
    page: Count = 500  # objects of one LIST page, as many as client-go asks for
    gzip: bool = False  # ask for compressed LISTs and GETs (watches never are)

    # ---- memory
    freeze: bool = True  # no garbage collection while loading; what was loaded then is never scanned again
    calm_collector: bool = True  # young collections rarer, and full ones when the watch is silent
    intern: bool = True  # words that repeat from object to object are kept once
    strip: bool = True  # managedFields are cut off whole objects
    columnar: bool = False  # rows as columns: smaller, made into rows whenever they are read
    originals: Originals = "none"  # whole objects of all rows, compressed, so that none need be asked for
    dictionary: bool = True  # originals are compressed against what the first of them have in common

    # ---- CPU
    coalesce: Amount = 0.25  # at most one reading of a watch in so long, so that events gather; after a silence at once
    batch: bool = True  # events that were read together are decoded and stored together
    debounce: Amount = 0.25  # at most one notice to a subscriber in so long
    workers: Count = 4  # threads that ask the API at once

    # ---- caches
    views: Natural = 8  # answers to queries that are kept up to date
    indexes: bool = True  # by field, made when first asked for
    object_cache: Natural = 16 << 20  # whole objects
    object_age: Amount = 3600.0  # only to let memory go: an object is right for as long as the watch tells no other
    negative_age: Amount = 5.0  # what was not there is not asked for again
    discovery_cache: str = "~/.cache/perfkit/discovery"  # folder; empty: none
    discovery_age: Amount = 21600.0  # younger than this the server is not asked whether it is still true
    stale_after: Amount = 150.0  # a watch that was silent for so long is not trusted: reads ask the server
    steady_after: Amount = 5.0  # and only when it was well for so long again they do not

    # ---- requests
    single_flight: bool = True  # of identical requests under way at once one is sent
    keep_alive: bool = True  # connections are used again
    rate: Amount = 50.0  # requests a second; 0: no limit
    burst: Count = 100
    verb_rates: dict[str, float] = {}  # a second, for each of get, list, watch, on top of ``rate``
    retries: Natural = 5  # of a request that the server is too busy for

    # ---- patience
    connect_timeout: Patience = 10.0
    read_timeout: Patience = 30.0  # a response of which nothing comes for so long is dead
    idle_timeout: Patience = 300.0  # and so is a watch: bookmarks come each minute
    longest_frame: Count = 1 << 24  # of a watch; etcd refuses objects above 1.5 MiB
    backoff_first: Amount = 0.8
    backoff_longest: Amount = 30.0

    def __post_init__(self) -> None:
        """Raises UsageError for a value that an option cannot have."""
        for name in _TYPES:
            _checked(name, getattr(self, name))

    def set(self, *assignments: str) -> Options:
        """With these: ``page=100``, ``freeze=off``. Raises UsageError for what is no option or no such value."""
        changed = self
        for text in assignments:
            name, _, value = text.partition("=")
            changed = msgspec.structs.replace(changed, **{_known(name): _value(name, value)})
        return changed

    def without(self, *switches: str) -> Options:
        """With these optimisations off. Raises UsageError for what is no switch."""
        for name in switches:
            if name not in OFF:
                raise UsageError(f"{name!r} is no switch of the client", f"switches are {', '.join(sorted(OFF))}")
        return msgspec.structs.replace(self, **{name: OFF[name] for name in switches})

    def switched(self, flags: Sequence[tuple[str, str]]) -> Options:
        """With those of a command line: ``--without SWITCH[,SWITCH]`` and ``--set OPTION=VALUE``. Raises UsageError."""
        off = [name for flag, value in flags if flag == "--without" for name in value.split(",")]
        return self.without(*off).set(*(value for flag, value in flags if flag == "--set"))

    def changed(self) -> dict[str, Any]:
        """What is not as it is by default."""
        usual = Options()
        return {
            name: getattr(self, name) for name in self.__struct_fields__ if getattr(self, name) != getattr(usual, name)
        }


_TYPES: Final[dict[str, Any]] = {each.name: each.type for each in msgspec.structs.fields(Options)}

OFF: Final[dict[str, Any]] = {
    "watch_list": False,
    "freeze": False,
    "calm_collector": False,
    "intern": False,
    "strip": False,
    "coalesce": 0.0,
    "batch": False,
    "debounce": 0.0,
    "views": 0,
    "indexes": False,
    "object_cache": 0,
    "negative_age": 0.0,
    "discovery_cache": "",
    "single_flight": False,
    "keep_alive": False,
}
"""What an optimisation that is on by default is when it is off."""

ON: Final[dict[str, Any]] = {"gzip": True, "columnar": True, "originals": "zlib"}
"""What those that are off by default are when they are on."""


def _known(name: str) -> str:
    if name not in Options.__struct_fields__:
        names = ", ".join(sorted(Options.__struct_fields__))
        raise UsageError(f"{name!r} is no option of the client", f"options are {names}")
    return name


def _value(name: str, text: str) -> Any:
    return _checked(name, _WORDS.get(text, text) if _TYPES[name] is bool else text, strict=False)


def _checked(name: str, value: Any, *, strict: bool = True) -> Any:
    """The value as an option has it; ``strict``: a number must not be written as text. Raises UsageError."""
    try:
        return msgspec.convert(value, _TYPES[name], strict=strict)
    except msgspec.ValidationError:
        raise UsageError(f"{name}={value!r}: no value for it", _example(name)) from None


def _example(name: str) -> str:
    usual = getattr(Options(), name)
    return "switches are on or off" if isinstance(usual, bool) else f"it is {usual!r} by default"
