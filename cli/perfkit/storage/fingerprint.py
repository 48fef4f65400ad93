"""What a result depends on, and what a difference forbids.

=========== ========================================= =============================================================
class       holds                                     a difference
=========== ========================================= =============================================================
experiment  cluster, link, steps, ready, home         nothing may be compared, but for the kind of cluster, where all
                                                      that the cluster holds is the same
method      pass, sources, back ends                  nothing may be compared
machine     CPU, count, architecture, VM              only what the server counted may be compared: requests,
                                                      connections, bytes on the wire. Time, CPU and memory depend on
                                                      the machine (threads and allocator arenas follow its CPUs)
context     kernel, load, Python, perfkit             a warning
target      version, command, environment, toolchain  expected; printed beside the verdict
=========== ========================================= =============================================================
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from perfkit.errors import NotComparableError
from perfkit.model.scenario import Launch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.model.link import LinkProfile
    from perfkit.model.metrics import Metric
    from perfkit.model.result import Fingerprint, Result
    from perfkit.model.scenario import Scenario, Step, TargetSpec

Class = Literal["experiment", "method", "machine", "context", "target"]

_UNUSUAL: Final = ("cluster.deny", "cluster.fault")  # of a cluster, left out where there is none
_KIND: Final = "cluster.kind"
# In what the same experiment differs on clusters of different kinds.
_OF_KINDS: Final = frozenset(
    {_KIND, "cluster.name", "cluster.server", "cluster.release", "cluster.run_by", "source of startup.ready"}
)
ABSENT: Final = "not recorded"
LOAD_TOLERANCE: Final = 1.0  # one-minute load averages that differ by less than one busy core are alike


class Difference(msgspec.Struct, frozen=True):
    """One thing in which two results differ."""

    kind: Class
    key: str
    base: str
    head: str

    def __str__(self) -> str:
        return f"{self.key}: {self.base} against {self.head}"


class Comparability(msgspec.Struct, frozen=True, kw_only=True):
    """What may be compared, and what must be said beside it."""

    refused: tuple[Difference, ...] = ()  # any of these: nothing may be compared
    machine: tuple[Difference, ...] = ()  # any of these: only what the server counted
    warnings: tuple[Difference, ...] = ()
    target: tuple[Difference, ...] = ()  # expected, for printing
    clusters: tuple[Difference, ...] = ()  # the mock against a real cluster: expected where that is what is compared

    def allows(self, metric: Metric) -> bool:
        """Whether a metric may be compared."""
        if self.refused:
            return False
        return not self.machine or metric.kind == "count" or metric.name.startswith("api.")

    def demand(self) -> None:
        """Raise NotComparableError, naming every reason, when nothing may be compared."""
        if self.refused:
            reasons = "; ".join(f"{difference.kind} {difference}" for difference in self.refused)
            raise NotComparableError(f"not comparable: {reasons}", "run both sides of the comparison alike")


def compare(base: Fingerprint, head: Fingerprint) -> Comparability:
    """Compare two fingerprints, class by class; for single targets, ``narrowed`` ones.

    The same experiment on clusters of different kinds is comparable: where they differ is then the question.
    """
    found = (
        *_differences("experiment", base.experiment, head.experiment),
        *_differences("method", base.method, head.method),
    )
    kinds = {each.experiment.get(_KIND) for each in (base, head)}
    between = tuple(each for each in found if len(kinds) == 2 and each.key in _OF_KINDS)
    return Comparability(
        refused=tuple(each for each in found if each not in between),
        clusters=between,
        machine=_differences("machine", base.machine, head.machine),
        warnings=tuple(
            difference
            for difference in _differences("context", base.context, head.context)
            if not (difference.key == "load" and _similar_load(difference))
        ),
    )


def compare_targets(base: Result, base_target: str, head: Result, head_target: str) -> Comparability:
    """Compare one target of one result with one of another (or the same) result, target differences included."""
    found = compare(narrowed(base, base_target), narrowed(head, head_target))
    differences = _target_differences(_target(base, base_target), _target(head, head_target))
    return msgspec.structs.replace(found, target=differences)


def foresee(base: Result, base_target: str, head: Scenario) -> Comparability:
    """What will forbid a comparison with the single target of a scenario that has not run yet, as far as it tells."""
    planned = {**experiment(head, head.cluster.describe()), **_own(head, head.targets[0])}
    found = narrowed(base, base_target).experiment
    known = {key: value for key, value in found.items() if key in planned or key in _UNUSUAL}
    return Comparability(refused=_differences("experiment", known, planned))


def narrowed(result: Result, target: str) -> Fingerprint:
    """The fingerprint of one target's part of a result: with the ready condition that held for it."""
    own = _own(result.scenario, _target(result, target))
    return msgspec.structs.replace(result.fingerprint, experiment={**result.fingerprint.experiment, **own})


