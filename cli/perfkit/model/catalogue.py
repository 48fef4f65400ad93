"""The catalogue: every metric there is, by what it is measured of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import ScenarioError
from perfkit.model.metrics import Metric, MetricName

if TYPE_CHECKING:
    from perfkit.model.metrics import Split
    from perfkit.model.units import Dimension

_SPLITS: Final = ("step", "verb", "resource")

_PERCENTILES: Final = (("p50", "the median"), ("p95", "95 % are quicker"), ("p99", "99 % are quicker"))


def _timed(name: str, help_: str, source: str, by: tuple[Split, ...] = ("step",)) -> tuple[Metric, ...]:
    """The percentiles of something that was done to the target, or by it, again and again."""
    return tuple(
        Metric(name=f"{name}.{stat}", kind="time", source=source, by=by, help=help_.format(words))
        for stat, words in _PERCENTILES
    )


CATALOGUE: Final[tuple[Metric, ...]] = (
    Metric(
        name="startup.first_request",
        kind="time",
        source="mock request log",
        by=("step",),
        help="From exec of the target to the arrival of its first API request.",
    ),
    Metric(
        name="startup.ready",
        kind="time",
        source="ready condition",
        gated=True,
        by=("step",),
        help="From exec of the target until its ready condition holds.",
    ),
    Metric(
        name="cpu.seconds",
        kind="time",
        source="cgroup or wait4",
        gated=True,
        by=("step", "thread"),
        help="CPU time, user and system, of the target's whole process tree from exec to its end.",
    ),
    Metric(
        name="memory.peak",
        kind="bytes",
        source="cgroup or wait4",
        gated=True,
        by=("step",),
        help="Peak resident memory of the target.",
    ),
    Metric(
        name="api.requests",
        kind="count",
        source="mock request log",
        gated=True,
        by=_SPLITS,
        help="API requests the target sent from exec to its end.",
    ),
    Metric(
        name="api.bytes_received",
        kind="bytes",
        source="mock request log",
        by=_SPLITS,
        help="Bytes of response bodies sent to the target, after compression, without headers and TLS.",
    ),
    Metric(
        name="api.connections",
        kind="count",
        source="mock request log",
        by=("step",),
        help="TCP connections that carried a request.",
    ),
)


def _linked(name: str, kind: Dimension, help_: str, by: tuple[Split, ...] = ()) -> Metric:
    return Metric(name=name, kind=kind, source="relay", by=by, help=help_)


_LATE: Final = "How late the relay woke up; above 1 ms it, not the link, set the times."
_LATENCY = "From when a request was taken from the target until the last byte of its answer was written to it: {}."

LINKED: Final[tuple[Metric, ...]] = (
    *_timed("api.latency", _LATENCY, "mock request log and relay, joined", ("step", "verb", "size")),
    _linked(
        "api.handshakes", "count", "TLS handshakes, from hello to an end: full, resumed or failed.", ("step", "outcome")
    ),
    _linked("link.bytes", "bytes", "Bytes towards the target that the link carried, TLS and all.", ("step",)),
    _linked("link.bytes_sent", "bytes", "Bytes from the target that the link carried, TLS and all.", ("step",)),
    _linked("link.connections", "count", "TCP connections over the link.", ("step",)),
    _linked("link.retransmissions", "count", "Packets that the link lost and that were sent again.", ("step",)),
    _linked("link.lateness.p99", "time", _LATE, ("step",)),
)
"""What is measured in addition where a link lies between target and cluster."""

CHURNED: Final[tuple[Metric, ...]] = (
    Metric(
        name="churn.events",
        kind="count",
        direction="higher",
        source="mock",
        by=("step",),
        help="Changes that the cluster made by itself in churn steps.",
    ),
    Metric(
        name="churn.rate",
        kind="rate",
        direction="higher",
        source="mock",
        by=("step",),
        help="Changes a second in churn steps: below what the scenario asks for, the mock could not keep up.",
    ),
)
"""What is measured in addition where a scenario has churn steps."""

RECORDING: Final = "recording of the terminal, replayed"


def _painted(name: str, kind: Dimension, help_: str, by: tuple[Split, ...] = ("step",)) -> Metric:
    return Metric(name=f"ui.{name}", kind=kind, source=RECORDING, by=by, help=help_)


SHOWN: Final[tuple[Metric, ...]] = (
    _painted("first_paint", "time", "From exec of the target until anything but blanks is on its screen."),
    _painted("useful_screen", "time", "From exec of the target until its screen matches its ready condition."),
    _painted("frames", "count", "Stretches of output, without a pause of 5 ms, in which the screen changed."),
    _painted("bytes_per_frame", "bytes", "Bytes that the target printed for one frame, on average."),
)
"""What is measured in addition of targets in a terminal."""

DRIVEN: Final = (
    _painted(
        "longest_freeze",
        "time",
        "The longest time without a change of the screen while something was done to the target or its cluster.",
    ),
)
"""The same, where something is done to them or to the cluster."""

KEYED: Final = _timed(
    "ui.key_to_paint", "From a key until the change of the screen that a keys step waits for: {}.", RECORDING
)
"""The same, where steps press keys."""

FOLLOWED: Final = (
    *_timed(
        "ui.event_to_paint",
        "From a change in the cluster until the screen shows it, where it can be told: {}.",
        "the mock's log of changes and the recording of the terminal, joined",
    ),
    Metric(
        name="ui.events",
        kind="count",
        direction="higher",
        by=("step",),
        source="the mock's log of changes and the recording of the terminal, joined",
        help="Changes in the cluster that ui.event_to_paint is about.",
    ),
)
"""The same, where the cluster changes."""

RESTARTED: Final[tuple[Metric, ...]] = (
    Metric(
        name="cache.saved",
        kind="ratio",
        direction="higher",
        source="mock request log",
        help="Share of the first start's requests that the last start did without.",
    ),
)
"""What is measured in addition where a trial starts the target again and does nothing else to it or its cluster."""

REPORTED: Final[tuple[Metric, ...]] = (
    Metric(
        name="cache.reads",
        kind="count",
        direction="higher",
        source="the target's own count",
        help="How often the target read something, as it reports itself.",
    ),
    Metric(
        name="cache.hits",
        kind="ratio",
        direction="higher",
        source="the target's own count and the mock request log",
        help="Share of its reads that needed no GET or LIST.",
    ),
)
"""What is known of targets that count their reads."""

WAITED: Final[tuple[Metric, ...]] = (
    Metric(
        name="wait.time",
        kind="time",
        source="wait step",
        by=("step",),
        help="From the beginning of the step before a wait step until its condition held; of a trial the longest.",
    ),
)
"""What is measured in addition where steps wait."""

_CHANGES: Final = "the mock's log of changes and its record of requests, joined"


def _reconciled(name: str, kind: Dimension, help_: str) -> Metric:
    return Metric(name=f"reconcile.{name}", kind=kind, source=_CHANGES, by=("step",), help=help_)


RECONCILED: Final = (
    *_timed(
        "reconcile.latency", "From a change of an object until the target's first write that concerns it: {}.", _CHANGES
    ),
    *_timed("reconcile.settled", "From a change of an object until the target's last write about it: {}.", _CHANGES),
    _reconciled("backlog", "time", "From the last change of a step until the last object had its first write."),
    _reconciled("writes", "count", "Writes of the target that concern an object: for each change, after a start each."),
    _reconciled("missed", "count", "Changes of objects upon which the target wrote nothing."),
    _reconciled("conflicts", "count", "Writes refused with 409 since somebody else had changed the object."),
    _reconciled("retries", "count", "Writes that repeat one so refused."),
)
"""What is measured in addition where steps change objects that a target is to deal with."""

SHOWN_RECONCILED: Final = ("reconcile.latency.p99", "reconcile.backlog", "reconcile.writes", "reconcile.missed")

ASKED: Final = _timed("query.time", "From asking the target for something until it has answered: {}.", "query step")
"""What is measured in addition where steps query the target."""


def _asked(name: str, help_: str) -> Metric:
    """A count of requests or events that adds up over steps, verbs and resources."""
    return Metric(name=name, kind="count", source="mock request log", by=_SPLITS, help=help_)


_LAG = "From an event's being made until it was handed to the watch's socket, over all watches: {}."

DETAILED: Final[tuple[Metric, ...]] = (
    _asked("api.errors", "Requests answered with status 400 or above."),
    _asked("api.duplicates", "LISTs that repeat one already answered, though no watch had ended in between."),
    _asked("api.relists", "Reads of a whole collection after a watch of it had ended."),
    _asked("api.watch_restarts", "Watches of what was watched before by a watch that had ended."),
    _asked("api.watch_events", "Changes that watches delivered after their initial state."),
    _asked("api.watch_behind", "Changes that watches had not taken when they ended for good."),
    _asked("api.retries", "Requests that repeat one refused with 429 or 5xx."),
    _asked("api.retry_after_ignored", "Retries sent before the time that Retry-After asked for had passed."),
    Metric(
        name="api.chattiness",
        kind="rate",
        source="mock request log",
        by=("step",),
        help="Requests over time while the target is left alone: in windows of idle steps.",
    ),
    *_timed("api.watch_lag", _LAG, "mock request log"),
    Metric(
        name="api.watch_lag.peak", kind="time", source="mock request log", by=("step",), help=_LAG.format("the slowest")
    ),
)
"""What is stored with every trial, and shown when a limit or ``--metric`` names it."""

_ACCOUNT: Final = "wait4"

COUNTED: Final[tuple[Metric, ...]] = (
    Metric(
        name="cpu.system",
        kind="time",
        source=_ACCOUNT,
        by=("step",),
        help="Of the CPU time, the part spent in the kernel; of a step by the sampler.",
    ),
    Metric(
        name="process.page_faults",
        kind="count",
        source=_ACCOUNT,
        by=("step",),
        help="Page faults of the whole tree, minor and major; of a step by the sampler.",
    ),
    Metric(
        name="process.context_switches",
        kind="count",
        source=_ACCOUNT,
        by=("step",),
        help="Context switches of the whole tree, voluntary and not; of a step by the sampler.",
    ),
)
"""What the account at a target's end tells as well."""


