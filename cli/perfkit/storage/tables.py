"""Strict reading of TOML: every value knows its file and key path, so that every error can name them.

A *reader* is a function from a ``Value`` to whatever it means; ``Value.fields`` applies one to each key of a table.
"""

from __future__ import annotations

import json
import shlex
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from perfkit.errors import PerfkitError, ScenarioError
from perfkit.model.units import parse_duration
from perfkit.storage.files import shown
from perfkit.storage.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

T = TypeVar("T")

LONGEST: Final = 24 * 3600.0  # seconds; a longer wait in one file is a slip of the pen
SCHEMA: Final = 1  # of scenario, client, shape and project files
SHOWN: Final = 60  # characters of a wrong value that an error repeats


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a TOML file. ``key`` is its path from the file's root, such as ``step[1].duration``."""

    file: str
    key: str
    data: Any

    def error(self, message: str, advice: str = "") -> ScenarioError:
        """An error that begins with the place."""
        return ScenarioError(": ".join(filter(None, (self.file, self.key, message))), advice)

    def refused(self, allowed: str, advice: str = "") -> ScenarioError:
        """The error for a value that is not what it must be."""
        return self.error(f"found {_short(self.data)}; allowed: {allowed}", advice)

    def parsed(self, parse: Callable[[str], T]) -> T:
        """What ``parse`` makes of the text; its complaint, should it raise one, gets the place in front."""
        written = text(self)
        try:
            return parse(written)
        except PerfkitError as error:
            raise self.error(error.message, error.advice) from None

    def child(self, name: str) -> Value:
        """The value under ``name`` of this table; there must be one."""
        quoted = name if name.replace("-", "").replace("_", "").isalnum() else _short(name)
        return Value(self.file, f"{self.key}.{quoted}" if self.key else quoted, table(self)[name])

    def fields(self, readers: Mapping[str, Callable[[Value], Any]], required: Iterable[str] = ()) -> dict[str, Any]:
        """This table's values, each by its reader; keys that are not in the file are not in the answer.

        Raises:
            ScenarioError: a key without a reader, a required one missing, or what a reader complains of.
        """
        for name in table(self):
            if name not in readers:
                raise self.child(name).error(f"unknown key; allowed: {', '.join(readers)}", did_you_mean(name, readers))
        for name in required:
            if name not in self.data:
                raise self.error(f"the key {name!r} is missing")
        return {name: readers[name](self.child(name)) for name in self.data}


def load(path: Path) -> Value:
    """The whole file as one table, without its ``schema``, which is ours: what another schema may hold is not judged.

    Raises:
        ScenarioError: no such file, unreadable, no UTF-8, no TOML (with line and column), or of another schema.
    """
    file = Value(shown(path), "", _parse(path))
    if "schema" not in file.data:
        raise file.error("the key 'schema' is missing", f"the first line of such a file is: schema = {SCHEMA}")
    _check_schema(file.child("schema"))
    del file.data["schema"]
    return file


def _parse(path: Path) -> dict[str, Any]:
    file = shown(path)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ScenarioError(f"{file}: no such file") from None
    except OSError as error:
        raise ScenarioError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{file}: not UTF-8 text (byte {error.start})", "is it a TOML file?") from None
    except RecursionError:
        raise ScenarioError(f"{file}: not TOML: nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{file}: not TOML: {_with_line(str(error))}") from None
    except ValueError:
        raise ScenarioError(f"{file}: not TOML: a number of too many digits") from None


def _check_schema(value: Value) -> None:
    if type(value.data) is int and value.data > SCHEMA:
        raise value.error(f"found {value.data}, but this perfkit reads schema {SCHEMA}", "upgrade perfkit")
    if type(value.data) is not int or value.data != SCHEMA:
        raise value.refused(f"the number {SCHEMA}")


# ---- readers


def table(value: Value) -> dict[str, Any]:
    """A table's keys and values."""
    if not isinstance(value.data, dict):
        raise value.refused("a table")
    return value.data


