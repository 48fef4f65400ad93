"""Where a watched client finds its API: a mock of its own, or a cluster that stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.clusters.control import tell
from perfkit.clusters.standing import RECORD, clusters
from perfkit.commands.watch.source import artifact, scenario_of
from perfkit.engine.carriage import NO_LINK, carriage
from perfkit.errors import ClusterError
from perfkit.measure.cpu import process_cpu
from perfkit.model.control import Collect, Glance
from perfkit.model.link import DIRECT, LinkProfile
from perfkit.model.scenario import ClusterSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from perfkit.clusters.standing import Standing
    from perfkit.commands.workshop import Workshop
    from perfkit.engine.carriage import Carriage
    from perfkit.model.churn import Churn
    from perfkit.model.requests import Entry
    from perfkit.model.scenario import TargetSpec

CONTEXT: Final = "context"
_PATIENCE = 5.0  # seconds for a cluster that stands to answer


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cluster a command is to talk to: one that stands, by its name, or a mock with these properties."""

    standing: str | None = None
    spec: ClusterSpec = field(default_factory=ClusterSpec)
    link: LinkProfile = DIRECT
    churn: Churn | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """An open cluster. ``copy`` is where what was asked is kept, if not in the record itself."""

    spec: ClusterSpec
    link: LinkProfile
    experiment: Mapping[str, str]
    kubeconfig: str
    record: Path
    copy: Path | None
    glance: Callable[[], object]
    collect: Callable[[], object]  # has all written to the record, open requests too
    cpu: Callable[[], float]  # seconds that its server has used
    carried: Callable[[Sequence[Entry]], Carriage]  # what the link did, of which these requests are known


def own(wanted: Wanted, target: TargetSpec, workshop: Workshop, folder: Path) -> Ground:
    """A mock of its own, which ends with the workshop. Raises ClusterError, LinkError, ScenarioError."""
    scenario = scenario_of(target, wanted.spec, wanted.link)
    bench = workshop.bench(msgspec.structs.replace(scenario, pass_="timing"), folder)
    record = artifact(folder, target, "requests.jsonl")
    cluster = bench.cluster
    cluster.reset(record)
    edges, way = artifact(folder, target, "edges"), bench.link
    if way is not None:
        way.reset(wanted.spec.seed, edges)
    if wanted.churn is not None:
        cluster.churn(wanted.churn)
    churn = {} if wanted.churn is None else {"churn": msgspec.json.encode(wanted.churn).decode()}
    return Ground(
        spec=wanted.spec,
        link=wanted.link,
        experiment={**cluster.describe(), **churn},
        kubeconfig=cluster.kubeconfig(through=way.address if way else None),
        record=record,
        copy=None,
        glance=cluster.glance,
        collect=cluster.traffic,
        cpu=cluster.cpu,
        carried=lambda asked: NO_LINK if way is None else carriage(way, asked, edges, (), ()),
    )


def find(name: str | None) -> Standing:
    """The cluster of that name, or the only one that stands. Raises UsageError."""
    (chosen,) = clusters.chosen(name, every=False)
    return clusters.find(chosen)


def of_standing(standing: Standing, target: TargetSpec, folder: Path) -> Ground:
    """A cluster that stands, whoever else uses it. Raises ClusterError."""
    place = clusters.folder(standing.name)
    try:
        kubeconfig = Path(standing.kubeconfig).read_text()
    except OSError as error:
        raise ClusterError(f"cluster {standing.name}: {standing.kubeconfig}: {error.strerror}") from error
    spec = ClusterSpec(shape=standing.shape, pods=standing.pods, seed=standing.seed)
    return Ground(
        spec=spec,
        link=DIRECT,
        experiment={**spec.describe(), "link before it": standing.link or "direct"},
        kubeconfig=kubeconfig,
        record=place / RECORD,
        copy=artifact(folder, target, "requests.jsonl"),
        glance=lambda: tell(place, [Glance()], _PATIENCE)[0],
        collect=lambda: tell(place, [Collect()], _PATIENCE)[0],
        cpu=lambda: process_cpu(standing.pid) or 0.0,
        carried=lambda _asked: NO_LINK,
    )


def standing_of(kubeconfig: str) -> Standing | None:
    """The cluster that stands whose kubeconfig this path is."""
    return next((each for each in clusters.ls() if each.kubeconfig == kubeconfig), None)


def named(cluster: str) -> Wanted:
    """``context:NAME``, of a kubeconfig, or the name of a cluster that stands."""
    word, colon, name = cluster.partition(":")
    if word == CONTEXT and colon and name:
        return Wanted(spec=ClusterSpec(kind=CONTEXT, name=name))
    return Wanted(standing=cluster)
