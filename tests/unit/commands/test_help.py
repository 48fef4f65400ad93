"""The help of every command, as a stranger reads it on 80 columns."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import typer

from perfkit.commands.help import Command
from perfkit.main import build_app, split_command

if TYPE_CHECKING:
    from collections.abc import Iterator


def commands(group: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command that is shown, by its words; groups too."""
    yield path, group
    for name, command in getattr(group, "commands", {}).items():
        if not command.hidden:
            yield from commands(command, *path, name)


ALL = dict(commands(typer.main.get_command(build_app())))
EXAMPLES = [example for command in ALL.values() if isinstance(command, Command) for example in command.examples]


def context(path: tuple[str, ...]) -> Any:
    found: Any = None
    for length in range(len(path) + 1):
        command = ALL[path[:length]]
        found = command.context_class(
            command, parent=found, info_name=("perfkit", *path)[length], terminal_width=80, max_content_width=80
        )
    return found


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_fits_speaks_no_python_and_cuts_no_summary_short(path: tuple[str, ...]) -> None:
    usage, *shown = ALL[path].get_help(context(path)).splitlines()
    assert usage.startswith(f"Usage: {' '.join(('perfkit', *path))} [OPTIONS]")
    assert not re.search(r"\[\[|\{", usage)
    for line in shown:
        assert len(line) <= 80
        assert not re.search(r"<(str|int|list.*)>|\.\.\.$", line), line


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_argument_and_option_says_what_it_is(path: tuple[str, ...]) -> None:
    """In a sentence; what stands for a value is in capitals, or the values themselves."""
    at = context(path)
    for each in ALL[path].get_params(at):
        name, text = each.get_help_record(at)
        assert text[:1].isupper() or text[:1] in "'[" or text.split()[0].islower(), (name, text)
        assert re.search(r"[.:)]$", re.sub(r"  \[.*\]$", "", text)) or each.name in {"help", "install_completion"}, text


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_what_its_command_takes(example: str) -> None:
    (name, *words), _ = split_command(shlex.split(example))
    assert name == "perfkit"
    path: tuple[str, ...] = ()
    while words and (*path, words[0]) in ALL:
        path = (*path, words.pop(0))
    assert ALL[path].make_context(path[-1], words, parent=context(path[:-1])) is not None


def test_examples_are_found() -> None:
    assert len(EXAMPLES) > 20