def tables(value: Value) -> list[Value]:
    """The tables of a ``[[…]]``, each with its index in its key path."""
    if not isinstance(value.data, list):
        raise value.refused(f"an array of tables, written [[{value.key}]]")
    found = [Value(value.file, f"{value.key}[{index}]", item) for index, item in enumerate(value.data)]
    for item in found:
        table(item)
    return found


def text(value: Value) -> str:
    """A string that is not empty."""
    if not isinstance(value.data, str) or not value.data.strip():
        raise value.refused("text")
    return value.data


def texts(value: Value) -> tuple[str, ...]:
    """A list of strings."""
    if not isinstance(value.data, list) or not all(isinstance(item, str) for item in value.data):
        raise value.refused("a list of texts")
    return tuple(value.data)


def words(value: Value) -> tuple[str, ...]:
    """A command: one string of shell words, or a list of strings."""
    if isinstance(value.data, str):
        try:
            found = tuple(shlex.split(value.data))
        except ValueError as error:
            raise value.error(f"found {_short(value.data)}, which a shell cannot split: {error}") from None
    elif isinstance(value.data, list):
        found = texts(value)
    else:
        found = ()
    if not found or not found[0] or any("\0" in word for word in found):
        raise value.refused('a command, such as "kubectl get pods" or ["kubectl", "get", "pods"]')
    return found


def environment(value: Value) -> dict[str, str]:
    """Names and values of environment variables."""
    for name, content in table(value).items():
        if not isinstance(content, str):
            raise value.child(name).refused("text (an environment holds nothing else)")
        if not name or "=" in name or "\0" in name + content:
            raise value.error(f"{name!r} is no name of an environment variable")
    return dict(value.data)


def bounded(value: Value, parse: Callable[[str], float], bounds: tuple[float, float], allowed: str) -> float:
    """A number as text, read by ``parse``, within ``bounds``; ``allowed`` says which ones are. Raises ScenarioError."""
    try:
        number = parse(value.data) if isinstance(value.data, str) else None
    except PerfkitError:
        number = None
    if number is None or not bounds[0] <= number <= bounds[1]:
        raise value.refused(allowed)
    return number


def integer(minimum: int, maximum: int) -> Callable[[Value], int]:
    """A reader of whole numbers; both bounds are allowed."""

    def read(value: Value) -> int:
        if type(value.data) is not int or not minimum <= value.data <= maximum:  # isinstance calls a bool an int
            raise value.refused(f"a whole number from {minimum:,} to {maximum:,}")
        return value.data

    return read


def choice(*options: str) -> Callable[[Value], str]:
    """A reader of one of a few words."""

    def read(value: Value) -> str:
        if value.data not in options:
            advice = did_you_mean(value.data, options) if isinstance(value.data, str) else ""
            raise value.refused(" | ".join(f'"{option}"' for option in options), advice)
        return str(value.data)

    return read


def true(value: Value) -> bool:
    """``true``: of a key that is left out where it does not hold."""
    if value.data is not True:
        raise value.refused("true, or leave the key out")
    return True


def duration(value: Value) -> float:
    """A span of time as text with its unit, in seconds: more than 0, at most a day."""
    try:
        seconds = parse_duration(value.data) if isinstance(value.data, str) else None
    except PerfkitError:
        seconds = None
    if seconds is None:
        raise value.refused('a duration as text with its unit (ms, s, min, h), such as "10 s" or "1m30s"')
    if not 0 < seconds <= LONGEST:
        raise value.refused("more than 0 s, at most 24 h")
    return seconds


def _short(data: Any) -> str:
    if isinstance(data, dict):
        return f"a table with the keys {', '.join(map(_short, data))}" if data else "an empty table"
    written = json.dumps(data, ensure_ascii=False, default=str)  # as TOML writes it, or nearly; on one line
    return written if len(written) <= SHOWN else written[: SHOWN - 1] + "…"


def _with_line(complaint: str) -> str:
    """``Expected '=' … (at line 3, column 5)`` as ``line 3, column 5: expected '=' …``."""
    message, found, place = complaint.rpartition(" (at ")
    return f"{place.rstrip(')')}: {message}" if found else complaint
