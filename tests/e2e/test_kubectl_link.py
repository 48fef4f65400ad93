"""The real kubectl through a link that stands by itself: addresses, certificates and watches pass it unchanged."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.kubectl import Kubectl, program
from support.mock import running

pytestmark = pytest.mark.e2e


def perfkit_link(state: Path, *words: str) -> str:
    """What ``perfkit link`` printed."""
    command = [sys.executable, "-m", "perfkit", "link", *words]
    environment = {**os.environ, "XDG_STATE_HOME": str(state)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.fixture(scope="module")
def through(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kubectl, str]]:
    """Kubectl with a kubeconfig that leads to the cluster itself, and the link's URL, which is to take its place."""
    folder = tmp_path_factory.mktemp("link")
    with running("small") as mock:
        address = perfkit_link(folder, "up", "--to", f"127.0.0.1:{mock.port}", "--rtt", "10ms", "--loss", "1%").strip()
        try:
            yield Kubectl(mock, folder), f"https://{address}"
        finally:
            perfkit_link(folder, "down")


def test_the_kubeconfigs_authority_is_checked_through_the_link(through: tuple[Kubectl, str]) -> None:
    """The same pods by either way; not their ages, which go on between the two."""
    kubectl, url = through
    words = ("get", "pods", "-A", "-o", "name")
    assert kubectl(*words, f"--server={url}") == kubectl(*words)


def test_another_name_than_the_address_can_be_checked(through: tuple[Kubectl, str]) -> None:
    kubectl, url = through
    assert "kube-system" in kubectl("get", "namespaces", f"--server={url}", "--tls-server-name=localhost")


def test_a_name_that_the_certificate_does_not_hold_is_still_refused(through: tuple[Kubectl, str]) -> None:
    kubectl, url = through
    complaint = kubectl("get", "pods", f"--server={url}", "--tls-server-name=elsewhere.test", fails=True)
    assert "elsewhere.test" in complaint


def test_a_write_and_the_wait_for_it_pass(through: tuple[Kubectl, str]) -> None:
    kubectl, url = through
    kubectl("create", "configmap", "linked", "--from-literal=a=b", f"--server={url}")
    wait = ("wait", "--for=jsonpath={.data.a}=b", "configmap/linked", "--timeout=30s")
    assert "condition met" in kubectl(*wait, f"--server={url}")


def test_a_standing_cluster_over_a_link_is_one_kubeconfig_that_kubectl_takes(tmp_path: Path) -> None:
    """Certificates and names are checked through the link, which the kubeconfig leads to; a watch comes through it."""
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}

    def run(*words: str) -> str:
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout

    perfkit = (sys.executable, "-m", "perfkit", "cluster")
    exported = run(*perfkit, "up", "--shape", "tiny", "--link", "vpn", "--rtt", "20ms")
    try:
        environment["KUBECONFIG"] = exported.strip().partition("=")[2]
        assert len(run(program(), "get", "pods", "-A", "--no-headers").splitlines()) == 20
        assert "kube-system" in run(program(), "get", "namespaces", "--tls-server-name=localhost")
        run(program(), "create", "configmap", "linked", "--from-literal=a=b")
        wait = ("wait", "--for=jsonpath={.data.a}=b", "configmap/linked", "--timeout=30s")
        assert "condition met" in run(program(), *wait)
    finally:
        run(*perfkit, "down")
