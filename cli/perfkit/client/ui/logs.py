"""Logs, followed: of a container, of all of a pod, of all pods of a workload."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.client.ui.bounded import Inbox, Lines
from perfkit.client.ui.listing import matcher
from perfkit.client.ui.session import HEAD, TAIL, Stream
from perfkit.client.ui.text import TextPage
from perfkit.client.ui.values import said, table, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from perfkit.client.ui.session import Session

MOST_STREAMS: Final = 20  # logs that are followed at once: each takes a thread and a connection
LINES: Final = 500  # of the past, of all logs together
SPANS: Final = {"0": TAIL, "1": HEAD, "2": 60, "3": 300, "4": 900, "5": 1800, "6": 3600}
"""Keys, and from when on a log is shown: seconds, its last lines, or its first ones."""


class Logged(msgspec.Struct, frozen=True):
    """A pod whose logs are read, and its containers: first the one that kubectl takes by default."""

    namespace: str
    name: str
    containers: Sequence[str]

    @classmethod
    def of(cls, whole: Mapping[str, Any]) -> Logged:
        """That pod."""
        metadata = table(whole.get("metadata"))
        return cls(said(metadata.get("namespace")), said(metadata.get("name")), containers(whole))


class Course(msgspec.Struct, frozen=True):
    """What of logs is read. ``container`` empty: all of them."""

    container: str = ""
    previous: bool = False
    timestamps: bool = False
    since: int = TAIL


class LogPage(TextPage):
    """Lines as they come, those of several logs behind their names; a filter leaves out what does not match."""

    hints: Sequence[tuple[str, str]] = (
        ("c", "container"),
        ("a", "all"),
        ("p", "previous"),
        ("s", "follow"),
        ("w", "wrap"),
        ("t", "times"),
        ("0-6", "since"),
        ("/", "filter"),
        ("esc", "back"),
    )

    def __init__(self, session: Session, what: str, pods: Sequence[Logged], course: Course | None = None) -> None:
        self._all = Lines()  # also what the filter leaves out
        super().__init__("", follows=True)
        self._session = session
        self._what = what
        self._pods = pods
        self._containers = list(dict.fromkeys(name for pod in pods for name in pod.containers)) or [""]
        self._course = course or Course(self._containers[0])
        self._inbox = Inbox()
        self._stops: list[Callable[[], object]] = []
        self._begin()

    def title(self) -> str:
        """``Logs(default/web-1:main)``, and whether its end is left behind."""
        return super().title() + ("" if self.follows else " not followed")

    def look(self) -> None:
        """Take the lines that have come."""
        self.add(self._inbox.take())

    def add(self, lines: Iterable[str]) -> None:
        """Show those that match."""
        lines = list(lines)
        self._all.add(lines)
        super().add(filter(matcher(self._pattern), lines) if self._pattern else lines)

    def search(self, pattern: str) -> None:
        """Show only lines that match."""
        self._pattern = pattern
        self.clear()
        super().add(filter(matcher(pattern), self._all) if pattern else self._all)

    def press(self, key: str) -> bool:
        """Another log, another part of it, or as in any text."""
        match key:
            case "s":
                self.follows = not self.follows
            case "C":
                self._empty()
            case "m":
                self.add(["─" * 20])
            case _ if (course := self._turned(key)) is not None:
                self._course = course
                self._begin()
            case _:
                return super().press(key)
        return True

    def close(self) -> None:
        """Hear no more of it."""
        while self._stops:
            self._stops.pop()()

    def _turned(self, key: str) -> Course | None:
        """What is to be read after a key; None where it says nothing about that."""
        course, change = self._course, msgspec.structs.replace
        match key:
            case "c":
                at = self._containers.index(course.container) + 1 if course.container in self._containers else 0
                return change(course, container=self._containers[at % len(self._containers)])
            case "a":
                return change(course, container=self._containers[0] if not course.container else "")
            case "p":
                return change(course, previous=not course.previous)
            case "t":
                return change(course, timestamps=not course.timestamps)
            case _ if key in SPANS:
                return change(course, since=SPANS[key])
        return None

    def _empty(self) -> None:
        self._all = Lines()
        self.clear()

    def _begin(self) -> None:
        self.close()
        self._empty()
        self.follows, self._inbox = self._course.since != HEAD, Inbox()
        self.name = self._named()
        streams = list(islice(self._streams(), MOST_STREAMS + 1))
        if len(streams) > MOST_STREAMS:
            self.add([f"── more than {MOST_STREAMS} logs: these are the first ──"])
        for stream in streams[:MOST_STREAMS]:
            tail = max(1, LINES // min(len(streams), MOST_STREAMS))
            shown = msgspec.structs.replace(stream, tail=tail)
            prefix = self._prefix(stream) if len(streams) > 1 else ""
            self._stops.append(self._session.log(shown, _prefixed(prefix, self._inbox)))

    def _prefix(self, stream: Stream) -> str:
        """Whose line it is."""
        pod = f"{stream.pod}:" if len(self._pods) > 1 else ""
        return f"{pod}{stream.container} "

    def _streams(self) -> Iterator[Stream]:
        course = self._course
        for pod in self._pods:
            for name in pod.containers:
                if course.container in {"", name}:
                    yield Stream(pod.namespace, pod.name, name, course.previous, course.timestamps, course.since)

    def _named(self) -> str:
        course = self._course
        of = course.container or ("all" if len(self._containers) > 1 else self._containers[0])
        since = {TAIL: "", HEAD: " from its beginning"}.get(course.since, f" of {course.since // 60}m")
        return f"Logs({self._what}:{of}{' before' if course.previous else ''}){since}"


def _prefixed(prefix: str, inbox: Inbox) -> Callable[[Iterable[str]], None]:
    """What hears the lines of one log, in another thread."""
    return lambda lines: inbox.put(f"{prefix}{line}" for line in lines)


def containers(whole: Mapping[str, Any]) -> list[str]:
    """Names of a pod's containers, the one that kubectl takes by default first; an empty one where none is named."""
    spec, tags = table(whole, "spec"), table(whole, "metadata.annotations")
    kinds = ("containers", "initContainers", "ephemeralContainers")
    names = [said(each["name"]) for kind in kinds for each in tables(spec, kind) if each.get("name")]
    default = tags.get("kubectl.kubernetes.io/default-container")
    return sorted(names, key=lambda name: name != default) or [""]
