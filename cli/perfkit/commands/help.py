"""How commands show their help: examples as they are typed, and nothing of the language perfkit is written in."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import Any, Final

from typer.core import TyperCommand

_TYPE: Final = re.compile(r" <.*>$", re.DOTALL)  # behind an argument: what Python takes it for
_EXAMPLE: Final = "perfkit "  # how a paragraph begins that is one


class Command(TyperCommand):
    """A command whose help tells its examples apart, each in a line of its own."""

    @property
    def paragraphs(self) -> list[str]:
        """Its help, prose and examples."""
        return cleandoc(self.help or "").split("\n\n")

    @property
    def examples(self) -> list[str]:
        """What can be typed."""
        return [text.replace("\n", " ") for text in self.paragraphs if text.startswith(_EXAMPLE)]

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Arguments that are needed stand without brackets."""
        return [re.sub(r"^\{(.*)\}", r"\1", piece) for piece in super().collect_usage_pieces(ctx)]

    def format_help_text(self, _ctx: Any, formatter: Any) -> None:
        """Prose, then examples."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text("\n\n".join(text for text in self.paragraphs if not text.startswith(_EXAMPLE)))
        if self.examples:
            with formatter.section("Examples"):
                formatter.write("".join(f"{'':{formatter.current_indent}}{example}\n" for example in self.examples))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, then options."""
        told: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
        for each in self.get_params(ctx):
            if record := each.get_help_record(ctx):
                told[each.param_type_name].append(record)
        arguments = [(_TYPE.sub("", name), text) for name, text in told["argument"]]
        for title, records in (("Arguments", arguments), ("Options", told["option"])):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
