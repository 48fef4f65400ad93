"""The shipped scenario has a target for each switch of the client, and they are what they are called."""

from __future__ import annotations

from pathlib import Path

from perfkit.client.options import OFF, ON, Options
from perfkit.storage.scenarios import read_scenarios

SCENARIO = Path(__file__).resolve().parents[3] / "scenarios" / "ablation.toml"


def test_each_switch_is_turned_in_a_target_of_its_own() -> None:
    [file] = read_scenarios(SCENARIO)
    assert file.base == "all"
    turned = {target.name: target.arguments for target in file.targets}
    common = turned.pop("all")
    for name, arguments in turned.items():
        assert arguments[: len(common)] == common
        flag, value = arguments[len(common) :]
        options = Options().without(value) if flag == "--without" else Options().set(value)
        assert list(options.changed()) == [name.split("-", 1)[1]]
    assert set(turned) == {f"without-{name}" for name in OFF} | {f"with-{name}" for name in ON}
