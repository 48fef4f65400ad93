"""GitHub's workflow commands: what a message holds can neither end its command nor begin another."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from perfkit.statistics.gates import GRAVEST_FIRST, Gate
from perfkit.views.annotations import workflow_commands

COMMAND = re.compile(r"::(error|warning|notice) title=([^:,\r\n]*)::([^\r\n]*)")


def gate(**fields: Any) -> Gate:
    usual = {
        "scenario": "startup",
        "head": "head",
        "subject": "cpu.seconds",
        "level": "failed",
        "seen": "",
        "message": "",
    }
    return Gate(**usual | fields)


def unescaped(text: str) -> str:
    """As the runner reads it."""
    for code, letter in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, letter)
    return text


def test_failed_is_an_error_doubt_a_warning_and_all_that_passed_one_notice() -> None:
    text = workflow_commands(
        [
            gate(message="regressed: 1 s → 2 s, +100 %, limit +5 %"),
            gate(subject="startup.ready", level="unclear", message="unclear"),
            gate(subject="memory.peak", level="passed"),
            gate(subject="trials", level="passed"),
        ]
    )
    assert text == (
        "::error title=perfkit%3A startup · head · cpu.seconds::regressed: 1 s → 2 s, +100 %25, limit +5 %25\n"
        "::warning title=perfkit%3A startup · head · startup.ready::unclear\n"
        "::notice title=perfkit::passed: memory.peak, trials\n"
    )


@given(st.sampled_from(GRAVEST_FIRST[:-1]), st.text(), st.text())
def test_any_text_stays_in_its_command(level: str, subject: str, message: str) -> None:
    (line,) = workflow_commands([gate(level=level, subject=subject, message=message)]).split("\n")[:-1]
    match = COMMAND.fullmatch(line)
    assert match is not None
    assert unescaped(match[2]) == f"perfkit: startup · head · {subject}"
    assert unescaped(match[3]) == message