def _traced(name: str, kind: Dimension, help_: str) -> Metric:
    return Metric(name=name, kind=kind, pass_="trace", source="sampler, 50 Hz", by=("step",), help=help_)


def _told(name: str, kind: Dimension, help_: str, by: tuple[Split, ...] = ("step",)) -> Metric:
    return Metric(name=name, kind=kind, pass_="trace", source="the target's runtime", by=by, help=help_)


TRACED: Final[tuple[Metric, ...]] = (
    _traced("cpu.mean", "ratio", "CPU time over wall time, as a share of one core."),
    _traced("cpu.system.mean", "ratio", "The part of it spent in the kernel, in ticks of 10 ms."),
    _traced("cpu.peak", "ratio", "The highest share of one core over any second (over all of a shorter step)."),
    _traced("memory.pss.peak", "bytes", "Proportional set size of the whole tree at its highest, read once a second."),
    _traced("memory.pss.mean", "bytes", "Its mean."),
    _traced("memory.pss.end", "bytes", "Its last value."),
    _traced("memory.rss.peak", "bytes", "Resident set size, summed over the tree, at its highest."),
    _traced("memory.rss.mean", "bytes", "Its mean."),
    _traced("memory.rss.end", "bytes", "Its last value."),
    _traced("memory.growth", "bytes", "By how much resident memory grows an hour: Theil and Sen's slope."),
    _traced("memory.growth.low", "bytes", "The lower end of its 99 % interval: above 0, it grows for certain."),
    _traced("memory.growth.high", "bytes", "The upper end."),
    _traced("process.count.peak", "count", "Processes at once."),
    _traced("process.threads.peak", "count", "Threads at once."),
    _traced("process.fds.peak", "count", "Open file descriptors at once, read once a second."),
    _told("python.gc.runs", "count", "Collections of all generations, in all Python processes of the tree."),
    _told("python.gc.seconds", "time", "Time in them."),
    _told("python.gc.pause.peak", "time", "The longest of them.", by=()),
    _told("python.imports", "count", "Modules imported."),
    _told("python.import.seconds", "time", "Time in their import, each module's own."),
    _told("go.init.seconds", "time", "Time in package initialisation."),
    _told("go.gc.runs", "count", "Collections."),
    _told("go.gc.seconds", "time", "Time in which they stopped the world."),
    _told("go.gc.pause.peak", "time", "The longest such time of one collection."),
)
"""What is measured in addition in the trace pass."""

