"""Scenario files: TOML in, ``model.scenario.Scenario`` out. Targets stay as written; ``perfkit.targets`` resolves."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar, Unpack

import msgspec

from perfkit.errors import UsageError
from perfkit.model.denial import parse_denial
from perfkit.model.link import DIRECT
from perfkit.model.scenario import (
    ChangeLink,
    ClusterSpec,
    Idle,
    Keys,
    Launch,
    Making,
    MetricLimit,
    Query,
    Quit,
    Repeat,
    Rescale,
    Resize,
    Scenario,
    Step,
    Stir,
    Strike,
    Submit,
    Trace,
    Wait,
)
from perfkit.storage import churn, links, matrix, names, objects
from perfkit.storage.driving import ANSWERED, KEYS, QUERY, SIZE, check_query, read_terminal
from perfkit.storage.faults import read_fault, read_faults
from perfkit.storage.limits import check_steps, read_limits
from perfkit.storage.ready import read_ready, read_until
from perfkit.storage.tables import Value, choice, duration, integer, load, table, tables, text, texts, true
from perfkit.storage.targets import TargetTable, read_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from perfkit.model.metrics import Pass
    from perfkit.storage.matrix import Cell, Said

T = TypeVar("T", bound=msgspec.Struct)

MOST_PODS: Final = 1_000_000
MOST_TRIALS: Final = 10_000
LARGEST_SEED: Final = 2**63 - 1

LINK_CHANGES: Final[dict[str, Callable[[Value], Any]]] = {
    "to": links.read_reference,
    "cut": duration,
    "restore": true,
    "fault": links.read_fault,
}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_DEPLOYMENT = re.compile(r"[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*")
_STEP_NAME = re.compile(r"[a-z][a-z0-9_-]*")


class ScenarioFile(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario as its file says: ``scenario.targets`` is empty, ``targets`` is what is to be resolved into it."""

    path: Path
    scenario: Scenario
    targets: tuple[TargetTable, ...] = ()
    base: str | None = None  # the target that its others are compared with


class Changes(TypedDict, total=False):
    """What the command line may change; None leaves the scenario's own."""

    shape: str | None
    pods: int | None
    seed: int | None
    pairs: tuple[int, ...] | None
    warmup: int | None
    max_time: float | None  # seconds
    pass_: Pass | None
    trace: Trace | None


def find_scenarios(name: str, said: Said | None = None) -> list[ScenarioFile]:
    """The scenario of that name (project, then bundled), or in that file: a path has a ``/`` or ends with ``.toml``.

    One for each cell of its matrix; ``said`` are axes whose value the command line says (``matrix.cells``).

    Raises:
        ScenarioError: there is none, or its file is wrong.
    """
    if "/" in name or name.endswith(".toml"):
        return read_scenarios(Path(name), said)
    return read_scenarios(names.find(names.SCENARIOS, name), said)


def read_scenarios(path: Path, said: Said | None = None) -> list[ScenarioFile]:
    """Read one scenario file, cell by cell. Raises ScenarioError naming file and key path."""
    file = load(path)
    if not _NAME.fullmatch(path.stem):
        raise file.error("a scenario is called as its file: letters, digits, - and _ only", f"rename {path.name}")
    return [_read_cell(path, cell, place) for place, cell in enumerate(matrix.cells(file, path.stem, said))]


def _read_cell(path: Path, cell: Cell, place: int) -> ScenarioFile:
    fields = cell.file.fields(
        {
            "title": text,
            "pass": choice("timing", "trace"),
            "trace": _trace,
            "cluster": _cluster,
            "link": links.read_reference,
            "terminal": read_terminal,
            "repeat": _repeat,
            "target": read_targets,
            "base": text,
            "step": _steps,
            "limit": read_limits,
            "show": _show,
        },
        required=("title", "step"),
    )
    targets = fields.pop("target", ())
    base = fields.pop("base", None)
    if base is not None and base not in {target.name for target in targets}:
        raise cell.file.error(f"base = {base!r} is no target of it", "name one of its [[target]]")
    fields["pass_"] = fields.pop("pass", "timing")
    steps, limits = fields.pop("step"), fields.pop("limit", ())
    check_steps(limits, cell.file.file, steps)
    if any(isinstance(step, ChangeLink) for step in steps) and fields.get("link", DIRECT).direct:
        raise cell.file.error("a link step, but no link between target and cluster", 'name one: link.name = "loopback"')
    return ScenarioFile(
        path=path,
        scenario=Scenario(
            name=cell.name,
            sweep=path.stem if cell.at else "",
            at=cell.at,
            place=place,
            steps=steps,
            limits=limits,
            **fields,
        ),
        targets=targets,
        base=base,
    )


