"""Which cluster is meant, and the object that stands for it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from perfkit.clusters import kind
from perfkit.clusters.served import CLOSED, Doors
from perfkit.errors import UsageError
from perfkit.model.scenario import ClusterKind, Making

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.client.access import Access
    from perfkit.clusters.context import ContextCluster
    from perfkit.clusters.filling import Way
    from perfkit.clusters.mock import MockCluster
    from perfkit.model.scenario import ClusterSpec

KINDS: Final[tuple[ClusterKind, ...]] = get_args(ClusterKind)
KIND_NAME: Final = "perfkit"  # of a kind cluster that was given none; with a version, where one was chosen


def parse(text: str, making: Making = Making()) -> tuple[ClusterKind, str]:  # noqa: B008 - it is frozen
    """``mock``, ``kind``, ``kind:NAME`` or ``context:NAME`` as kind and name. Raises UsageError."""
    word, colon, name = text.partition(":")
    found = next((each for each in KINDS if each == word), None)
    if found is None or (found == "mock" and colon) or (found == "context" and not name) or (colon and not name):
        raise UsageError(f"--cluster {text!r}: no such cluster", "allowed: mock, kind, kind:NAME, context:NAME")
    if found != "kind" and making != Making():
        raise UsageError(
            "kubernetes, node image, config and engine are those of a kind cluster", "say --cluster kind, too"
        )
    return found, name or (_kind_name(making) if found == "kind" else "")


def _kind_name(making: Making) -> str:
    return f"{KIND_NAME}-v{making.kubernetes.removeprefix('v')}" if making.kubernetes else KIND_NAME


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


def way_to_kind(spec: ClusterSpec, tell: Callable[[str], None]) -> Way:
    """How a kind cluster is reached, which is made if it is not there. Raises ClusterError, UsageError."""
    from perfkit.client.access import load_access
    from perfkit.clusters.filling import Way

    kubeconfig = kind.ensure(kind.asked(spec), tell)
    return Way(load_access(kubeconfig), str(kubeconfig), f"kind-{spec.name}", tell)


def cluster_of(
    spec: ClusterSpec, folder: Path, tell: Callable[[str], None], doors: Doors = CLOSED
) -> MockCluster | ContextCluster:
    """The cluster that a scenario names, not open yet; ``folder`` receives its log, ``tell`` what takes long.

    Raises AccessError, ClusterError, UsageError.
    """
    if spec.kind == "mock":
        from perfkit.clusters.mock import MockCluster

        return MockCluster(spec, folder, doors)
    from perfkit.clusters.context import ContextCluster

    way = way_to(spec.name, tell) if spec.kind == "context" else way_to_kind(spec, tell)
    return ContextCluster(spec, way, folder, doors)