SHOWN_TRACED: Final = ("cpu.mean", "cpu.peak", "memory.pss.peak")


def _moment(name: str, help_: str, source: str = "mock request log") -> Metric:
    words = f"From exec of the target until {help_}."
    return Metric(name=f"startup.{name}", kind="time", source=source, by=("step",), help=words)


def _stretch(name: str, kind: Dimension, help_: str) -> Metric:
    return Metric(name=f"startup.{name}", kind=kind, source="mock request log", by=("phase", "step"), help=help_)


STARTING: Final[tuple[Metric, ...]] = (
    _moment("connection", "its first connection is open", "relay"),
    _moment("tls", "the TLS handshake of that connection is done", "relay"),
    _moment("first_response", "an API request is answered in full"),
    _moment("discovery", "the last answer of discovery that it asked for before it was ready"),
    _moment("list", "the last page of the last LIST that it asked for before it was ready"),
    _moment("watch", "its first watch arrives"),
    _stretch("requests", "count", "API requests sent until ready."),
    _stretch(
        "round_trips", "count", "The longest chain until ready of requests each sent after the last was answered."
    ),
    _stretch("bytes", "bytes", "Bytes of the bodies of answers that were complete when it was ready."),
)
"""The start in detail: stored with every trial, shown by ``compare --timeline``, or when asked for."""

