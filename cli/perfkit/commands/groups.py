"""Options that come together in several commands: each group is declared once, and a command takes it as one parameter.

``grouped`` shows the parser a group's fields as options of the command itself.
"""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - the parser reads annotations at run time
from dataclasses import MISSING, dataclass, fields, is_dataclass
from inspect import Parameter, Signature, signature
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from perfkit.commands import options

if TYPE_CHECKING:
    from perfkit.commands.choices import Consent
    from perfkit.model.scenario import Making


@dataclass(frozen=True, slots=True)
class Subject:
    """What runs, and against what."""

    target: options.Targets = None
    ready: options.Ready = None
    shape: options.Shape = None
    pods: options.Pods = None
    seed: options.Seed = None

    def said(self) -> dict[str, Any]:
        """As fields of ``Choices``."""
        own = {"ready": self.ready, "shape": self.shape, "pods": self.pods, "seed": self.seed}
        return {"targets": tuple(self.target or ()), **own}


@dataclass(frozen=True, slots=True)
class Network:
    """The network in between: a profile, and what is different about it."""

    link: options.Link = None
    rtt: options.Rtt = None
    jitter: options.Jitter = None
    rate: options.Rate = None
    loss: options.Loss = None

    @property
    def changes(self) -> dict[str, str]:
        """What was said beside the profile, in the words of a link file."""
        return options.of_link(rtt=self.rtt, jitter=self.jitter, rate=self.rate, loss=self.loss)

    def said(self) -> dict[str, Any]:
        """As fields of ``Choices``."""
        return {"link": self.link, "network": self.changes}


@dataclass(frozen=True, slots=True)
class Variant:
    """What is different about a scenario, and which cells of its matrix count."""

    setting: options.Settings = None
    cells: options.Cells = None

    @property
    def settings(self) -> tuple[str, ...]:
        """``KEY=VALUE`` each."""
        return tuple(self.setting or ())

    def said(self) -> dict[str, Any]:
        """As fields of ``Choices``."""
        return {"settings": self.settings, "cells": self.cells}


@dataclass(frozen=True, slots=True)
class Trials:
    """How many trials, and for how long."""

    runs: options.Runs = None
    warmup: options.Warmup = None
    max_time: options.MaxTime = None

    def said(self) -> dict[str, Any]:
        """As fields of ``Choices``."""
        return {"runs": self.runs, "warmup": self.warmup, "max_time": self.max_time}


@dataclass(frozen=True, slots=True)
class Permission:
    """What may be done to a real cluster."""

    allow_writes: options.AllowWrites = False
    production: options.Production = None
    yes: options.Yes = False

    @property
    def consent(self) -> Consent:
        """What the person has agreed to."""
        from perfkit.commands.choices import Consent

        return Consent(yes=self.yes, production=self.production)


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind cluster is made where it is not there."""

    kubernetes: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Of a kind cluster that is made, e.g. v1.33.1.")
    ] = None
    node_image: Annotated[str | None, typer.Option(metavar="IMAGE", help="Of its nodes, instead of a version.")] = None
    config: Annotated[str, typer.Option(metavar="CONFIG", help="For kind: a name among fixtures/kind, or a file.")] = (
        "default"
    )
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="For kind: docker, podman or nerdctl (default: kind's choice).")
    ] = ""

    @property
    def making(self) -> Making:
        """As a scenario has it."""
        from perfkit.model.scenario import Making

        image = {"kubernetes": self.kubernetes or "", "node_image": self.node_image or ""}
        return Making(**image, config=self.config, engine=self.engine)

    @property
    def settings(self) -> tuple[str, ...]:
        """As ``--set`` would have it."""
        return tuple(f"cluster.{key}={value}" for key, value in self.making.describe().items())


@dataclass(frozen=True, slots=True)
class Contents:
    """What a cluster of one's own holds."""

    pods: Annotated[int | None, typer.Option(metavar="N", min=0, help="Number of pods (default: the shape's).")] = None
    shape: Annotated[
        str | None,
        typer.Option(metavar="SHAPE", help="What it holds, a name or a file; see `perfkit list` (default: small)."),
    ] = None
    file: Annotated[
        list[str] | None,
        typer.Option(
            "-f", "--file", metavar="PATH", help="Manifests or a snapshot, alone or with --shape; repeatable."
        ),
    ] = None
    seed: Annotated[int, typer.Option(metavar="N", help="Same seed, same objects.")] = 1


@dataclass(frozen=True, slots=True)
class Manners:
    """How the server of a cluster of one's own treats its clients, and where it listens."""

    deny: Annotated[list[str] | None, typer.Option(metavar="RULE", help="E.g. 'list secrets'; repeatable.")] = None
    fault: Annotated[
        list[str] | None, typer.Option(metavar="FAULT", help="E.g. '429 verb=list share=10%'; repeatable.")
    ] = None
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1"
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port (0: any free one).")] = 0


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command as the parser shall see it, with the fields of each parameter that is a group in its place."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}

    def flat(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    flat.__doc__ = command.__doc__
    own = {
        name: [parameter.replace(annotation=hints[name], kind=Parameter.KEYWORD_ONLY)]
        for name, parameter in signature(command).parameters.items()
    }
    shown = own | {name: _options(group) for name, group in groups.items()}
    flat.__signature__ = Signature(list(chain.from_iterable(shown.values())))  # type: ignore[attr-defined]
    return flat


def _options(group: Any) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]