def _own(scenario: Scenario, target: TargetSpec) -> dict[str, str]:
    """What of the experiment is the target's own: its terminal, and what it is waited for (the scenario may say so)."""
    until = next((step.until for step in scenario.steps if isinstance(step, Launch)), None)
    terminal = target.terminal
    size = {"terminal": f"{terminal.columns} × {terminal.rows}"} if terminal else {}
    return {"ready": str(until or target.ready), **size}


def experiment(scenario: Scenario, cluster: Mapping[str, str]) -> dict[str, str]:
    """The experiment class of a run. ``cluster`` is what the open cluster says of itself."""
    return {
        **{f"cluster.{key}": value for key, value in sorted(cluster.items())},
        "link": _link(scenario.link),
        "steps": "; ".join(_describe(step) for step in scenario.steps),
        "home": scenario.repeat.home,
    }


def _link(link: LinkProfile) -> str:
    """All that a link does; its title is for people only."""
    return link.name if link.direct else msgspec.json.encode(msgspec.structs.replace(link, title="")).decode()


def method(scenario: Scenario, sources: Mapping[str, str]) -> dict[str, str]:
    """The method class of a run. ``sources`` says where each metric's number came from."""
    asked = [name for name in ("threads", "runtime") if scenario.pass_ == "trace" and getattr(scenario.trace, name)]
    return {
        "pass": " and ".join([scenario.pass_, *asked]),
        **{f"source of {name}": source for name, source in sorted(sources.items())},
    }


def scenario_hash(scenario: Scenario) -> str:
    """A hash over all that makes the trials of a run one sample: cluster, link, home, steps and targets.

    How often it is repeated, limits and title may change between the sittings of one run.
    """
    parts = (
        scenario.name,
        scenario.pass_,
        scenario.trace,
        scenario.cluster,
        scenario.link,
        scenario.repeat.home,
        scenario.targets,
        scenario.steps,
    )
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()[:16]


def _differences(kind: Class, base: Mapping[str, str], head: Mapping[str, str]) -> tuple[Difference, ...]:
    return tuple(
        Difference(kind, key, base.get(key, ABSENT), head.get(key, ABSENT))
        for key in sorted(base.keys() | head.keys())
        if base.get(key) != head.get(key)
    )


def _similar_load(difference: Difference) -> bool:
    try:
        return abs(float(difference.base) - float(difference.head)) < LOAD_TOLERANCE
    except ValueError:
        return False


def _target(result: Result, name: str) -> TargetSpec:
    return next(spec for spec in result.scenario.targets if spec.name == name)


def _target_differences(base: TargetSpec, head: TargetSpec) -> tuple[Difference, ...]:
    return _differences("target", _target_facts(base), _target_facts(head))


def _target_facts(spec: TargetSpec) -> dict[str, str]:
    return {
        "program": spec.program,
        "version": spec.version or "unknown",
        "command": " ".join(spec.command),
        **{f"environment {name}": value for name, value in spec.environment.items()},
        **spec.toolchain,
        **spec.dependencies,
        **{f"SHA-256 of {name}": value for name, value in spec.hashes.items()},
    }


def _describe(step: Step) -> str:
    """A step with all that shapes the experiment; ``quit, timeout 5`` and ``idle settle, duration 0.2``."""
    fields = msgspec.to_builtins(step)
    kind, name = fields.pop("do"), fields.pop("name")
    fields = {key: value for key, value in fields.items() if value not in (None, False, "")}
    if kind == "launch":
        fields = {key: value for key, value in fields.items() if (key, value) != ("copies", 1)}
        fields.pop("until", None)  # the ready condition is a key of its own, one per target
    return ", ".join([f"{kind} {name}".strip(), *(f"{key} {_written(value)}" for key, value in fields.items())])


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else msgspec.json.encode(value).decode()
