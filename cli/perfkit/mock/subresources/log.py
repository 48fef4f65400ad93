"""Logs of containers: the same pod always wrote the same lines, one every few seconds, up to now."""

from __future__ import annotations

import asyncio
from hashlib import shake_128
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.resources.rules import find
from perfkit.mock.times import format_time, parse_time
from perfkit.mock.wire.options import boolean, integer
from perfkit.mock.wire.status import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.exchange import Exchange
    from perfkit.mock.store import Store
    from perfkit.mock.wire.places import Place
    from perfkit.mock.writes.control_plane import ControlPlane

_PACE = 5  # seconds between two lines
_KEPT = 2_000  # lines; a kubelet rotates logs at 10 MiB
_FOLLOWING = 1.0  # seconds between two lines while somebody follows
_TEXT = "text/plain"
_LEVELS = ("INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR")
_DEEDS = (
    "request served",
    "cache refreshed",
    "connection to the database opened",
    "job taken from the queue",
    "retrying after a timeout",
    "configuration read",
    "metrics written",
    "health check answered",
)


class LogOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What of a log is asked for."""

    container: str = ""
    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    tail: int | None = None
    since: int | None = None  # seconds since 1970
    limit: int | None = None  # bytes


def parse_log_options(query: Mapping[str, str], now: int) -> LogOptions:
    """Read and check a query. Raises ApiError (400)."""
    tail, seconds, limit = (_positive(query, name) for name in ("tailLines", "sinceSeconds", "limitBytes"))
    since = None if seconds is None else now - seconds
    if query.get("sinceTime"):
        if seconds is not None:
            raise bad_request("at most one of `sinceTime` or `sinceSeconds` may be specified")
        try:
            since = parse_time(query["sinceTime"])
        except ValueError as error:
            raise bad_request(f"sinceTime: {error}") from error
    return LogOptions(
        container=query.get("container", ""),
        follow=boolean(query.get("follow")),
        previous=boolean(query.get("previous")),
        timestamps=boolean(query.get("timestamps")),
        tail=tail,
        since=since,
        limit=limit,
    )


def _positive(query: Mapping[str, str], name: str) -> int | None:
    if not query.get(name):
        return None
    value = integer(query[name])
    if value < 0 or (value == 0 and name != "tailLines"):
        raise bad_request(f"{name}: Invalid value: {value}: must be greater than 0")
    return value


class _Run(msgspec.Struct, frozen=True):
    """From when to when a container ran, seconds since 1970; ``ended`` None: it runs."""

    started: int
    ended: int | None


async def serve(exchange: Exchange, store: Store, plane: ControlPlane, place: Place) -> None:
    """Answer with a log; who follows it is left when the container ends. Raises ApiError."""
    options = parse_log_options(exchange.query, store.now)
    pod = plane.editor.read(place)
    container, run = _meant(pod, options)
    log = _Log(pod["metadata"]["uid"], container, run)
    text = b"".join(log.lines(store.now, options))[: options.limit]
    if not options.follow:
        await exchange.reply(200, text, _TEXT)
        return
    await exchange.open_text(_TEXT)
    await exchange.write([text])
    number = log.count(store.now)
    while _goes_on(store.read(place.resource, place.key), container, run):
        await asyncio.sleep(_FOLLOWING)
        await exchange.write([log.line(number, options)])
        number += 1
    await exchange.finish()


def _goes_on(pod: Mapping[str, Any] | None, container: str, run: _Run) -> bool:
    return run.ended is None and pod is not None and _last_run(_status(pod, container)) == run


def _containers(pod: Mapping[str, Any]) -> list[str]:
    return [container["name"] for container in find(pod, "spec.containers", ())]


def _meant(pod: Mapping[str, Any], options: LogOptions) -> tuple[str, _Run]:
    """The container that the options mean, and which run of it. Raises ApiError (400)."""
    name, containers = pod["metadata"]["name"], _containers(pod)
    inits = [container["name"] for container in find(pod, "spec.initContainers", ())]
    if not options.container and len(containers) != 1:
        several = f"choose one of: [{' '.join(containers)}]" + (
            f" or one of the init containers: [{' '.join(inits)}]" if inits else ""
        )
        raise bad_request(f"a container name must be specified for pod {name}, {several}")
    container = options.container or containers[0]
    if container not in (*containers, *inits):
        raise bad_request(f"container {container} is not valid for pod {name}")
    status = _status(pod, container)
    if options.previous:
        run = _ended(find(status, "lastState.terminated"))
        if run is None:
            raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
    else:
        run = _last_run(status)
        if run is None:
            raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: ContainerCreating')
    return container, run


def _status(pod: Mapping[str, Any], container: str) -> Mapping[str, Any]:
    known = (*find(pod, "status.containerStatuses", ()), *find(pod, "status.initContainerStatuses", ()))
    return next((status for status in known if status.get("name") == container), {})


def _last_run(status: Mapping[str, Any]) -> _Run | None:
    """The run that goes on, or else the last one; None: there was none."""
    begun = find(status, "state.running.startedAt")
    if begun:
        return _Run(parse_time(begun), None)
    return _ended(find(status, "state.terminated")) or _ended(find(status, "lastState.terminated"))


def _ended(terminated: Mapping[str, Any] | None) -> _Run | None:
    begun, ended = (find(terminated or {}, field) for field in ("startedAt", "finishedAt"))
    return _Run(parse_time(begun), parse_time(ended)) if begun and ended else None


class _Log:
    """All that a container wrote in one run of it."""

    def __init__(self, uid: str, container: str, run: _Run) -> None:
        self._of = f"{uid}/{container}"
        self._started = run.started
        self._ended = run.ended

    def count(self, now: int) -> int:
        """Lines written up to ``now``; of a run that has ended at least one."""
        if self._ended is None:
            return max(0, (now - self._started) // _PACE)
        return max(1, (self._ended - self._started) // _PACE)

    def lines(self, now: int, options: LogOptions) -> Iterator[bytes]:
        """The lines that are asked for."""
        end = self.count(now)
        first = max(0, end - _KEPT)
        if options.since is not None:
            first = max(first, -(-(options.since - self._started) // _PACE))
        if options.tail is not None:
            first = max(first, end - options.tail)
        return (self.line(number, options) for number in range(first, end))

    def line(self, number: int, options: LogOptions) -> bytes:
        """One line."""
        digest = shake_128(f"log/{self._of}/{number}".encode()).digest(8)
        time = format_time(self._started + number * _PACE)
        level, deed = _LEVELS[digest[0] % len(_LEVELS)], _DEEDS[digest[1] % len(_DEEDS)]
        text = f"{time} {level} {deed} id={digest[2:6].hex()} took={digest[6]}ms"
        return (f"{time} {text}\n" if options.timestamps else f"{text}\n").encode()
