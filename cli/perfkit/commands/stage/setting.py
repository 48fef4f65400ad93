"""``perfkit cluster set``: which words mean which messages. A key is an entry of ``SETTINGS``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import UsageError
from perfkit.model.control import AddFault, AllowAll, ClearFaults, Deny, Scale, SetChurn
from perfkit.model.denial import parse_denial
from perfkit.storage.churn import parse_churn
from perfkit.storage.faults import parse_fault
from perfkit.storage.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfkit.model.control import MockRequest
    from perfkit.model.faults import ApiFault


class Setting(msgspec.Struct, frozen=True):
    """What a key takes, for a person, and the messages that a value of it means."""

    takes: str
    meaning: Callable[[str], list[MockRequest]]


def rules(texts: Sequence[str]) -> tuple[str, ...]:
    """The values of ``--deny``, each of which is a rule. Raises ScenarioError."""
    for text in texts:
        parse_denial(text)
    return tuple(texts)


def faults(texts: Sequence[str]) -> tuple[ApiFault, ...]:
    """The values of ``--fault``. Raises ScenarioError."""
    return tuple(parse_fault(text, "--fault") for text in texts)


def named(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The cluster's name, where the first word is one, and the settings. Raises UsageError."""
    name, rest = (None, list(words)) if not words or "=" in words[0] else (words[0], list(words[1:]))
    if not rest:
        raise UsageError("nothing to set", f"say KEY=VALUE; keys are {', '.join(SETTINGS)}")
    return name, rest


def messages(settings: Sequence[str]) -> list[MockRequest]:
    """What ``KEY=VALUE`` settings ask of a mock. Raises UsageError or ScenarioError before anything is sent."""
    return [message for setting in settings for message in _meaning(setting)]


def _meaning(setting: str) -> list[MockRequest]:
    key, found, value = setting.partition("=")
    if key not in SETTINGS:
        raise UsageError(f"unknown key {key!r}; allowed: {', '.join(SETTINGS)}", did_you_mean(key, SETTINGS))
    if not found:
        raise UsageError(f"found {setting!r}; allowed: {key}=VALUE", f"{key}= {SETTINGS[key].takes}")
    return SETTINGS[key].meaning(value.strip())


def _fault(value: str) -> list[MockRequest]:
    return [AddFault(fault=parse_fault(value, "fault"))] if value else [ClearFaults()]


def _deny(value: str) -> list[MockRequest]:
    if not value:
        return [AllowAll()]
    parse_denial(value)
    return [Deny(rule=value)]


def _latency(value: str) -> list[MockRequest]:
    return [ClearFaults(kind="latency"), *_added("latency", value)]


def _clock(value: str) -> list[MockRequest]:
    return [ClearFaults(kind="clock"), *_added("clock", value)]


def _restart(value: str) -> list[MockRequest]:
    return [AddFault(fault=parse_fault(f"restart {value}", "restart"))]


def _added(kind: str, value: str) -> list[MockRequest]:
    """What takes the place of the former fault of its kind: nothing for an empty value, or 0."""
    return [] if value in {"", "0"} else [AddFault(fault=parse_fault(f"{kind} {value}", kind))]


def _churn(value: str) -> list[MockRequest]:
    return [SetChurn(churn=parse_churn(value) if value not in {"", "0"} else None)]


def _scale(value: str) -> list[MockRequest]:
    deployment, _, replicas = value.rpartition("=")
    signed, number = replicas[:1] in {"+", "-"}, replicas.lstrip("+-")
    if not number.isascii() or not number.isdecimal() or bool(deployment) is signed:
        raise UsageError(f"scale: found {value!r}; allowed: NAMESPACE/NAME=REPLICAS, +PODS or -PODS")
    return [Scale(deployment=deployment, replicas=int(number)) if deployment else Scale(pods=int(replicas))]


SETTINGS: Final[dict[str, Setting]] = {
    "fault": Setting("adds a fault, such as '429 verb=list share=10%'; empty, it ends all", _fault),
    "deny": Setting("adds a rule, such as 'list secrets in default'; empty, it allows all", _deny),
    "latency": Setting(
        "takes a time to wait before each answer, such as 50ms or '50ms p99=2s verb=list'; 0 is none", _latency
    ),
    "clock": Setting("takes by how much it is wrong, such as +5m; 0 is right", _clock),
    "churn": Setting("takes a rate of changes, such as 20/s or '100/s skew=0.8'; 0 is none", _churn),
    "scale": Setting("takes a deployment's replicas, default/web=5, or pods, +100 or -100", _scale),
    "restart": Setting("takes how long it is down, such as 5s or '5s window=lost'", _restart),
}
