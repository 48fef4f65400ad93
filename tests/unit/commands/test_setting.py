"""``perfkit cluster set``: what each key means, and what is said of what means nothing."""

from __future__ import annotations

import pytest

from perfkit.commands.stage.setting import SETTINGS, messages, named
from perfkit.errors import PerfkitError, UsageError
from perfkit.model.churn import Churn
from perfkit.model.control import AddFault, AllowAll, ClearFaults, Deny, MockRequest, Scale, SetChurn
from perfkit.storage.faults import parse_fault

MEANT: dict[str, list[MockRequest]] = {
    "fault=429 share=10%": [AddFault(fault=parse_fault("429 share=10%"))],
    "fault=": [ClearFaults()],
    "deny=list secrets": [Deny(rule="list secrets")],
    "deny=": [AllowAll()],
    "latency=50ms p99=2s": [ClearFaults(kind="latency"), AddFault(fault=parse_fault("latency 50ms p99=2s"))],
    "latency=0": [ClearFaults(kind="latency")],
    "clock=+5m": [ClearFaults(kind="clock"), AddFault(fault=parse_fault("clock +5m"))],
    "clock=": [ClearFaults(kind="clock")],
    "restart=5s window=lost": [AddFault(fault=parse_fault("restart 5s window=lost"))],
    "churn=20/s skew=0.8": [SetChurn(churn=Churn(rate=20, skew=0.8))],
    "churn=0": [SetChurn()],
    "scale=default/web=5": [Scale(deployment="default/web", replicas=5)],
    "scale=+100": [Scale(pods=100)],
    "scale=-100": [Scale(pods=-100)],
    "restart=": [AddFault(fault=parse_fault("restart"))],
}


@pytest.mark.parametrize("setting", MEANT)
def test_a_setting_means_these_messages(setting: str) -> None:
    assert messages([setting]) == MEANT[setting]


def test_settings_are_sent_in_the_order_in_which_they_are_said() -> None:
    assert messages(["fault=", "fault=500"]) == [ClearFaults(), AddFault(fault=parse_fault("500"))]


@pytest.mark.parametrize("key", SETTINGS)
def test_a_key_without_a_value_gets_what_it_takes(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        messages([key])
    assert caught.value.advice == f"{key}= {SETTINGS[key].takes}"


def test_a_first_word_without_a_value_is_the_clusters_name() -> None:
    assert named(["mock", "fault=", "deny="]) == ("mock", ["fault=", "deny="])
    assert named(["fault="]) == (None, ["fault="])


@pytest.mark.parametrize("words", [[], ["mock"]])
def test_nothing_to_set_is_told(words: list[str]) -> None:
    with pytest.raises(UsageError, match="nothing to set"):
        named(words)


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("fault", "found 'fault'; allowed: fault=VALUE"),
        ("fautl=500", "unknown key 'fautl'; allowed: fault, deny, latency, clock, churn, scale, restart"),
        ("fault=428", "fault: found '428'; allowed: latency, 429"),
        ("latency=soon", 'latency.delay: found "soon"; allowed: a time'),
        ("clock=x", 'clock.offset: found "x"; allowed: a time'),
        ("restart=x", 'restart.duration: found "x"; allowed: a time'),
        ("churn=often", "'often' is no churn: "),
        ("scale=web", "scale: found 'web'; allowed: NAMESPACE/NAME=REPLICAS, +PODS or -PODS"),
        ("scale=default/web=+5", "scale: found 'default/web=+5'"),
        ("scale=5", "scale: found '5'"),
        ("deny=secrets", "cannot read the rule 'secrets'"),
    ],
)
def test_a_setting_that_means_nothing_is_told_with_what_does(setting: str, complaint: str) -> None:
    with pytest.raises(PerfkitError) as caught:
        messages(["fault=", setting])
    assert caught.value.message.startswith(complaint)