def override(scenario: Scenario, **changes: Unpack[Changes]) -> Scenario:
    """The scenario as the command line wants it.

    Unlike a file, the command line may ask for a single trial: a look, no statistics.

    Raises:
        ScenarioError: an unknown shape.
        UsageError: pairs that do not increase.
    """
    given: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    if "shape" in given:
        names.find_shape(given["shape"])
    if given.get("max_time", 1.0) <= 0:
        raise UsageError("--max-time must be more than 0 s")
    if "pairs" in given and not _increasing(given["pairs"], 1):
        raise UsageError(f"numbers of trials must increase from 1 up, not {', '.join(map(str, given['pairs']))}")
    return msgspec.structs.replace(
        _replaced(scenario, given),
        cluster=_replaced(scenario.cluster, given),
        repeat=_replaced(scenario.repeat, given),
    )


def with_project_limits(scenario: Scenario, limits: tuple[MetricLimit, ...]) -> Scenario:
    """Add a project's limits; where the scenario limits the same metric itself, the scenario, being nearer, wins."""
    own = {limit.metric for limit in scenario.limits}
    return msgspec.structs.replace(
        scenario, limits=(*scenario.limits, *(limit for limit in limits if limit.metric not in own))
    )


def with_limits(scenario: Scenario, limits: tuple[MetricLimit, ...]) -> Scenario:
    """The scenario with limits of the command line, which, being nearest, replace all others of their metrics."""
    said = {limit.metric for limit in limits}
    return msgspec.structs.replace(
        scenario, limits=(*(limit for limit in scenario.limits if limit.metric not in said), *limits)
    )


def _replaced(part: T, given: Mapping[str, Any]) -> T:
    """``part`` with those of the given values that are its fields."""
    return msgspec.structs.replace(part, **{k: v for k, v in given.items() if k in part.__struct_fields__})


def _show(value: Value) -> tuple[str, ...]:
    """Patterns of metric names, as of ``--metric``."""
    patterns = texts(value)
    if not patterns or not all("." in pattern for pattern in patterns):
        raise value.refused('a list of metrics or patterns of them, such as ["startup.ready", "api.latency.*"]')
    return patterns


def _cluster(value: Value) -> ClusterSpec:
    fields = value.fields(
        {
            "kind": choice("mock"),
            "shape": _shape,
            "pods": integer(0, MOST_PODS),
            "seed": integer(0, LARGEST_SEED),
            "deny": _denials,
            "fault": read_faults,
            "heartbeats": true,
            "manifests": _manifests,
            **dict.fromkeys(Making.__struct_fields__, text),
        }
    )
    files = fields.pop("manifests", ())
    making = {key: fields.pop(key) for key in Making.__struct_fields__ if key in fields}
    return ClusterSpec(files=files, making=Making(**making), **fields)


def _manifests(value: Value) -> tuple[str, ...]:
    """One name or path of manifests, or a list of them."""
    written = (text(value),) if isinstance(value.data, str) else texts(value)
    for index, name in enumerate(written):
        Value(value.file, value.key if isinstance(value.data, str) else f"{value.key}[{index}]", name).parsed(
            names.find_manifests
        )
    return written


def _denials(value: Value) -> tuple[str, ...]:
    rules = texts(value)
    for index, rule in enumerate(rules):
        Value(value.file, f"{value.key}[{index}]", rule).parsed(parse_denial)
    return rules


def _shape(value: Value) -> str:
    written = text(value)
    value.parsed(names.find_shape)
    return written


def _trace(value: Value) -> Trace:
    return Trace(**value.fields({"threads": true, "runtime": true}))


def _repeat(value: Value) -> Repeat:
    return Repeat(
        **value.fields(
            {
                "pairs": _pairs,
                "warmup": integer(0, MOST_TRIALS),
                "max_time": duration,
                "home": choice("fresh", "kept"),
            }
        )
    )


def _pairs(value: Value) -> tuple[int, ...]:
    if not isinstance(value.data, list) or not _increasing(value.data, 2):
        raise value.refused("a list of whole numbers, 2 or more, each larger than the one before")
    return tuple(value.data)


