"""The shape file: what a cluster holds."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.errors import ScenarioError
from perfkit.mock.generator.troubles import Shares  # noqa: TC001
from perfkit.mock.times import parse_time
from perfkit.model.churn import Churn  # noqa: TC001 - msgspec reads annotations at run time

if TYPE_CHECKING:
    from pathlib import Path

MAX_PODS = 2_000_000
MAX_CRDS = 10_000
MAX_VARIABLES = 2_000
MAX_NODES = 49_000  # each has 256 of the addresses 10.64.0.0 to 10.255.255.255


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Deployments of ``replicas`` pods each, which together hold ``share`` of all pods."""

    replicas: int
    share: float


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cluster's contents. Proportions follow the load test of kubernetes/perf-tests (clusterloader2)."""

    schema: int = 1
    title: str = ""
    epoch: str = "2026-01-15T09:30:00Z"  # the simulated now; every object is older
    pods: int
    pods_per_node: int = 30
    namespaces: int = 10  # that hold pods; kube-system and its like come on top
    giant: float = 0.3  # share of the pods in one namespace; the others are Zipf-like
    churn: Churn | None = None  # how it changes from the start
    troubles: Shares | None = None  # what is wrong in it from the start
    groups: tuple[Group, ...] = (Group(250, 0.25), Group(30, 0.25), Group(5, 0.5))
    variables: int = 0  # environment variables of each pod beside the usual 20: some 137 bytes each
    crds: int = 0  # custom resource definitions
    metrics_server: bool = True  # without one, nobody serves metrics.k8s.io


def load(path: Path, pods: int | None = None) -> Shape:
    """Read a shape file; ``pods`` overrides its number of pods.

    Raises:
        ScenarioError: the file cannot be read or does not say what it must.
    """
    data = _read(path)
    if pods is not None:
        data["pods"] = pods
    try:
        shape = msgspec.convert(data, Shape)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{path}: {error}") from error
    _check(shape, path)
    return shape


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: {error}", "a shape is a TOML file") from error


def _check(shape: Shape, path: Path) -> None:
    complaints = {
        "schema must be 1": shape.schema == 1,
        f"pods must be between 0 and {MAX_PODS:,}": 0 <= shape.pods <= MAX_PODS,
        "pods_per_node must be between 1 and 250": 1 <= shape.pods_per_node <= 250,
        f"pods / pods_per_node must be at most {MAX_NODES:,} nodes": shape.pods <= MAX_NODES * shape.pods_per_node,
        "namespaces must be between 1 and 10,000": 1 <= shape.namespaces <= 10_000,
        "giant must be between 0 and 1": 0 <= shape.giant <= 1,
        "groups need replicas of at least 1 and shares above 0": bool(shape.groups)
        and all(group.replicas >= 1 and group.share > 0 for group in shape.groups),
        f"variables must be between 0 and {MAX_VARIABLES:,}": 0 <= shape.variables <= MAX_VARIABLES,
        f"crds must be between 0 and {MAX_CRDS:,}": 0 <= shape.crds <= MAX_CRDS,
        "troubles must be shares from 0 to 1, those of pods together too": shape.troubles is None
        or shape.troubles.possible(),
        "epoch must look like 2026-01-15T09:30:00Z": _is_time(shape.epoch),
    }
    for complaint, satisfied in complaints.items():
        if not satisfied:
            raise ScenarioError(f"{path}: {complaint}")
    if shape.churn is not None and (problem := shape.churn.problem()):
        raise ScenarioError(f"{path}: churn: {problem}")


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except ValueError:
        return False
    return True
