"""Options that come together: one parameter of the command, several options on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from perfkit.commands.groups import grouped


@dataclass(frozen=True)
class Place:
    host: Annotated[str, typer.Option(help="Where.")] = "localhost"
    port: Annotated[int, typer.Option("-p", "--port", min=0, help="Which.")] = 80


@dataclass(frozen=True)
class Login:
    user: Annotated[str, typer.Option(help="Who.")]


@grouped
def visit(
    context: typer.Context,
    pages: Annotated[list[str] | None, typer.Argument()] = None,
    *,
    place: Place,
    quick: Annotated[bool, typer.Option("--quick")] = False,
    login: Login,
) -> None:
    """Visit pages."""
    typer.echo(f"{context.obj} {pages} {place} {quick} {login}")


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer(rich_markup_mode=None)
    app.command()(visit)
    return app


def test_a_group_is_made_of_its_options_with_their_defaults(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["a", "b", "--quick", "--user", "eve", "-p", "8080"], obj="ours")
    assert shown.output == "ours ['a', 'b'] Place(host='localhost', port=8080) True Login(user='eve')\n"


def test_options_are_shown_where_their_group_stands(app: typer.Typer) -> None:
    help_ = CliRunner().invoke(app, ["--help"]).output
    words = ("Visit pages.", "--host", "-p, --port", "--quick", "--user")
    assert [help_.index(word) for word in words] == sorted(help_.index(word) for word in words)


@pytest.mark.parametrize(
    ("words", "complaint"), [((), "Missing option '--user'"), (("--user", "eve", "--port", "-1"), "Invalid value for")]
)
def test_what_a_group_asks_of_its_options_is_held(app: typer.Typer, words: tuple[str, ...], complaint: str) -> None:
    shown = CliRunner().invoke(app, [*words])
    assert shown.exit_code == 2
    assert complaint in shown.output
