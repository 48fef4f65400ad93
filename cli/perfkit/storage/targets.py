"""``[[target]]`` tables as written in scenario and project files; ``perfkit.targets`` makes targets of them."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.model.scenario import Ready, Terminal  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.storage.clients import find_client
from perfkit.storage.driving import read_keys, read_terminal
from perfkit.storage.ready import read_ready
from perfkit.storage.tables import environment, tables, text, words

if TYPE_CHECKING:
    from perfkit.storage.tables import Value

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]*")


class TargetTable(msgspec.Struct, frozen=True, kw_only=True):
    """A target as written: a ``client`` or a ``command``, never both. ``ready`` None: the client's own, or a watch.

    ``version`` is the client's, from where it is published; empty: the one that is here.
    """

    name: str
    client: str | None = None
    version: str = ""
    command: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()  # after the client's own command
    environment: dict[str, str] = {}
    ready: Ready | None = None
    terminal: Terminal | None = None
    quit: str = ""


def read_targets(value: Value) -> tuple[TargetTable, ...]:
    """``[[target]]`` or a single ``[target]``; names are unique. Raises ScenarioError."""
    single = isinstance(value.data, dict)
    seen: dict[str, TargetTable] = {}
    for item in [value] if single else tables(value):
        target = _read_target(item)
        if target.name in seen:
            raise item.error(f"a second target named {target.name!r}", 'give each a name of its own: name = "…"')
        seen[target.name] = target
    return tuple(seen.values())


def default_name(program: str) -> str:
    """A target's name where none is given: the last part of a program's path or a client's name, made valid."""
    return re.sub(r"[^A-Za-z0-9._@+-]+", "-", PurePath(program).name).lstrip("._@+-") or "target"


def versioned_name(program: str, version: str) -> str:
    """``k9s@v0.50.16``: the name of a version where none is given."""
    return f"{default_name(program)}@{re.sub(r'[^A-Za-z0-9._+-]+', '-', version)}"


def valid_name(name: str) -> bool:
    """Whether ``name`` can stand in tables, file names and ``LABEL#TARGET``."""
    return _NAME.fullmatch(name) is not None


def _read_target(value: Value) -> TargetTable:
    fields = value.fields(
        {
            "name": _name,
            "client": _client,
            "version": text,
            "command": words,
            "arguments": words,
            "environment": environment,
            "ready": read_ready,
            "terminal": read_terminal,
            "quit": read_keys,
        }
    )
    if ("client" in fields) == ("command" in fields):
        raise value.error("needs either 'client' or 'command'", 'such as client = "kubernetes"')
    for key in ("version", "arguments"):
        if key in fields and "client" not in fields:
            raise value.child(key).error(f"only a client has {key.removesuffix('s')}s", 'such as client = "k9s"')
    name = fields.pop("name", None) or _default_name(fields)
    return TargetTable(name=name, **fields)


def _default_name(fields: dict[str, Any]) -> str:
    if "version" in fields:
        return versioned_name(fields["client"], fields["version"])
    return default_name(fields.get("client") or fields["command"][0])


def _name(value: Value) -> str:
    if not valid_name(text(value)):
        raise value.refused("letters, digits, and . _ @ + - after the first")
    return text(value)


def _client(value: Value) -> str:
    return value.parsed(find_client).name
