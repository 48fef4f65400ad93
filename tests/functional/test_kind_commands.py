"""``--cluster kind:NAME`` with a stand-in for kind behind which is a mock: made, reused, run against, removed."""

import asyncio
import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from perfkit.client.access import load_access
from perfkit.clusters.gateway.upstream import Upstream
from perfkit.clusters.mock import MockCluster
from perfkit.clusters.population.journal import Begun
from perfkit.clusters.population.writer import Writer
from perfkit.model.scenario import ClusterSpec
from support import commandline

pytestmark = pytest.mark.functional

STANDIN = Path(__file__).resolve().parents[1] / "support" / "programs" / "kind_standin.py"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of an empty cluster."""
    folder = tmp_path_factory.mktemp("behind")
    mock = MockCluster(ClusterSpec(shape="empty"), folder)
    mock.open()
    path = folder / "kubeconfig"
    path.write_text(mock.kubeconfig())
    asyncio.run(without_nodes(path))
    yield path
    mock.close()


async def without_nodes(kubeconfig: Path) -> None:
    """Even an empty mock has one."""
    upstream = Upstream(load_access(kubeconfig))
    await Writer(upstream, 100).delete("/api/v1/nodes")
    await upstream.close()


class Stage:
    """A folder with a ``kind`` on its PATH."""

    def __init__(self, folder: Path, behind: Path) -> None:
        self.folder = folder
        program = folder / "bin" / "kind"
        program.parent.mkdir()
        program.write_text(f"#!{sys.executable}\n{STANDIN.read_text()}")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {"PATH": path, "STANDIN_FOLDER": str(folder), "STANDIN_CLUSTER": str(behind)}

    def perfkit(self, *words: str, code: int = 0, **more: str) -> commandline.Completed:
        return commandline.perfkit(self.folder, *words, code=code, **{**self.environment, **more})

    @property
    def asked(self) -> list[list[str]]:
        """Engine and first two words of each question to kind."""
        log = self.folder / "asked"
        return [json.loads(line)[:3] for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture
def stage(tmp_path: Path, behind: Path) -> Iterator[Stage]:
    found = Stage(tmp_path, behind)
    yield found
    found.perfkit("cluster", "down", "--all")


def test_a_run_makes_the_cluster_and_the_next_one_takes_it(stage: Stage) -> None:
    words = ("run", "startup", "--cluster", "kind", "--pods", "40", "-t", "lean", "-r", "1")
    first = stage.perfkit(*words)
    assert "Ensuring node image" in first.stderr
    assert "40 of 40 pods" in first.stderr
    assert ["", "create", "cluster"] in stage.asked
    (stored,) = stage.folder.rglob("startup.perfkit.json")
    result = json.loads(stored.read_bytes())
    assert result["fingerprint"]["experiment"]["cluster.kind"] == "kind"
    assert all(trial["work"] == {"watch pods": 40} for trial in result["trials"])
    before = stage.asked.count(["", "create", "cluster"])
    stage.perfkit(*words)
    assert stage.asked.count(["", "create", "cluster"]) == before == 1
    assert "kind:perfkit" in stage.perfkit("cluster", "ls").stdout
    assert "kind:perfkit is removed" in stage.perfkit("cluster", "down").stderr
    assert ["", "delete", "cluster"] in stage.asked
    assert not stage.perfkit("cluster", "ls").stdout


def test_a_run_chooses_the_version_and_says_it_and_another_version_is_another_cluster(stage: Stage) -> None:
    words = ("run", "startup", "--cluster", "kind", "--pods", "20", "-t", "lean", "-r", "1", "--kubernetes")
    stage.perfkit(*words, "v1.34.0", "--config", "workers", "--engine", "podman", "--label", "older")
    stage.perfkit(*words, "1.35.0", "--dry-run")
    made = [json.loads(line)[1:] for line in (stage.folder / "asked").read_text().splitlines() if '"create"' in line]
    names = [words[words.index("--name") + 1] for words in made]
    images = [words[words.index("--image") + 1] for words in made]
    assert names == ["perfkit-v1.34.0", "perfkit-v1.35.0"]
    assert images == ["kindest/node:v1.34.0", "kindest/node:v1.35.0"]
    assert ["podman", "create", "cluster"] in stage.asked
    (stored,) = stage.folder.rglob("startup.perfkit.json")
    experiment = json.loads(stored.read_bytes())["fingerprint"]["experiment"]
    said = {key: experiment[f"cluster.{key}"] for key in ("name", "kubernetes", "config", "engine")}
    assert said == {"name": "perfkit-v1.34.0", "kubernetes": "v1.34.0", "config": "workers", "engine": "podman"}


def test_a_cluster_that_was_made_of_something_else_is_not_taken_for_it(stage: Stage) -> None:
    stage.perfkit("cluster", "up", "--cluster", "kind:two", "--node-image", "mine:1", "--name", "up")
    stage.perfkit("cluster", "down", "up")
    words = ("run", "startup", "--cluster", "kind:two", "--pods", "20", "-t", "lean", "-r", "1")
    refused = stage.perfkit(*words, "--node-image", "mine:2", code=2).stderr
    assert "perfkit: kind cluster two is there, made of another node image: mine:1, not mine:2" in refused
    stage.perfkit(*words)  # who does not mind gets it


def test_up_puts_a_gateway_and_a_population_before_it_and_down_ends_both(stage: Stage) -> None:
    up = stage.perfkit("cluster", "up", "--cluster", "kind:two", "--engine", "podman", "--pods", "20")
    assert up.stdout.startswith("export KUBECONFIG=")
    assert "20 of 20 pods" in up.stderr
    listed = stage.perfkit("cluster", "ls").stdout
    assert "kind:two" in listed
    assert ["podman", "create", "cluster"] in stage.asked
    stage.perfkit("cluster", "down", "--all")
    assert ["podman", "delete", "cluster"] in stage.asked
    assert not stage.perfkit("cluster", "ls").stdout


def test_what_a_killed_run_left_in_a_kind_cluster_goes_with_it(stage: Stage) -> None:
    stage.perfkit("cluster", "up", "--cluster", "kind:two")
    (made,) = stage.folder.rglob("made.json")
    populations = made.parents[2] / "populations"
    populations.mkdir()
    place = hashlib.sha256(b"https://a").hexdigest()[:12]
    for owner, kubeconfig in (("mine", str(made.with_name("kubeconfig"))), ("other", "/gone")):
        left = Begun(owner=owner, server="https://a", kubeconfig=kubeconfig, context="kind-two")
        (populations / f"{owner}@{place}.json").write_bytes(msgspec.json.encode(left))
    stage.perfkit("cluster", "down", "two")
    stage.perfkit("cluster", "down", "kind:two")
    (other,) = populations.iterdir()
    assert other.name.startswith("other@")
    assert "/gone" in stage.perfkit("cluster", "down", "--all", code=2).stderr  # it can't be reached, and stays known
    other.unlink()


def test_a_cluster_of_that_name_that_perfkit_did_not_make_is_used_and_never_removed(stage: Stage) -> None:
    (stage.folder / "clusters").write_text("mine")
    stage.perfkit("cluster", "up", "--cluster", "kind:mine")
    stage.perfkit("cluster", "down", "--all")
    assert ["", "delete", "cluster"] not in stage.asked
    assert (stage.folder / "clusters").read_text() == "mine"


def test_a_cluster_that_cannot_be_made_is_one_line_and_leaves_nothing(stage: Stage) -> None:
    failure = "docker run error: port is already allocated"
    done = stage.perfkit("cluster", "up", "--cluster", "kind", code=4, STANDIN_FAILURE=failure)
    assert done.stderr.splitlines()[0] == "perfkit: kind: a port of the cluster is taken"
    assert not stage.perfkit("cluster", "ls").stdout


def test_without_kind_it_says_how_to_get_it(stage: Stage) -> None:
    done = stage.perfkit("run", "startup", "--cluster", "kind", "-t", "lean", code=4, PATH="/nowhere")
    assert "kind cannot be run" in done.stderr
    assert "install it" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--kubernetes", "1.33"), "no version of Kubernetes"),
        (("--kubernetes", "1.33.1", "--node-image", "a"), "twice"),
        (("--config", "three"), "no kind config 'three'"),
        (("--engine", "rkt"), "no engine 'rkt'"),
        (("--fault", "429"), "a real cluster has no faults"),
    ],
)
def test_a_wrong_option_is_told_before_kind_is_asked(stage: Stage, words: tuple[str, ...], said: str) -> None:
    done = stage.perfkit("cluster", "up", "--cluster", "kind", *words, code=2)
    assert said in done.stderr
    assert not stage.asked
