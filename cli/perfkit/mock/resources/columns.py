"""What the tables of several resources share: columns paired with what stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.description import Column, Row
from perfkit.mock.resources.rules import find
from perfkit.mock.times import parse_time
from perfkit.model.units import human_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfkit.mock.resources.description import Meta

    Cell = Callable[[Meta, dict[str, Any], int], Any]

NAME = Column("Name", "Name of the object, unique within its namespace.", format="name")
AGE = Column("Age", "Time since the object was created.")
NONE = "<none>"


def age(meta: Meta, now: int) -> str:
    """The cell of the column Age."""
    return since(meta.creation_timestamp, now)


def since(timestamp: str | None, now: int) -> str:
    """How long ago ``timestamp`` (RFC 3339) was."""
    return human_duration(now - parse_time(timestamp)) if timestamp else "<unknown>"


def named(meta: Meta, _: Any, __: int) -> str:
    """The cell of the column Name."""
    return meta.name


def aged(meta: Meta, _: Any, now: int) -> str:
    """The cell of the column Age."""
    return age(meta, now)


def value(path: str, default: Any = NONE) -> Cell:
    """A cell that shows the value at ``path``."""
    return lambda _, obj, __: find(obj, path, default)


def reading(read: Callable[[dict[str, Any]], Any]) -> Cell:
    """A cell that needs nothing but the object."""
    return lambda _, obj, __: read(obj)


def table(*columns: tuple[Column, Cell]) -> dict[str, Any]:
    """What a description needs for a table: columns in order, each with its cell."""
    cells = [cell for _, cell in columns]

    def row(meta: Meta, obj: dict[str, Any], now: int) -> Row:
        return Row([cell(meta, obj, now) for cell in cells])

    return {"columns": tuple(column for column, _ in columns), "view": dict[str, Any], "row": row}


NAMED = (NAME, named)
AGED = (AGE, aged)
CREATED = (Column("Created At", "When it was made.", type="date"), value("metadata.creationTimestamp", ""))


def joined(texts: Any) -> str:
    """Texts with commas between them, or the sign for none."""
    return ",".join(texts) or NONE


def pairs(labels: Mapping[str, str] | None) -> str:
    """``a=b,c=d``."""
    return joined(f"{key}={text}" for key, text in sorted((labels or {}).items()))


def selector(obj: Any) -> str:
    """A LabelSelector as text: ``a=b,c in (d,e),!f``."""
    if not obj:
        return NONE
    terms = [f"{key}={text}" for key, text in sorted((obj.get("matchLabels") or {}).items())]
    return joined([*terms, *map(_expression, obj.get("matchExpressions") or ())])


def _expression(term: Mapping[str, Any]) -> str:
    key, values = term.get("key"), ",".join(term.get("values") or ())
    forms = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "DoesNotExist": f"!{key}"}
    return forms.get(term.get("operator", ""), str(key))


def container_names(spec: str) -> Cell:
    """The names of the containers of the pod spec at ``spec``."""
    return reading(lambda obj: joined(container["name"] for container in find(obj, f"{spec}.containers", ())))


def container_images(spec: str) -> Cell:
    """The images of the containers of the pod spec at ``spec``."""
    return reading(lambda obj: joined(container.get("image", "") for container in find(obj, f"{spec}.containers", ())))


CONTAINERS = Column("Containers", "Names of the containers.", 1)
IMAGES = Column("Images", "Images of the containers.", 1)
SELECTOR = Column("Selector", "Labels of the objects that belong to it.", 1)


def template_columns(spec: str = "spec.template.spec") -> tuple[tuple[Column, Cell], ...]:
    """The wide columns of everything that makes pods."""
    return (
        (CONTAINERS, container_names(spec)),
        (IMAGES, container_images(spec)),
    )


def selected(path: str = "spec.selector") -> tuple[Column, Cell]:
    """The wide column with the LabelSelector at ``path``."""
    return (SELECTOR, reading(lambda obj: selector(find(obj, path))))
