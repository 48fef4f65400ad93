"""What the lean client's terminal UI says of objects, line by line and blanks included, is what kubectl says."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import pytest

from perfkit.client import Client, load_access
from perfkit.client.ui.cluster import ClusterSession
from perfkit.client.ui.describe import describe
from perfkit.model.control import MockReady
from perfkit.monitor import Monitor
from support import mock, real
from support.kubectl import Kubectl

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

EVERYTHING: Final = Path(__file__).parent.parent / "golden" / "described.yaml"
SHIFTED: Final = ("kind=block", "pool=fast")
"""Attributes of a CSI volume: kubectl sets them four columns too far to the right."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[mock.Mock]:
    """Pods of which some are not well, nodes that are lost, and objects that have of everything."""
    child, answer = mock.start(msgspec.structs.replace(mock.config("crashing", pods=60), files=(str(EVERYTHING),)))
    yield mock.Mock(child, msgspec.convert(answer, MockReady))
    child.close()


@pytest.fixture(scope="module")
def kubectl(cluster: mock.Mock, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    return Kubectl(cluster, tmp_path_factory.mktemp("kubectl"))


@contextmanager
def connected(kubeconfig: Path) -> Iterator[ClusterSession]:
    """The terminal UI's side of a cluster."""
    access = load_access(kubeconfig)
    with Monitor() as monitor:
        found = ClusterSession("it", access.server, lambda report: Client(access, None, monitor, report), monitor)
        yield found
        found.close()


@pytest.fixture(scope="module")
def session(cluster: mock.Mock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterSession]:
    with connected(cluster.write_kubeconfig(tmp_path_factory.mktemp("client") / "kubeconfig")) as found:
        yield found


def lines(text: str) -> list[str]:
    """Without blanks at their ends, where kubectl leaves some."""
    shown = [line.rstrip() for line in text.split("\n")]
    return [" ".join(line.split()) if line.endswith(SHIFTED) else line for line in shown if line]


@pytest.mark.parametrize(
    ("resource", "least"),
    [
        ("pods", 60),
        ("deployments.apps", 5),
        ("replicasets.apps", 5),
        ("statefulsets.apps", 1),
        ("daemonsets.apps", 1),
        ("jobs.batch", 1),
        ("cronjobs.batch", 1),
        ("services", 4),
        ("nodes", 2),
        ("secrets", 5),
        ("configmaps", 5),
    ],
)
def test_a_description_is_kubectls(kubectl: Kubectl, session: ClusterSession, resource: str, least: int) -> None:
    assert compared(kubectl, session, resource) >= least


def compared(kubectl: Kubectl, session: ClusterSession, resource: str) -> int:
    """How many objects are described alike: all that there are."""
    objects = json.loads(kubectl("get", resource, "-A", "-o", "json"))["items"]
    ours = "\n".join(describe(each, session) for each in objects)
    assert lines(ours) == lines(kubectl("describe", resource, "-A", "--show-events"))
    return len(objects)


def test_so_it_is_on_a_real_server(bare_cluster: real.RealCluster, tmp_path: Path) -> None:
    """Of the objects those that it takes: it has no runtime class and one family of addresses, and keeps no status."""
    kubectl = Kubectl(bare_cluster, tmp_path)
    kubectl("create", "--validate=false", "-f", str(EVERYTHING), fails=True)
    try:
        with connected(bare_cluster.kubeconfig) as session:
            for resource in (
                "pods",
                "statefulsets",
                "daemonsets",
                "jobs",
                "cronjobs",
                "services",
                "secrets",
                "configmaps",
            ):
                assert compared(kubectl, session, resource), resource
    finally:
        kubectl("delete", "-f", str(EVERYTHING), "--ignore-not-found", "--force", "--grace-period=0")
