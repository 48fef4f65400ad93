"""Before a real cluster is put under load: which one is meant, whether that is wise, what it will cost it."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from perfkit.clusters.kind import asked
from perfkit.clusters.kinds import access_to, parse
from perfkit.errors import UsageError
from perfkit.model.scenario import Launch, Rescale, Stir, Strike, Submit
from perfkit.model.units import format_value
from perfkit.storage.names import find_shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.client.access import Access
    from perfkit.client.pages import Extent
    from perfkit.commands.choices import Choices, Consent
    from perfkit.model.scenario import ClusterSpec, Scenario

_PRODUCTION: Final = re.compile(r"(?<![a-z])(prod|prd|production|live)(?![a-z])", re.IGNORECASE)
_PODS: Final = "/api/v1/pods"


def with_cluster(scenario: Scenario, choices: Choices) -> Scenario:
    """The scenario on the cluster that the command line names. Raises UsageError: it cannot run there."""
    kind, name = parse(choices.cluster or "mock", scenario.cluster.making)
    if kind == "mock":
        if choices.allow_writes or choices.populate:
            raise UsageError("--allow-writes and --populate are for real clusters", "name one: --cluster context:NAME")
        return scenario
    if kind == "context" and not choices.populate and (choices.shape is not None or choices.pods is not None):
        raise UsageError("a context holds what it holds: --shape and --pods need --populate", "or leave them out")
    cluster = msgspec.structs.replace(
        scenario.cluster, kind=kind, name=name, writes=choices.allow_writes, populate=kind == "kind" or choices.populate
    )
    if kind == "kind":
        asked(cluster)  # what cannot be made is told before anything starts
    _check(scenario, populated=cluster.populate)
    return msgspec.structs.replace(scenario, cluster=cluster)


def _check(scenario: Scenario, *, populated: bool) -> None:
    """Raise UsageError for a scenario of which a real cluster cannot be a part."""
    spec = scenario.cluster
    wants = {
        "API faults": bool(spec.fault) or any(isinstance(step, Strike) for step in scenario.steps),
        "denied requests": bool(spec.deny),
        "manifests": bool(spec.files),
        "objects of a step": any(isinstance(step, Submit) for step in scenario.steps),
        "churn or scaling of what perfkit did not make": not populated
        and any(isinstance(step, Stir | Rescale) for step in scenario.steps),
    }
    for what, wanted in wants.items():
        if wanted:
            raise UsageError(f"{scenario.name}: a real cluster has no {what}", "--cluster mock has, or see --populate")


def confirm(scenarios: Sequence[Scenario], consent: Consent) -> None:
    """Say what the runs will ask of contexts of the user's, and ask whether to go on.

    Raises:
        UsageError: it looks like production, nobody is there to ask, or the answer is no.
        AccessError, ApiError, ConnectionLostError: it cannot be reached.
    """
    for name in sorted({each.cluster.name for each in scenarios if each.cluster.kind == "context"}):
        access = access_to(name)
        _refuse_production(name, access, consent)
        mine = [each for each in scenarios if each.cluster.name == name]
        sys.stderr.write(f"{announcement(name, access, _extent(access), mine)}\n")
        if not consent.yes:
            _ask()


def confirm_gateway(spec: ClusterSpec, consent: Consent) -> None:
    """Say what a gateway before a context means, and ask. Raises UsageError, AccessError."""
    access = access_to(spec.name)
    _refuse_production(spec.name, access, consent)
    written = "nodes and pods of perfkit's own are put into it" if spec.populate else "nothing is written"
    allowed = "whoever has its kubeconfig may write" if spec.writes else "only what reads passes"
    sys.stderr.write(f"a gateway leads to context {spec.name} ({access.server}): {allowed}; {written}\n")
    if not consent.yes and (spec.populate or spec.writes):
        _ask()


def confirm_job(context: str, what: str, consent: Consent) -> None:
    """Say what will be run in a cluster, and ask. Raises UsageError, AccessError."""
    access = access_to(context)
    _refuse_production(context, access, consent)
    sys.stderr.write(f"context {context} ({access.server}): {what}, in a namespace made for it and removed with it\n")
    if not consent.yes:
        _ask()


def looks_like_production(*names: str) -> bool:
    """Whether one of these names is that of something that others depend on."""
    return any(_PRODUCTION.search(name) for name in names)


def _refuse_production(name: str, access: Access, consent: Consent) -> None:
    host = urlsplit(access.server).hostname or ""
    if looks_like_production(name, host) and consent.production != name:
        raise UsageError(f"context {name!r} looks like production ({host})", f"say it twice: --production {name}")


def announcement(name: str, access: Access, pods: Extent, scenarios: Iterable[Scenario]) -> str:
    """What runs ask of a cluster at most, in a line: starts, pods and bytes read, what is written."""
    starts = sum(_starts(each) for each in scenarios)
    specs = {each.cluster for each in scenarios}
    made = max((_made(spec) for spec in specs if spec.populate), default=0)
    held = f"holds {pods.objects:,} pods" + (f" and gets {made:,} of perfkit's own" if made else "")
    size = "" if made else f", about {format_value(float(pods.bytes * starts), 'bytes')} of pods in all"
    written = "perfkit writes those and their nodes" if made else "nothing is written"
    targets = "; targets may write" if any(spec.writes for spec in specs) else ""
    return (
        f"context {name} ({access.server}) {held}: up to {starts:,} starts, each reading at least once what it shows"
        f"{size}; {written}{targets}"
    )


def _made(spec: ClusterSpec) -> int:
    """How many pods a population has."""
    from perfkit.mock.generator.shape import load

    return load(find_shape(spec.shape), spec.pods).pods


def _starts(scenario: Scenario) -> int:
    trials = (scenario.repeat.pairs[-1] + scenario.repeat.warmup) * len(scenario.targets)
    return trials * sum(step.copies for step in scenario.steps if isinstance(step, Launch))


def _extent(access: Access) -> Extent:
    from perfkit.client.api import Api
    from perfkit.client.pages import extent

    connection = Api(access).connect()
    try:
        return extent(connection, _PODS)
    finally:
        connection.close()


def tell_progress(text: str) -> None:
    """What takes long before the first trial and after the last one: one line at a terminal, else a line each."""
    begin, end = ("\r", "\x1b[K\r") if sys.stderr.isatty() else ("", "\n")
    sys.stderr.write(f"{begin}cluster: {text}{end}")
    sys.stderr.flush()


def _ask() -> None:
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to ask whether to go on", "say --yes")
    sys.stderr.write("go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("not begun")
