"""Which columns the table of a resource has: kubectl's for those that people look at most, its fields for any other."""

from __future__ import annotations

import time
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from perfkit.client.ui.listing import Column, Sheet
from perfkit.client.ui.usage import MEBI, allocatable
from perfkit.model.units import human_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from perfkit.client.ui.cells import Tone

TAKEN: Final = {"namespace", "name", "resource_version", "created", "labels"}
"""Fields of every row, which have columns of their own or none."""

_WAITING: Final = {"Pending", "ContainerCreating", "PodInitializing", "SchedulingGated", "NotReady"}


def sheet(resource: str, fields: Iterable[str], *, namespaced: bool, usage: Sequence[Column] = ()) -> Sheet:
    """The sheet of a resource (``plural.group``) whose rows have these fields, in order; ``usage``: what they use."""
    if resource == "events":
        return EVENTS
    columns, tone = KNOWN.get(resource, (None, _no_tone))
    middle = columns or [_of(name) for name in fields if name not in TAKEN]
    first = [NAMESPACE, NAME] if namespaced else [NAME]
    at = _BEFORE_AGE.get(resource, len(middle))
    return Sheet([*first, *middle[:at], AGE, *usage, *middle[at:]], len(first), tone, len(first) + at + 1)


def _of(field: str, title: str = "", letter: str = "", *, wide: bool = False) -> Column:
    """A column that shows a field as it is."""
    value = attrgetter(field)
    return Column(title or field.upper().replace("_", "-"), lambda row: str(value(row)), letter, value, wide=wide)


def _of_two(title: str, part: str, whole: str, letter: str = "") -> Column:
    """``2/3``."""
    first, second = attrgetter(part), attrgetter(whole)
    return Column(
        title,
        lambda row: f"{first(row)}/{second(row)}",
        letter,
        lambda row: (first(row) - second(row), second(row)),
    )


def _age(row: Any) -> str:
    return human_duration(int(time.time()) - row.created) if row.created else "<unknown>"


def _since(field: str, title: str) -> Column:
    """How long a time (RFC 3339) is past."""
    value = attrgetter(field)
    return Column(title, lambda row: _past(value(row)), "A", lambda row: -_seconds(value(row)), volatile=True)


def _past(moment: str) -> str:
    seconds = _seconds(moment)
    return human_duration(int(time.time() - seconds)) if seconds else moment or "<unknown>"


def _seconds(moment: str) -> float:
    """Since the epoch; 0 for what is no time."""
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return 0.0


def _pod_tone(row: Any) -> Tone:
    status = row.status
    if status == "Running":
        return "good" if row.ready == row.containers else "bad"
    if status in {"Completed", "Succeeded"}:
        return "done"
    if status == "Terminating":
        return "ending"
    return "waiting" if status in _WAITING or status.startswith("Init:") else "bad"


def _millicores(row: Any) -> int:
    """That pods may have on a node."""
    return allocatable(row.cpu, 0)


def _mebibytes(row: Any) -> int:
    """Of memory that pods may have on a node."""
    return allocatable(row.memory, 1) // MEBI


def _node_tone(row: Any) -> Tone:
    if row.status == "Ready":
        return "good"
    return "waiting" if row.status.startswith("Ready") else "bad"


def _ready_tone(row: Any) -> Tone:
    return "good" if row.ready == row.desired else "bad"


def _event_tone(row: Any) -> Tone:
    return "plain" if row.type == "Normal" else "waiting"


def _job_tone(row: Any) -> Tone:
    if row.status == "Complete":
        return "done"
    return "bad" if row.status == "Failed" else "good"


def _phase_tone(row: Any) -> Tone:
    return "good" if row.phase in {"Active", "Bound", "Available"} else "ending"


def _no_tone(_row: Any) -> Tone:
    return "plain"


NAMESPACE: Final = Column("NAMESPACE", attrgetter("namespace"), "P")
NAME: Final = Column("NAME", attrgetter("name"), "N")
AGE: Final = Column("AGE", _age, "A", lambda row: -row.created, volatile=True)

_PHASE: Final = _of("phase", "STATUS", "S")
_READY: Final = _of_two("READY", "ready", "desired", "R")
_OWNER: Final = _of("owner", "OWNER")

KNOWN: Final[dict[str, tuple[list[Column], Callable[[Any], Tone]]]] = {
    "pods": (
        [
            _of_two("READY", "ready", "containers", "R"),
            _of("status", "STATUS", "S"),
            _of("restarts", "RESTARTS", "T"),
            _of("ip", "IP", "I"),
            _of("node", "NODE", "O"),
            _of("owner", "OWNER", wide=True),
            _of("qos", "QOS", wide=True),
            _of("service_account", "SA", wide=True),
        ],
        _pod_tone,
    ),
    "nodes": (
        [
            _of("status", "STATUS", "S"),
            _of("roles", "ROLES", "R"),
            _of("version", "VERSION", "V"),
            Column("CPU/A", lambda row: str(_millicores(row)), "", _millicores, number=True),
            Column("MEM/A", lambda row: str(_mebibytes(row)), "", _mebibytes, number=True),
            _of("os", "OS-IMAGE", wide=True),
        ],
        _node_tone,
    ),
    "deployments.apps": (
        [_READY, _of("updated", "UP-TO-DATE", "U"), _of("available", "AVAILABLE", "L")],
        _ready_tone,
    ),
    "replicasets.apps": ([_of("desired", "DESIRED", "D"), _of("ready", "READY", "R"), _OWNER], _ready_tone),
    "statefulsets.apps": ([_READY], _ready_tone),
    "daemonsets.apps": (
        [_of("desired", "DESIRED", "D"), _of("ready", "READY", "R"), _of("available", "AVAILABLE", "L")],
        _ready_tone,
    ),
    "jobs.batch": (
        [
            _of("status", "STATUS", "S"),
            _of("active", "ACTIVE"),
            _of("succeeded", "SUCCEEDED"),
            _of("failed", "FAILED", "F"),
            _OWNER,
        ],
        _job_tone,
    ),
    "cronjobs.batch": (
        [_of("schedule", "SCHEDULE"), _of("suspended", "SUSPEND", "S"), _since("last", "LAST SCHEDULE")],
        _no_tone,
    ),
    "namespaces": ([_PHASE], _phase_tone),
    "persistentvolumeclaims": (
        [_PHASE, _of("volume", "VOLUME"), _of("storage_class", "STORAGECLASS")],
        _phase_tone,
    ),
    "persistentvolumes": ([_PHASE, _of("claim", "CLAIM"), _of("storage_class", "STORAGECLASS")], _phase_tone),
}

_LAST_SEEN: Final = _since("last", "LAST SEEN")
EVENTS: Final = Sheet(
    [
        NAMESPACE,
        _LAST_SEEN,
        _of("type", "TYPE", "T"),
        _of("reason", "REASON", "R"),
        Column("OBJECT", lambda row: f"{row.kind.lower()}/{row.object}", "O"),
        _of("count", "COUNT", "C"),
        _of("message", "MESSAGE"),
    ],
    1,
    _event_tone,
    sorted_by=_LAST_SEEN,
)
"""Events have names that tell nothing, and the newest are looked for."""

_BEFORE_AGE: Final = {"pods": 3, "nodes": 3}
"""Where the age stands, which is on the screen rather than what is more to the right; else it is the last."""