FAULTY: Final[tuple[Metric, ...]] = (
    _asked("api.faults", "Requests that a fault struck; one that two faults struck counts twice."),
)
"""What is shown in addition where a scenario lets something go wrong at the API."""

ON_SCREEN: Final = (*SHOWN, *DRIVEN, *KEYED, *FOLLOWED)

BY_NAME: Final[dict[str, Metric]] = {
    metric.name: metric
    for family in (
        CATALOGUE,
        COUNTED,
        LINKED,
        CHURNED,
        FAULTY,
        ON_SCREEN,
        RESTARTED,
        REPORTED,
        WAITED,
        RECONCILED,
        ASKED,
        DETAILED,
        STARTING,
        TRACED,
    )
    for metric in family
}


def metric_of(text: str) -> Metric | None:
    """The metric of that name, or the part of one: ``busy/api.requests{verb=list}``; None where there is none such.

    Raises:
        ScenarioError: it is no metric name, or the metric is not split that way.
    """
    name = MetricName.parse(text)
    whole = BY_NAME.get(name.whole)
    if whole is None or str(name) == whole.name:
        return whole
    for split in name.splits:
        if split not in whole.by:
            known = f"it is split by {', '.join(whole.by)}" if whole.by else "it is of the whole trial only"
            raise ScenarioError(f"{text!r}: {whole.name} is not known by {split}", known)
    return msgspec.structs.replace(whole, name=str(name), gated=False)
