"""Which cluster is meant, and the object that stands for it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from perfkit.errors import UsageError
from perfkit.model.scenario import ClusterKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.client.access import Access
    from perfkit.clusters.filling import Way
    from perfkit.model.protocols import Cluster
    from perfkit.model.scenario import ClusterSpec

KINDS: Final[tuple[ClusterKind, ...]] = get_args(ClusterKind)
KIND_NAME: Final = "perfkit"  # of a kind cluster that was given none


def parse(text: str) -> tuple[ClusterKind, str]:
    """``mock``, ``kind``, ``kind:NAME`` or ``context:NAME`` as kind and name. Raises UsageError."""
    word, colon, name = text.partition(":")
    kind = next((each for each in KINDS if each == word), None)
    if kind is None or (kind == "mock" and colon) or (kind == "context" and not name) or (colon and not name):
        raise UsageError(f"--cluster {text!r}: no such cluster", "allowed: mock, kind, kind:NAME, context:NAME")
    return kind, name or (KIND_NAME if kind == "kind" else "")


@cache
def access_to(context: str) -> Access:
    """How a context of the user's kubeconfig is reached; a login by plug-in is asked for once. Raises AccessError."""
    from perfkit.client.access import load_access

    return load_access(context=context)


def way_to(context: str, tell: Callable[[str], None]) -> Way:
    """How a context of the user's kubeconfig is reached, again later too. Raises AccessError."""
    from perfkit.clusters.filling import Way

    kubeconfig = os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
    return Way(access_to(context), str(Path(kubeconfig).absolute()), context, tell)


def cluster_of(spec: ClusterSpec, folder: Path, tell: Callable[[str], None]) -> Cluster:
    """The cluster that a scenario names, not open yet; ``folder`` receives its log, ``tell`` what takes long.

    Raises AccessError, UsageError.
    """
    if spec.kind == "kind":
        raise UsageError("kind clusters do not come yet", "--cluster context:NAME does")
    if spec.kind == "context":
        from perfkit.clusters.context import ContextCluster

        return ContextCluster(spec, way_to(spec.name, tell), folder)
    from perfkit.clusters.mock import MockCluster

    return MockCluster(spec, folder)
