"""What kind is asked, and what becomes of its complaints: one line, and what to do."""

from pathlib import Path

import pytest
import yaml

from perfkit.clusters import kind
from perfkit.errors import UsageError

CONFIGS = Path(__file__).resolve().parents[3] / "fixtures" / "kind"
KUBECONFIG = Path("/somewhere/kubeconfig")


def words(**asked: str) -> list[str]:
    return kind.creation(kind.Asked(name="perfkit", **asked), KUBECONFIG)


def test_a_cluster_is_made_apart_from_the_users_kubeconfig() -> None:
    usual = ["create", "cluster", "--name", "perfkit", "--kubeconfig", "/somewhere/kubeconfig", "--wait", "180s"]
    assert words() == [*usual, "--config", str(CONFIGS / "default.yaml")]
    own = words(image="kindest/node:v1.33.1", config="workers")
    assert own == [*usual, "--config", str(CONFIGS / "workers.yaml"), "--image", "kindest/node:v1.33.1"]


@pytest.mark.parametrize(
    ("name", "roles"), [("default", ["control-plane"]), ("workers", ["control-plane", "worker", "worker"])]
)
def test_the_shipped_configs_are_what_kind_reads(name: str, roles: list[str]) -> None:
    config = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    assert (config["kind"], config["apiVersion"]) == ("Cluster", "kind.x-k8s.io/v1alpha4")
    assert [node["role"] for node in config["nodes"]] == roles
    assert "name" not in config  # the command line says it


def test_a_version_names_an_image() -> None:
    assert kind.node_image("1.33.1") == kind.node_image("v1.33.1") == "kindest/node:v1.33.1"
    for wrong in ("1.33", "latest", "v1.33.1-rc.0;x"):
        with pytest.raises(UsageError, match="no version"):
            kind.node_image(wrong)


def test_a_config_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(UsageError) as caught:
        kind.config_path("three")
    assert "default, workers" in caught.value.advice


@pytest.mark.parametrize("name", ["../x", "a/b", "A", "", "-a", "a" * 60])
def test_a_name_is_no_path(name: str) -> None:
    with pytest.raises(UsageError, match="no name"):
        kind.kubeconfig_of(name)


# What kind 0.33 prints; the first four were recorded from it, the others are the engines' own words within its frame.
_DOWN = (
    'ERROR: failed to list clusters: command "docker ps -a" failed with error: exit status 1\n\nCommand Output: Cannot '
    "connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
)

COMPLAINTS = [
    (_DOWN, "docker does not run"),
    (
        'failed with error: exec: "podman": executable file not found in $PATH\n\nCommand Output: ',
        "podman is not installed",
    ),
    ("ERROR: failed to create cluster: error reading file: open /dev/null/x: not a directory", "take the config"),
    ("ERROR: failed to create cluster: unable to decode config: yaml: unmarshal errors: field a", "take the config"),
    (
        "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
        "let this user in",
    ),
    ('ERROR: failed to create cluster: failed to pull image "kindest/node:v9": manifest unknown', "node image"),
    ("docker: Error response from daemon: write /var/lib/docker/tmp: no space left on device", "no space left"),
    ("Bind for 127.0.0.1:6443 failed: port is already allocated", "port of the cluster is taken"),
    ('could not find a log line that matches "Reached target .*Multi-User System.*"', "node does not come up"),
    ("ERROR: failed to create cluster: something new\nmore of it", "failed to create cluster: something new"),
    ("", "does not say why"),
]


@pytest.mark.parametrize(("said", "told"), COMPLAINTS)
def test_a_complaint_is_one_line_with_what_to_do(said: str, told: str) -> None:
    error = kind.explained(said, "podman" if "podman" in said else "")
    assert told in error.message
    assert "\n" not in error.message
    assert error.advice
