"""The ``[matrix]`` of a scenario file: its data, once for each cell.

Expansion is done on what the file holds, before any of it is decoded: so an axis may be any key of the tables below,
its values are judged by the same readers as if they stood there, and errors name the key that they are for.
"""

from __future__ import annotations

import copy
import itertools
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.storage.names import did_you_mean
from perfkit.storage.tables import Value, table, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES: Final = ("cluster", "link", "repeat")
FORM: Final = "an axis is cluster.KEY, link.KEY, repeat.KEY, or STEP/KEY of a step that has a name"
MOST_CELLS: Final = 100

Coordinates = dict[str, str | int | float]  # axis → value
Said = Mapping[str, str | int | float | None]  # axis → value; None: it is put in place later


class Cell(msgspec.Struct, frozen=True):
    """One cell: its scenario's name, where it lies on each axis, and the file's data as it holds there."""

    name: str
    at: Coordinates
    file: Value


def cells(file: Value, stem: str, said: Said | None = None) -> list[Cell]:
    """The cells of a file in the order of its values, the last axis fastest; without a matrix, the file as it is.

    ``said`` are axes whose value the command line says, in place of the file: they are none any more.

    Raises:
        ScenarioError: an axis that names no key, or has no list of values; a limit ``where`` there is no cell.
    """
    fixed = said or {}
    file = _with(file, fixed)
    matrix = _axes(file)
    _check_where(file, matrix)
    axes = {key: values for key, values in matrix.items() if key not in fixed}
    count = math.prod(map(len, axes.values()))
    if count > MOST_CELLS:
        raise file.child("matrix").error(f"{count:,} cells; at most {MOST_CELLS} make a readable result")
    found = []
    for values in itertools.product(*axes.values()):
        at = {key: value.data for key, value in zip(axes, values, strict=True)}
        found.append(Cell("-".join([stem, *map(_slug, at.values())]), at, _cell(file, at, fixed)))
    if len({cell.name for cell in found}) < len(found):
        raise file.child("matrix").error("a value is there twice")
    return found


def _with(file: Value, said: Said) -> Value:
    """The file as if it said that itself."""
    data = copy.deepcopy(file.data)
    for axis, value in said.items():
        if value is not None:
            place, name = _place(data, axis, Value(file.file, f"--set {axis}", value))
            place[name] = value
    return Value(file.file, file.key, data)


def _axes(file: Value) -> dict[str, list[Value]]:
    """Each axis with its values, checked to name a key that can be."""
    if "matrix" not in table(file):
        return {}
    matrix = file.child("matrix")
    return {key: list(_values(file, matrix.child(key), key)) for key in table(matrix)}


def _values(file: Value, axis: Value, key: str) -> Iterator[Value]:
    if not isinstance(axis.data, list) or not axis.data:
        raise axis.refused("a list of values")
    _place(file.data, key, axis)
    for index, data in enumerate(axis.data):
        value = Value(axis.file, f"{axis.key}[{index}]", data)
        if not isinstance(data, str | int | float) or isinstance(data, bool):
            raise value.refused("a text or a number")
        yield value


def _place(data: dict[str, Any], key: str, axis: Value) -> tuple[dict[str, Any], str]:
    """The table of ``data`` that an axis sets a key of, and the key."""
    step, slash, name = key.partition("/")
    if slash:
        steps = [item for item in data.get("step", ()) if isinstance(item, dict) and item.get("name") == step]
        if not name:
            raise axis.error("no such axis", FORM)
        if not steps:
            names = [str(item["name"]) for item in data.get("step", ()) if isinstance(item, dict) and "name" in item]
            raise axis.error(f"no step is named {step!r}", did_you_mean(step, names) or FORM)
        return steps[0], name
    place, dot, name = key.partition(".")
    if place not in TABLES or not dot or not name:
        raise axis.error("no such axis", FORM)
    found = data.setdefault(place, {})
    return (found if isinstance(found, dict) else {}), name


def _cell(file: Value, at: Coordinates, fixed: Said) -> Value:
    """The file as it reads with these values in place, without the matrix."""
    data = copy.deepcopy(file.data)
    data.pop("matrix", None)
    cell = Value(file.file, file.key, data)
    for key, value in at.items():
        place, name = _place(data, key, cell)
        place[name] = value
    if "limit" in data:
        data["limit"] = [
            {name: content for name, content in item.items() if name != "where"}
            for item in data["limit"]
            if _holds(item, at, fixed)
        ]
    return cell


def _holds(limit: dict[str, Any], at: Coordinates, fixed: Said) -> bool:
    """Whether a limit holds in a cell; one for another value than the command line says holds nowhere."""
    values = {**at, **fixed}
    return all(values[key] in _each(value) for key, value in limit.get("where", {}).items())


def _each(value: Any) -> list[Any]:
    """What a key of ``where`` allows: one value of the axis, or several."""
    return value if isinstance(value, list) else [value]


def _check_where(file: Value, matrix: dict[str, list[Value]]) -> None:
    if "limit" not in table(file):
        return
    for limit in tables(file.child("limit")):
        where = limit.child("where") if "where" in limit.data else None
        for key in table(where) if where else ():
            assert where is not None
            value = where.child(key)
            if key not in matrix:
                raise value.error("no axis of the matrix", f"axes are {', '.join(matrix) or 'none'}")
            known = [each.data for each in matrix[key]]
            if value.data == [] or any(each not in known for each in _each(value.data)):
                raise value.refused(f"one or several of {', '.join(map(str, known))}, the values of that axis")


def _slug(value: str | float) -> str:
    """What of a value can be in a file's name: ``20 /s`` as ``20-s``."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", str(value)).strip("-").replace(".", "_") or "none"
