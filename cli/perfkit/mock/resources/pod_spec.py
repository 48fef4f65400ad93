"""The defaults and rules of pod specs, in pods and in the templates of everything that makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.rules import duplicate, invalid, label_name, not_found, required, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.schema.validation import Problem

_CONTAINER = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}
_READABLE = 0o644
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
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
    for volume in spec.get("volumes") or ():
        _default_volume(volume)
    if spec.get("hostNetwork"):
        _open_on_host(spec)


def _open_on_host(spec: dict[str, Any]) -> None:
    for container in spec.get("containers") or ():
        for port in container.get("ports") or ():
            port.setdefault("hostPort", port.get("containerPort"))


def _default_container(container: dict[str, Any]) -> None:
    for name, value in _CONTAINER.items():
        container.setdefault(name, value)
    container.setdefault("imagePullPolicy", _pull_policy(container.get("image") or ""))
    container.setdefault("resources", {})
    for port in container.get("ports") or ():
        port.setdefault("protocol", "TCP")
    for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(kind):
            _default_probe(container[kind])
    for hook in (container.get("lifecycle") or {}).values():
        _default_get(hook)
    for variable in container.get("env") or ():
        _default_reference(variable.get("valueFrom"))


def _default_probe(probe: dict[str, Any]) -> None:
    for name, value in {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}.items():
        probe.setdefault(name, value)
    _default_get(probe)


def _default_get(handler: Any) -> None:
    get = handler.get("httpGet") if isinstance(handler, dict) else None
    if isinstance(get, dict):
        get.setdefault("path", "/")
        get.setdefault("scheme", "HTTP")


def _default_reference(source: Any) -> None:
    field = source.get("fieldRef") if isinstance(source, dict) else None
    if isinstance(field, dict):
        field.setdefault("apiVersion", "v1")


def _default_volume(volume: dict[str, Any]) -> None:
    if not volume.keys() - {"name"}:
        volume["emptyDir"] = {}
    for kind in ("configMap", "secret", "projected", "downwardAPI"):
        if isinstance(volume.get(kind), dict):
            volume[kind].setdefault("defaultMode", _READABLE)
    for item in (volume.get("downwardAPI") or {}).get("items") or ():
        _default_reference(item)
    if isinstance(volume.get("hostPath"), dict):
        volume["hostPath"].setdefault("type", "")


def _pull_policy(image: str) -> str:
    tag = image.rpartition("/")[2].partition(":")[2]
    return "Always" if "@" not in image and tag in {"", "latest"} else "IfNotPresent"


def problems(spec: Any, field: str = "spec") -> Iterator[Problem]:
    """What is wrong with a pod spec at ``field``."""
    containers = spec.get("containers") if isinstance(spec, dict) else None
    if not containers:
        yield required(f"{field}.containers")
        return
    volumes = [volume.get("name") for volume in spec.get("volumes") or ()]
    yield from _named_once(volumes, f"{field}.volumes")
    seen: set[str] = set()
    for kind in ("initContainers", "containers"):
        for number, container in enumerate(spec.get(kind) or ()):
            place = f"{field}.{kind}[{number}]"
            yield from _container_problems(container, place, seen)
            yield from _detail_problems(container, place, volumes)
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
    image = container.get("image") or ""
    if not image:
        yield required(f"{field}.image")
    elif image != image.strip():
        yield invalid(f"{field}.image", image, "must not have leading or trailing whitespace")


def _detail_problems(container: Mapping[str, Any], field: str, volumes: list[Any]) -> Iterator[Problem]:
    for number, port in enumerate(container.get("ports") or ()):
        if not 0 < (port.get("containerPort") or 0) < 65536:
            message = "must be between 1 and 65535, inclusive"
            yield invalid(f"{field}.ports[{number}].containerPort", port.get("containerPort"), message)
        if port.get("protocol") not in _PROTOCOLS:
            yield unsupported(f"{field}.ports[{number}].protocol", port.get("protocol"), _PROTOCOLS)
    for number, variable in enumerate(container.get("env") or ()):
        if not variable.get("name"):
            yield required(f"{field}.env[{number}].name")
    for number, mount in enumerate(container.get("volumeMounts") or ()):
        if mount.get("name") not in volumes:
            yield not_found(f"{field}.volumeMounts[{number}].name", mount.get("name"))
    if container.get("imagePullPolicy") not in _PULL_POLICIES:
        yield unsupported(f"{field}.imagePullPolicy", container.get("imagePullPolicy"), _PULL_POLICIES)


def _named_once(names: list[Any], field: str) -> Iterator[Problem]:
    for number, name in enumerate(names):
        if name in names[:number]:
            yield duplicate(f"{field}[{number}].name", name)
