"""``perfkit compare``: two stored results, or two targets of one."""

from __future__ import annotations

from typing import Annotated

import typer

from perfkit.commands.output import Output


def compare(
    base: Annotated[str | None, typer.Argument(metavar="BASE", help="PATH or LABEL, with #TARGET.")] = None,
    head: Annotated[str | None, typer.Argument(metavar="HEAD", help="Likewise (default: the latest result).")] = None,
    *,
    output: Annotated[Output, typer.Option("-o", "--output", help="Format on stdout.")] = Output.TABLE,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 5 when a gated metric stays unclear.")] = False,
) -> None:
    """Compare two results, or two targets of one run; without arguments, show the latest result.

    A result is a PATH or a LABEL; #TARGET picks one of its targets: perfkit compare main#base feature#head
    """
    from perfkit.commands.comparing import compare_all

    raise typer.Exit(compare_all(base, head, output, strict=strict))
