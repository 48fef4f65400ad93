"""Parts of a run: through a log and back, and several as one result."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import ResultError
from perfkit.model.result import Result
from perfkit.storage.frames import framed, unframed
from perfkit.storage.merged import merged
from support.samples import sample_result


@given(st.binary(max_size=20_000), st.lists(st.text(st.characters(exclude_characters="\r\n"))))
def test_what_goes_through_a_log_comes_out(content: bytes, noise: list[str]) -> None:
    lines = [*noise, *(f"2026-11-27T00:00:00Z stdout F {line}" for line in framed(content)), *noise]
    assert unframed(lines) == content


@given(st.integers(0), st.integers(0, 4))
def test_a_log_that_lost_a_line_or_was_changed_gives_nothing(seed: int, lost: int) -> None:
    lines = list(framed(random.Random(seed).randbytes(14_000)))
    assert len(lines) == 5
    with pytest.raises(ResultError, match="4 of 5 pieces"):
        unframed(lines[:lost] + lines[lost + 1 :])
    middle = len(lines[lost]) // 2
    other = "A" if lines[lost][middle] != "A" else "B"
    changed = f"{lines[lost][:middle]}{other}{lines[lost][middle + 1 :]}"
    with pytest.raises(ResultError, match="checksum"):
        unframed([*lines[:lost], changed, *lines[lost + 1 :]])


def test_a_log_without_a_result_says_so() -> None:
    with pytest.raises(ResultError, match="no result"):
        unframed(["hello"])


def _part(first: int, blocks: int, seed: int) -> Result:
    found = sample_result({"a": {}, "b": {}}, base="a", blocks=blocks, seed=seed)
    trials = tuple(msgspec.structs.replace(trial, block=trial.block + first) for trial in found.trials)
    repeat = msgspec.structs.replace(found.scenario.repeat, pairs=(blocks,), first=first)
    return msgspec.structs.replace(
        found, trials=trials, scenario=msgspec.structs.replace(found.scenario, repeat=repeat), stopped="pairs"
    )


def test_parts_are_one_result_whose_pairs_stay_together() -> None:
    one = merged([("n1", _part(0, 3, 1)), ("n2", _part(3, 2, 2))], "whole")
    assert (one.label, one.scenario.repeat.pairs, one.scenario.repeat.first) == ("whole", (5,), 0)
    assert [(trial.block, trial.node) for trial in one.trials[::2]] == [
        (0, "n1"), (1, "n1"), (2, "n1"), (3, "n2"), (4, "n2"),
    ]  # fmt: skip
    assert [trial.index for trial in one.trials] == list(range(10))
    assert one.fingerprint.context["nodes"] == "n1, n2"
    assert one.complete
    assert one.stopped == "pairs"


def test_machines_that_differ_are_all_named() -> None:
    parts = [_part(0, 2, 1), _part(2, 2, 2)]
    print_ = parts[1].fingerprint
    other = msgspec.structs.replace(
        parts[1], fingerprint=msgspec.structs.replace(print_, machine={**print_.machine, "cpu": "Another"})
    )
    cpu = parts[0].fingerprint.machine.get("cpu", "–")
    joined = merged([("n1", parts[0]), ("n2", other)], "x").fingerprint.machine
    if "cpu" in joined:
        assert joined["cpu"] == " | ".join(sorted({cpu, "Another"}))


def test_what_is_not_of_one_run_is_refused() -> None:
    other = msgspec.structs.replace(_part(2, 2, 2), scenario_hash="another")
    with pytest.raises(ResultError, match="n2 and n1 did not run the same"):
        merged([("n1", _part(0, 2, 1)), ("n2", other)], "x")
