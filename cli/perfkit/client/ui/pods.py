"""Fields of pods as ``kubectl get`` says them: READY, STATUS, RESTARTS. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.client.fields import OWNER, Condition, Field, text
from perfkit.client.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

_Amount = str | int | float | None  # a quantity as manifests may have it


class _Cause(msgspec.Struct, gc=False):
    reason: str | None = None


class _Ended(msgspec.Struct, gc=False, rename="camel"):
    reason: str | None = None
    exit_code: int = 0
    signal: int = 0

    @property
    def said(self) -> str:
        """Why it ended, in a word."""
        return self.reason or (f"Signal:{self.signal}" if self.signal else f"ExitCode:{self.exit_code}")


class _Running(msgspec.Struct, gc=False):
    """Only that it is."""


class _State(msgspec.Struct, gc=False):
    waiting: _Cause | None = None
    terminated: _Ended | None = None
    running: _Running | None = None


class _Status(msgspec.Struct, gc=False, rename="camel"):
    """Of a container."""

    name: str = ""
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    state: _State = msgspec.field(default_factory=_State)


class _Amounts(msgspec.Struct, gc=False):
    cpu: _Amount = None
    memory: _Amount = None


class _Resources(msgspec.Struct, gc=False):
    requests: _Amounts | None = None
    limits: _Amounts | None = None


class _Container(msgspec.Struct, gc=False):
    resources: _Resources | None = None


class _Spec(_Container, gc=False, rename="camel"):
    """Of an init container; a sidecar is one that is started again whenever it ends."""

    name: str = ""
    restart_policy: str | None = None


class _Reason(Condition, gc=False):
    reason: str = ""


_Statuses = list[_Status] | None
_Specs = list[_Spec] | None
_Conditions = list[_Reason] | None


def _sidecars(specs: _Specs) -> set[str]:
    return {spec.name for spec in specs or () if spec.restart_policy == "Always"}


def _undone(inits: _Statuses, specs: _Specs) -> tuple[int, _Status] | None:
    """The first init container that is not done, and its number; a sidecar is done with when it has started."""
    sidecars = _sidecars(specs)
    for number, init in enumerate(inits or ()):
        ended = init.state.terminated
        done = (ended is not None and ended.exit_code == 0) or (init.name in sidecars and init.started)
        if not done:
            return number, init
    return None


def _initialized(conditions: _Conditions) -> bool:
    return any(each.type == "Initialized" and each.status == "True" for each in conditions or ())


def _status(
    phase: str | None, reason: str | None, conditions: _Conditions, statuses: _Statuses, inits: _Statuses, specs: _Specs
) -> str:
    """What holds a pod up, or how it does; what kubectl says where it is not being deleted."""
    gated = any(each.type == "PodScheduled" and each.reason == "SchedulingGated" for each in conditions or ())
    said = "SchedulingGated" if gated else reason or phase or "Unknown"
    undone = _undone(inits, specs)
    if undone is not None:
        said = _initializing(*undone, len(specs or ()))
        if not _initialized(conditions):
            return said
    return _of_containers(said, statuses or [], conditions)


def _initializing(number: int, init: _Status, count: int) -> str:
    waiting, ended = init.state.waiting, init.state.terminated
    if ended is not None:
        return f"Init:{ended.said}"
    if waiting is not None and waiting.reason not in {None, "", "PodInitializing"}:
        return f"Init:{waiting.reason}"
    return f"Init:{number}/{count}"


def _of_containers(said: str, statuses: list[_Status], conditions: _Conditions) -> str:
    """The first container with something to tell wins."""
    running = False
    for status in reversed(statuses):
        waiting, ended = status.state.waiting, status.state.terminated
        if waiting is not None and waiting.reason:
            said = waiting.reason
        elif ended is not None:
            said = ended.said
        elif status.ready and status.state.running is not None:
            running = True
    if said == "Completed" and running:
        ready = any(each.type == "Ready" and each.status == "True" for each in conditions or ())
        return "Running" if ready else "NotReady"
    return said


def _shown(  # noqa: PLR0913, PLR0917 - one field is made of all of these
    deleted: str | None,
    phase: str | None,
    reason: str | None,
    conditions: _Conditions,
    statuses: _Statuses,
    inits: _Statuses,
    specs: _Specs,
) -> str:
    if deleted and reason == "NodeLost":
        return "Unknown"
    if deleted and phase not in {"Succeeded", "Failed"}:
        return "Terminating"
    return _status(phase, reason, conditions, statuses, inits, specs)


def _ready(statuses: _Statuses, inits: _Statuses, specs: _Specs, conditions: _Conditions) -> int:
    sidecars = _sidecars(specs)
    ready = sum(init.ready for init in inits or () if init.name in sidecars and init.started)
    if _undone(inits, specs) is not None and not _initialized(conditions):
        return ready
    return ready + sum(status.ready and status.state.running is not None for status in statuses or ())


def _restarts(statuses: _Statuses, inits: _Statuses, specs: _Specs, conditions: _Conditions) -> int:
    """Of init containers while they are at work, of sidecars and containers afterwards."""
    undone = _undone(inits, specs)
    if undone is not None and not _initialized(conditions):
        return sum(init.restart_count for init in (inits or [])[: undone[0] + 1])
    sidecars = _sidecars(specs)
    return sum(init.restart_count for init in inits or () if init.name in sidecars) + sum(
        status.restart_count for status in statuses or ()
    )


def _containers(containers: list[_Container] | None, specs: _Specs) -> int:
    return len(containers or ()) + len(_sidecars(specs))


def _asked(containers: list[_Container] | None, specs: _Specs) -> str:
    """Thousandths of a core and bytes that containers and sidecars request, and that they may have at most."""
    found = [each.resources for each in containers or () if each.resources]
    found += [each.resources for each in specs or () if each.resources and each.restart_policy == "Always"]
    return f"{_summed(each.requests for each in found)} {_summed(each.limits for each in found)}"


def _summed(amounts: Iterable[_Amounts | None]) -> str:
    there = [each for each in amounts if each]
    return f"{sum(_milli(each.cpu) for each in there)} {sum(_bytes(each.memory) for each in there)}"


@lru_cache(maxsize=4096)
def _milli(amount: _Amount) -> int:
    return Quantity.of(amount).milli


@lru_cache(maxsize=4096)
def _bytes(amount: _Amount) -> int:
    return Quantity.of(amount).whole


_STATUSES: Final = {"status.containerStatuses": list[_Status]}
_INITS: Final = {"status.initContainerStatuses": list[_Status]}
_SPECS: Final = {"spec.initContainers": list[_Spec]}
_CONTAINERS: Final = {"spec.containers": list[_Container]}
_CONDITIONS: Final = {"status.conditions": list[_Reason]}
_SAID: Final = {"metadata.deletionTimestamp": str, "status.phase": str, "status.reason": str}

FIELDS: Final = (
    Field(name="ready", paths=_STATUSES | _INITS | _SPECS | _CONDITIONS, make=_ready, type=int),
    Field(name="containers", paths=_CONTAINERS | _SPECS, make=_containers, type=int),
    Field(name="status", paths=_SAID | _CONDITIONS | _STATUSES | _INITS | _SPECS, make=_shown, shared=True),
    Field(name="restarts", paths=_STATUSES | _INITS | _SPECS | _CONDITIONS, make=_restarts, type=int),
    text("ip", "status.podIP"),
    text("node", "spec.nodeName", shared=True),
    OWNER,
    text("qos", "status.qosClass", shared=True),
    text("service_account", "spec.serviceAccountName", shared=True),
    Field(name="asked", paths=_CONTAINERS | _SPECS, make=_asked, shared=True),
)
"""Of a pod's row in a table; the client's own rows say less, and cost less."""
