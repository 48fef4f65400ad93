"""``perfkit init``: the files of a project."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Service(StrEnum):
    """What ``--ci`` takes."""

    GITHUB = "github"
    GITLAB = "gitlab"


def init(
    scenario: Annotated[
        list[str] | None, typer.Argument(metavar="SCENARIO", help="Shipped ones to copy, to make them yours.")
    ] = None,
    *,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "-t", "--target", metavar="[NAME=]TARGET", help="CLIENT or cmd:WORDS (default: what the build files tell)."
        ),
    ] = None,
    ci: Annotated[Service | None, typer.Option(help="Whose workflow (default: what the repository uses).")] = None,
) -> None:
    """Write a project's files: perfkit.toml, a scenario, a workflow.

    Whatever exists is left alone.

    perfkit init startup -t 'cmd:./my-client --all'
    """
    from perfkit.commands.project.course import init_project

    init_project(tuple(target or ()), ci.value if ci else None, scenario or ())
