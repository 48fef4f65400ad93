"""Client recipes: ``fixtures/clients/NAME.toml`` says how a client is started, when it is ready and what it needs."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from perfkit.model.scenario import Ready, Terminal
from perfkit.storage import names
from perfkit.storage.driving import read_keys, read_terminal
from perfkit.storage.ready import read_ready
from perfkit.storage.tables import environment, load, table, text, texts, words

if TYPE_CHECKING:
    from perfkit.storage.tables import Value


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """What must be there before a client can start: a Python ``module`` (of ``package``) or a ``program`` on PATH."""

    module: str = ""
    package: str = ""  # the distribution's name, where it differs from the module's
    program: str = ""
    besides: tuple[str, ...] = ()  # what older releases import, and the libraries they name no longer bring
    advice: str = ""  # how to get it, in one line


class ClientRecipe(msgspec.Struct, frozen=True, kw_only=True):
    """A client as data. In ``command`` and ``version`` stand ``{python}`` and ``{dir}`` (the recipe's folder)."""

    name: str  # the file's stem
    folder: Path
    title: str
    command: tuple[str, ...]
    ready: Ready = Ready(kind="watch", resource="pods")
    environment: dict[str, str] = {}
    requires: Requirement | None = None
    version: tuple[str, ...] = ()  # prints the version
    synced: str = ""  # what it prints when it says of itself that it is ready
    toolchain: tuple[str, ...] = ()  # Python distributions whose versions are printed beside a verdict
    terminal: Terminal | None = None  # the size of the terminal it runs in; None: its output is a pipe
    files: dict[str, str] = {}  # what it finds in its home: path from there → text
    quit: str = ""  # what is typed to end it
    release: str = ""  # OWNER/REPO whose GitHub releases hold it
    go: str = ""  # what `go install` builds it from
    pprof: str = ""  # where its profiles can be asked for, such as http://127.0.0.1:6060/debug/pprof

    def filled(self, template: tuple[str, ...], python: str) -> tuple[str, ...]:
        """``template`` (the command or the version command) with its two placeholders filled in.

        Plain replacement and not ``str.format``: code after ``-c`` may hold braces of its own.
        """
        return tuple(word.replace("{python}", python).replace("{dir}", str(self.folder)) for word in template)


def find_client(name: str) -> ClientRecipe:
    """The client of that name: the project's own, else the bundled one. Raises ScenarioError."""
    return read_client(names.find(names.CLIENTS, name))


def read_client(path: Path) -> ClientRecipe:
    """Read one recipe. Raises ScenarioError naming file and key."""
    fields = load(path).fields(
        {
            "title": text,
            "command": words,
            "ready": read_ready,
            "environment": environment,
            "requires": _requirement,
            "version": words,
            "synced": text,
            "toolchain": texts,
            "terminal": read_terminal,
            "files": _files,
            "quit": read_keys,
            "release": text,
            "go": text,
            "pprof": text,
        },
        required=("title", "command"),
    )
    if fields.get("ready", Ready(kind="exit")).kind == "screen" or "quit" in fields:
        fields.setdefault("terminal", Terminal())
    return ClientRecipe(name=path.stem, folder=path.resolve().parent, **fields)


def _requirement(value: Value) -> Requirement:
    fields = value.fields(
        {"module": text, "package": text, "program": text, "besides": texts, "advice": text}, required=("advice",)
    )
    if ("module" in fields) == ("program" in fields):
        raise value.error("needs either 'module' or 'program'")
    return Requirement(**fields)


def _files(value: Value) -> dict[str, str]:
    """Texts by their path from the target's home, which they do not leave."""
    for name in table(value):
        content, path = value.child(name), PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise content.error("no path within the target's home", 'such as ".config/k9s/config.yaml"')
        if not isinstance(content.data, str):
            raise content.refused("text")
    return dict(value.data)
