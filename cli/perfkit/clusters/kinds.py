"""Which cluster is meant, and the object that stands for it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, get_args

from perfkit.errors import UsageError
from perfkit.model.scenario import ClusterKind

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.client.access import Access
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


def cluster_of(spec: ClusterSpec, folder: Path) -> Cluster:
    """The cluster that a scenario names, not open yet; ``folder`` receives its log. Raises AccessError, UsageError."""
    if spec.kind == "kind" or spec.populate:
        raise UsageError("kind clusters and --populate do not come yet", "--cluster context:NAME does")
    if spec.kind == "context":
        from perfkit.clusters.context import ContextCluster

        return ContextCluster(spec, access_to(spec.name), folder)
    from perfkit.clusters.mock import MockCluster

    return MockCluster(spec, folder)
