"""What a run has open: the launcher, and for each experiment its cluster and its link. On the way out all is closed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Self

from perfkit.clusters.kinds import cluster_of
from perfkit.commands.real_clusters import tell_progress
from perfkit.engine.clock import MonotonicClock
from perfkit.engine.trial import Bench
from perfkit.targets.claims import claimed_folder
from perfkit.targets.process import ProcessLauncher, become_subreaper
from perfkit.targets.runs import SCRATCH, RunLock, sweep_leftovers

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.protocols import Cluster, Link, Observer
    from perfkit.model.scenario import ClusterSpec, Scenario


class Workshop:
    """A context: what was left by a killed run is swept on the way in, whatever is open is closed on the way out."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._clusters: dict[ClusterSpec, Cluster] = {}
        self._sampler: Observer | None = None

    def __enter__(self) -> Self:
        become_subreaper()
        sweep_leftovers()
        with contextlib.ExitStack() as stack:
            self.run = stack.enter_context(RunLock()).id
            self._scratch = stack.enter_context(claimed_folder(SCRATCH))
            self.launcher = ProcessLauncher(self.run)
            stack.callback(self.launcher.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def bench(self, scenario: Scenario, artifacts: Path) -> Bench:
        """What trials of a scenario need; cells of a matrix share a cluster where they want the same.

        Raises ClusterError, LinkError, ScenarioError.
        """
        cluster = self._cluster(scenario.cluster, artifacts)
        return Bench(
            cluster=cluster,
            launcher=self.launcher,
            clock=MonotonicClock(),
            artifacts=artifacts,
            link=self._link(scenario, cluster, artifacts),
            observer=self._observer(artifacts) if scenario.pass_ == "trace" else None,
            kept_homes=self._scratch / "homes" / scenario.name,
        )

    def _cluster(self, spec: ClusterSpec, folder: Path) -> Cluster:
        if spec not in self._clusters:
            cluster = cluster_of(spec, folder, tell_progress)
            self._stack.callback(cluster.close)
            cluster.open()
            self._clusters[spec] = cluster
        return self._clusters[spec]

    def _observer(self, folder: Path) -> Observer:
        """One sampler serves all cells, since one target runs at a time."""
        if self._sampler is None:
            from perfkit.measure.sampling import Sampler  # only here

            self._sampler = Sampler(self.launcher.pid, folder)
            self._stack.callback(self._sampler.close)
        return self._sampler

    def _link(self, scenario: Scenario, cluster: Cluster, folder: Path) -> Link | None:
        if scenario.link.direct:
            return None
        from perfkit.network.relay_link import RelayLink  # only here

        link = RelayLink(scenario.link, cluster.address, folder)
        self._stack.callback(link.close)
        link.open()
        return link
