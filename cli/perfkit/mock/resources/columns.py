"""What the tables of several resources share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.mock.resources.description import Column
from perfkit.mock.times import human_duration, parse_time

if TYPE_CHECKING:
    from perfkit.mock.resources.description import Meta

NAME = Column("Name", "Name of the object, unique within its namespace.", format="name")
AGE = Column("Age", "Time since the object was created.")


def age(meta: Meta, now: int) -> str:
    """The cell of the column Age."""
    return since(meta.creation_timestamp, now)


def since(timestamp: str | None, now: int) -> str:
    """How long ago ``timestamp`` (RFC 3339) was."""
    return human_duration(now - parse_time(timestamp)) if timestamp else "<unknown>"
