"""Gates as GitHub's workflow commands, which a job's log turns into annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.statistics.gates import Gate, Level

COMMANDS: Final[dict[Level, str]] = {"broken": "error", "failed": "error", "unclear": "warning", "warned": "warning"}


def workflow_commands(gates: Iterable[Gate]) -> str:
    """``::error title=perfkit%3A cpu.seconds::…``, one line a gate that did not pass; the rest in one notice."""
    gates = list(gates)
    lines = [_command(COMMANDS[gate.level], _title(gate), gate.message) for gate in gates if gate.level in COMMANDS]
    passed = [gate for gate in gates if gate.level not in COMMANDS]
    if passed:
        named = ", ".join(dict.fromkeys(gate.subject for gate in passed))
        lines.append(_command("notice", "perfkit", f"passed: {named}"))
    return "".join(f"{line}\n" for line in lines)


def _title(gate: Gate) -> str:
    return f"perfkit: {gate.scenario} · {gate.head} · {gate.subject}"


def _command(command: str, title: str, message: str) -> str:
    return f"::{command} title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    """As GitHub's own toolkit escapes: what would end the command or begin a line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
