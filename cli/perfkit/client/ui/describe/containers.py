"""Containers of a pod, and of a template for pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfkit.client.quantity import NANO, Quantity
from perfkit.client.ui.values import NONE, at, given, listed, moment, number, said, table, tables, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_NOTHING: Final = f"\t{NONE}"
_FIELDS: Final = ("metadata.name", "metadata.namespace")
"""Whose values are told beside a reference to them, as kubectl does; of others only the reference is."""


class Containers:
    """One list of containers. ``nested``: of a template; ``whole``: the pod, whose fields variables refer to."""

    def __init__(
        self, title: str, specs: Any, statuses: Any = None, *, whole: Any = None, nested: bool = False
    ) -> None:
        self._title = title
        self._specs = tables(specs)
        self._statuses = {each.get("name"): each for each in tables(statuses) if isinstance(each.get("name"), str)}
        self._whole = whole
        self._outer = "  " if nested else ""
        self._name = "   " if nested else "  "

    def __iter__(self) -> Iterator[str]:
        yield f"{self._outer}{self._title}:{'' if self._specs else ' ' + NONE}"
        for spec in self._specs:
            yield f"{self._name}{said(spec.get('name'))}:"
            yield from self._container(spec, self._statuses.get(said(spec.get("name"))))

    def _container(self, spec: Mapping[str, Any], status: Mapping[str, Any] | None) -> Iterator[str]:
        yield from _what(spec, status)
        yield from _words("Command", spec.get("command"))
        yield from _words("Args", spec.get("args"))
        if status is not None:
            yield from _how(status)
        yield from resources(spec.get("resources"), depth=2)
        yield from (f"    {title}:\t{_probe(spec[key])}" for title, key in _PROBES if table(spec, key))
        if tables(spec, "envFrom"):
            yield from ("    Environment Variables from:", *map(_source, tables(spec, "envFrom")))
        yield f"    Environment:{'' if tables(spec, 'env') else _NOTHING}"
        for variable in tables(spec, "env"):
            yield from self._variable(variable, spec)
        yield from _mounts(spec)

    def _variable(self, variable: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[str]:
        name, source = said(variable.get("name")), table(variable, "valueFrom")
        if not source:
            first, *others = said(variable.get("value")).split("\n")
            yield f"      {name}:\t{first}"
            yield from (f"      \t{other}" for other in others)
            return
        for key, told in self._sources.items():
            if table(source, key):
                yield f"      {name}:\t{told(source[key], spec)}"
                return

    @property
    def _sources(self) -> dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]]:
        return {"fieldRef": self._field, "resourceFieldRef": _amount, "secretKeyRef": _secret, "configMapKeyRef": _key}

    def _field(self, reference: Mapping[str, Any], _: Mapping[str, Any]) -> str:
        path = said(reference.get("fieldPath"))
        value = said(at(self._whole, path)) if path in _FIELDS else ""
        return f"{value} ({said(reference.get('apiVersion'))}:{path})"


def _what(spec: Mapping[str, Any], status: Mapping[str, Any] | None) -> Iterator[str]:
    """Which image, and its ports."""
    if status is not None:
        yield f"    Container ID:\t{said(status.get('containerID'))}"
    yield f"    Image:\t{said(spec.get('image'))}"
    if status is not None:
        yield f"    Image ID:\t{said(status.get('imageID'))}"
    for title, key in (("Port", "containerPort"), ("Host Port", "hostPort")):
        ports = [_port(port, key) for port in tables(spec, "ports")]
        yield f"    {title}{'s' if len(ports) > 1 else ''}:\t{', '.join(ports) or NONE}"
    profile = table(spec, "securityContext.seccompProfile")
    if profile:
        yield f"    SeccompProfile:\t{said(profile.get('type'))}"
        yield from (f"      {line}" for line in given(("LocalhostProfile", profile.get("localhostProfile"))))


def _port(port: Mapping[str, Any], key: str) -> str:
    name = f" ({said(port['name'])})" if port.get("name") else ""
    return f"{number(port.get(key))}/{said(port.get('protocol'))}{name}"


def _words(title: str, words: Any) -> Iterator[str]:
    if listed(words):
        yield f"    {title}:"
        yield from (f"      {line}" for word in listed(words) for line in said(word).split("\n"))


def _how(status: Mapping[str, Any]) -> Iterator[str]:
    """How it does, and how it ended before."""
    yield from _state("State", table(status, "state"))
    if table(status, "lastState.terminated"):
        yield from _state("Last State", table(status, "lastState"))
    yield f"    Ready:\t{truth(status.get('ready'))}"
    yield f"    Restart Count:\t{number(status.get('restartCount'))}"


def _state(title: str, state: Mapping[str, Any]) -> Iterator[str]:
    name = next((name for name in ("running", "waiting", "terminated") if isinstance(state.get(name), dict)), "waiting")
    told = table(state, name)
    yield f"    {title}:\t{name.capitalize()}"
    yield from (f"      {line}" for line in given(("Reason", told.get("reason"))))
    if name == "running":
        yield f"      Started:\t{moment(told.get('startedAt'))}"
    elif name == "terminated":
        yield from (f"      {line}" for line in given(("Message", told.get("message"))))
        yield f"      Exit Code:\t{number(told.get('exitCode'))}"
        yield from (f"      {line}" for line in given(("Signal", number(told.get("signal")) or None)))
        yield f"      Started:\t{moment(told.get('startedAt'))}"
        yield f"      Finished:\t{moment(told.get('finishedAt'))}"


def resources(value: Any, *, depth: int) -> Iterator[str]:
    """Limits and requests, where there are any."""
    for title, key in (("Limits", "limits"), ("Requests", "requests")):
        if table(value, key):
            yield f"{'  ' * depth}{title}:"
            yield from quantities(table(value, key), depth=depth + 1)


def quantities(value: Mapping[str, Any], *, depth: int) -> Iterator[str]:
    """Of each resource in its name's order."""
    return (f"{'  ' * depth}{name}:\t{Quantity.of(each)}" for name, each in sorted(value.items()))


