"""The defaults and rules of pod specs, in pods and in the templates of everything that makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.rules import duplicate, invalid, label_name, required, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.schema.validation import Problem

_CONTAINER = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}
_RESTART_POLICIES = ("Always", "OnFailure", "Never")


def set_defaults(spec: dict[str, Any]) -> None:
    """Fill what a pod spec leaves out, in place."""
    for kind in ("initContainers", "containers"):
        for container in spec.get(kind) or ():
            _default_container(container)
    for name, value in {
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
    }.items():
        spec.setdefault(name, value)
    spec.setdefault("securityContext", {})


def _default_container(container: dict[str, Any]) -> None:
    for name, value in _CONTAINER.items():
        container.setdefault(name, value)
    container.setdefault("imagePullPolicy", _pull_policy(container.get("image") or ""))
    container.setdefault("resources", {})
    for port in container.get("ports") or ():
        port.setdefault("protocol", "TCP")


def _pull_policy(image: str) -> str:
    tag = image.rpartition("/")[2].partition(":")[2]
    return "Always" if "@" not in image and tag in {"", "latest"} else "IfNotPresent"


def problems(spec: Any, field: str = "spec") -> Iterator[Problem]:
    """What is wrong with a pod spec at ``field``."""
    containers = spec.get("containers") if isinstance(spec, dict) else None
    if not containers:
        yield required(f"{field}.containers")
        return
    seen: set[str] = set()
    for kind in ("initContainers", "containers"):
        for number, container in enumerate(spec.get(kind) or ()):
            yield from _container_problems(container, f"{field}.{kind}[{number}]", seen)
    policy = spec.get("restartPolicy", "Always")
    if policy not in _RESTART_POLICIES:
        yield unsupported(f"{field}.restartPolicy", policy, _RESTART_POLICIES)


def _container_problems(container: Mapping[str, Any], field: str, seen: set[str]) -> Iterator[Problem]:
    name = container.get("name") or ""
    if not name:
        yield required(f"{field}.name")
    elif wrong := label_name(name):
        yield invalid(f"{field}.name", name, wrong)
    elif name in seen:
        yield duplicate(f"{field}.name", name)
    seen.add(name)
    if not container.get("image"):
        yield required(f"{field}.image")
