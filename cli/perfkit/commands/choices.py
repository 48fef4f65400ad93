"""What a person asked for, as typed: of ``perfkit run`` and of all commands that run targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Consent:
    """What the person has agreed to: the load, and, by its name, that a context looks like production."""

    yes: bool = False
    production: str | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """The command line of ``perfkit run``, as typed; None is what was not said."""

    scenarios: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    build: str | None = None  # of a target as a commit has it
    base: str | None = None
    ready: str | None = None
    cluster: str | None = None
    allow_writes: bool = False
    populate: bool = False
    consent: Consent = field(default_factory=Consent)
    shape: str | None = None
    pods: int | None = None
    seed: int | None = None
    link: str | None = None
    network: Mapping[str, str] = field(default_factory=dict)  # what else was said of the link, such as rtt
    trace: tuple[str, ...] = ()  # what to look at while the targets run; nothing: what the scenario says
    settings: tuple[str, ...] = ()  # KEY=VALUE of the scenario file
    cells: str | None = None  # only the cells of a matrix whose names hold this, or with "not " before it do not
    runs: int | None = None
    warmup: int | None = None
    max_time: str | None = None
    limits: tuple[str, ...] = ()
    label: str | None = None
    resume: bool = False
    force: bool = False
    dry_run: bool = False