_PROBES: Final = (("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe"))
_PACE: Final = (
    ("delay", "initialDelaySeconds", "s"),
    ("timeout", "timeoutSeconds", "s"),
    ("period", "periodSeconds", "s"),
)
_COUNTS: Final = ("successThreshold", "failureThreshold")


def _probe(probe: Mapping[str, Any]) -> str:
    pace = [f"{name}={number(probe.get(key))}{unit}" for name, key, unit in _PACE]
    counts = [f"{name}={number(probe.get(name))}" for name in _COUNTS]
    return " ".join([_question(probe), *pace, *counts])


def _question(probe: Mapping[str, Any]) -> str:
    match probe:
        case {"exec": dict(run)}:
            return f"exec {said(listed(run.get('command')))}"
        case {"httpGet": dict(get)}:
            scheme, host, port, path = (said(get.get(key)) for key in ("scheme", "host", "port", "path"))
            return f"http-get {scheme.lower()}://{host}:{port}{path}"
        case {"tcpSocket": dict(socket)}:
            return f"tcp-socket {said(socket.get('host'))}:{said(socket.get('port'))}"
        case {"grpc": dict(call)}:
            return f"grpc <pod>:{said(call.get('port'))} {said(call.get('service'))}"
    return "unknown"


def _source(source: Mapping[str, Any]) -> str:
    """All variables of a config map or secret."""
    kind, key = next(((kind, key) for kind, key in _SOURCES if table(source, key)), ("", ""))
    prefix = f" with prefix '{said(source['prefix'])}'" if source.get("prefix") else ""
    reference = table(source, key) if key else {}
    return f"      {said(reference.get('name'))}\t{kind}{prefix}\t{_optional(reference)}"


_SOURCES: Final = (("ConfigMap", "configMapRef"), ("Secret", "secretRef"))


def _optional(reference: Mapping[str, Any]) -> str:
    return f"Optional: {said(reference.get('optional') is True)}"


def _secret(reference: Mapping[str, Any], _: Mapping[str, Any]) -> str:
    key, name = said(reference.get("key")), said(reference.get("name"))
    return f"<set to the key '{key}' in secret '{name}'>\t{_optional(reference)}"


def _key(reference: Mapping[str, Any], _: Mapping[str, Any]) -> str:
    key, name = said(reference.get("key")), said(reference.get("name"))
    return f"<set to the key '{key}' of config map '{name}'>\t{_optional(reference)}"


def _amount(reference: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    """A limit or request, in units of the divisor, rounded up."""
    resource = said(reference.get("resource"))
    kind, _, name = resource.partition(".")
    divisor = Quantity.of(reference.get("divisor") or "1").nanos or NANO
    value = -(-Quantity.of(table(spec, f"resources.{kind}").get(name)).nanos // divisor)
    unlimited = not value and resource in {"limits.cpu", "limits.memory"}
    return f"{'node allocatable' if unlimited else value} ({resource})"


def _mounts(spec: Mapping[str, Any]) -> Iterator[str]:
    mounts = sorted(tables(spec, "volumeMounts"), key=lambda mount: said(mount.get("mountPath")))
    yield f"    Mounts:{'' if mounts else _NOTHING}"
    for mount in mounts:
        flags = "ro" if mount.get("readOnly") is True else "rw"
        flags += f',path="{said(mount["subPath"])}"' if mount.get("subPath") else ""
        yield f"      {said(mount.get('mountPath'))} from {said(mount.get('name'))} ({flags})"
    devices = sorted(tables(spec, "volumeDevices"), key=lambda device: said(device.get("devicePath")))
    if devices:
        yield "    Devices:"
        yield from (f"      {said(each.get('devicePath'))} from {said(each.get('name'))}" for each in devices)
