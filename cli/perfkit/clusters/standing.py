"""Clusters that stay up for a person's own use: started, listed and ended by ``perfkit cluster up|ls|down``."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from perfkit.clusters.mock import MockCluster
from perfkit.errors import ClusterError
from perfkit.keeper import Keeping, Kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from perfkit.model.scenario import ClusterSpec


class Standing(Kept, frozen=True, kw_only=True):
    """What is known of a cluster that stands. ``kubeconfig`` is a path."""

    kubeconfig: str
    shape: str
    pods: int
    seed: int


clusters = Keeping("cluster", Standing, ClusterError)


def keep(name: str, spec: ClusterSpec, port: int, announce: Callable[[Standing], None]) -> None:
    """Own a cluster until SIGTERM, Ctrl-C or its death. ``announce`` is called once, when it answers.

    Raises:
        ClusterError: the server did not start, or died.
        UsageError: another keeper holds the name.
    """
    with clusters.kept(name) as folder:
        cluster = MockCluster(spec, folder, port=port)
        try:
            cluster.open()
            standing = _describe(folder, name, spec, cluster)
            clusters.write(folder, standing)
            announce(standing)
            cluster.wait()
        finally:
            cluster.close()


def _describe(folder: Path, name: str, spec: ClusterSpec, cluster: MockCluster) -> Standing:
    kubeconfig = folder / "kubeconfig"
    _write_secret(kubeconfig, cluster.kubeconfig())
    return Standing(
        name=name,
        pid=os.getpid(),
        address=cluster.url,
        kubeconfig=str(kubeconfig),
        shape=spec.shape,
        pods=cluster.pods,
        seed=spec.seed,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _write_secret(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