def _increasing(numbers: Sequence[Any], least: int) -> bool:
    """Whether these are whole numbers from ``least`` up, each larger than the one before, and at least one."""
    whole = all(type(number) is int and least <= number <= MOST_TRIALS for number in numbers)
    return whole and len(numbers) > 0 and all(a < b for a, b in pairwise(numbers))


def _steps(value: Value) -> tuple[Step, ...]:
    items = tables(value)
    if not items:
        raise value.refused("one [[step]] or more, the first a launch")
    steps = [_step(item) for item in items]
    if not isinstance(steps[0], Launch):
        raise items[0].error('the first step must be do = "launch"')
    seen: set[str] = set()
    running = False
    for item, step in zip(items, steps, strict=True):
        running = _checked_running(item, step, running=running)
        if step.name in seen:
            raise item.child("name").error(f"a second step named {step.name!r}")
        seen |= {step.name} - {""}
    return tuple(steps)


def _checked_running(item: Value, step: Step, *, running: bool) -> bool:
    """Whether the target runs after a step. Raises ScenarioError where it starts what runs already."""
    if isinstance(step, Launch) and running:
        raise item.error("a second launch of what still runs", 'put a step with do = "quit" between them')
    return isinstance(step, Launch) or (running and not isinstance(step, Quit))


def _step(value: Value) -> Step:
    kinds: dict[str, tuple[type[Step], dict[str, Callable[[Value], Any]], tuple[str, ...]]] = {
        "launch": (Launch, {"copies": integer(1, 1000), "until": read_until, "timeout": duration}, ()),
        "idle": (Idle, {"duration": duration}, ("duration",)),
        "quit": (Quit, {"timeout": duration}, ()),
        "link": (ChangeLink, LINK_CHANGES, ()),
        "fault": (Strike, {"fault": read_fault, "clear": true}, ()),
        "churn": (Stir, {**churn.READERS, "duration": duration, "background": true}, ()),
        "scale": (Rescale, _SCALING, ()),
        "objects": (Submit, dict(objects.READERS), ("manifest", "count", "rate")),
        "wait": (Wait, {"until": read_ready, "timeout": duration}, ("until",)),
        "keys": (Keys, KEYS | ANSWERED, ("send",)),
        "query": (Query, QUERY | ANSWERED, ("until",)),
        "resize": (Resize, SIZE, tuple(SIZE)),
    }
    if "do" not in table(value):
        raise value.error(f"the key 'do' is missing; allowed: {', '.join(kinds)}")
    kind, readers, required = kinds[choice(*kinds)(value.child("do"))]
    fields = value.fields({"do": text, "name": _step_name, **readers}, required)
    del fields["do"]
    if kind is ChangeLink and len(fields.keys() & LINK_CHANGES.keys()) != 1:
        raise value.error(f"a link step changes one thing; allowed: {', '.join(LINK_CHANGES)}")
    if kind is Strike and len(fields.keys() & {"fault", "clear"}) != 1:
        raise value.error("a fault step says what goes wrong, or clear = true", 'such as fault = "429 share=10%"')
    if kind is Stir and ("duration" in fields) == ("background" in fields):
        raise value.error("a churn step has a 'duration', or background = true")
    if kind is Stir:
        fields["churn"] = churn.churn_of(value, fields)
    if kind is Submit:
        fields["batch"] = objects.read_batch(value, fields)
    if kind is Rescale and fields.keys() - {"name", "timeout"} not in ({"deployment", "replicas"}, {"pods"}, {"empty"}):
        raise value.error("a scale step says deployment and replicas, or pods, or empty = true")
    if kind is Query:
        check_query(value)
    return kind(**fields)


def _deployment(value: Value) -> str:
    if not _DEPLOYMENT.fullmatch(text(value)):
        raise value.refused('namespace/name, such as "default/web"')
    return text(value)


_SCALING: Final[dict[str, Callable[[Value], Any]]] = {
    "deployment": _deployment,
    "replicas": integer(0, MOST_PODS),
    "pods": integer(-MOST_PODS, MOST_PODS),
    "empty": true,
    "timeout": duration,
}


def _step_name(value: Value) -> str:
    if not _STEP_NAME.fullmatch(text(value)):
        raise value.refused("lower-case letters, digits, - and _, a letter first")
    return text(value)
