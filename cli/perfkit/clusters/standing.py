"""Clusters that stay up for a person's own use: started, listed and ended by ``perfkit cluster up|ls|down``."""

from __future__ import annotations

import contextlib
import os
import select
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from perfkit.clusters.control import SOCKET
from perfkit.clusters.exposure import LOOPBACK, bracketed
from perfkit.clusters.kinds import cluster_of
from perfkit.clusters.served import Doors
from perfkit.errors import ClusterError
from perfkit.keeper import Keeping, Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from perfkit.model.scenario import ClusterSpec


class Standing(Kept, frozen=True, kw_only=True):
    """What is known of a cluster that stands. ``kubeconfig`` is a path."""

    kubeconfig: str
    shape: str
    pods: int
    seed: int
    link: str = ""  # what lies before it: ``address`` is then the link's; empty: nothing
    host: str = LOOPBACK  # where it listens
    cluster: str = "mock"  # ``kind:NAME`` and ``context:NAME`` are reached through a gateway


class Part(Protocol):
    """A process that all that stands depends on."""

    def fileno(self) -> int:
        """For ``select``: readable when it said something, or is gone."""
        ...

    def attend(self) -> None:
        """Read what it said. Raises PerfkitError when it is gone."""
        ...


class Front(Part, Protocol):
    """What clients connect to in place of the cluster."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        ...


@dataclass(frozen=True, slots=True)
class Approach:
    """How a client comes to a cluster: by ``port`` (0: any), over what ``open`` puts before it, called ``link``.

    Without one, ``host`` is where the cluster listens. ``tell`` shows what takes long.
    """

    port: int = 0
    link: str = ""
    host: str = LOOPBACK
    open: Callable[[tuple[str, int], Path], AbstractContextManager[Front]] | None = None
    tell: Callable[[str], None] = lambda _: None


RECORD = "requests.jsonl"  # its name in the cluster's folder

PATIENCE = 300.0  # seconds to take a population out of a real cluster

clusters = Keeping("cluster", Standing, ClusterError, PATIENCE)


def keep(name: str, spec: ClusterSpec, approach: Approach, announce: Callable[[Standing], None]) -> None:
    """Own a cluster until SIGTERM, Ctrl-C or its death. ``announce`` is called once, when it answers.

    Raises:
        ClusterError: the server did not start, or died.
        LinkError: what lies before it did not start, or died.
        UsageError: another keeper holds the name.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(clusters.kept(name))
        port = 0 if approach.open else approach.port
        doors = Doors(host=approach.host, port=port, control=folder / SOCKET, record=folder / RECORD)
        cluster = cluster_of(spec, folder, approach.tell, doors)
        stack.callback(cluster.close)
        cluster.open()
        front: Front = cluster
        if approach.open is not None:
            front = stack.enter_context(approach.open(cluster.address, folder))
        standing = Standing(
            name=name,
            pid=os.getpid(),
            address=f"https://{bracketed(front.address[0])}:{front.address[1]}",
            kubeconfig=str(_write_secret(folder / "kubeconfig", cluster.kubeconfig(through=front.address))),
            shape=spec.shape if spec.kind == "mock" or spec.populate else "",
            pods=cluster.pods,
            seed=spec.seed,
            link=approach.link,
            host=approach.host,
            cluster=f"{spec.kind}:{spec.name}" if spec.name else spec.kind,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        clusters.write(folder, standing)
        announce(standing)
        _wait({cluster, front})


def _wait(parts: Iterable[Part]) -> None:
    """Until one of them dies, which raises its error; only a signal ends the wait otherwise."""
    while True:
        for part in select.select(list(parts), [], [])[0]:
            part.attend()


def _write_secret(path: Path, text: str) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return path
