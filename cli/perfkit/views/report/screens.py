"""What a trial left to look at: its last screens, and the end of what it printed."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from perfkit.views.report.figure import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.views.report.content import Exhibit, Screen


def screens(exhibit: Exhibit) -> Iterable[str]:
    """A figure for each screen. Pictures are images, in which nothing can run, whatever their files hold."""
    for place, screen in enumerate(exhibit.screens, start=1):
        several = f" {place}" if len(exhibit.screens) > 1 else ""
        yield _screen(f"Last screen{several} of {exhibit.name}", screen)
    if exhibit.output:
        title = f"End of the output of {exhibit.name}"
        yield folded("Output", title, _text(exhibit.output, title))


def _screen(title: str, screen: Screen) -> str:
    caption = f"<figcaption><h3>{escape(title)}</h3></figcaption>"
    text = _text(screen.text, title)
    if not screen.svg:
        return f"<figure>{caption}{text}</figure>"
    source = f"data:image/svg+xml;base64,{b64encode(screen.svg).decode()}"
    size = f'width="{screen.width}" height="{screen.height}"'
    picture = f'<img class="screen" src="{source}" {size} alt="{escape(title)}; its text follows">'
    return f"<figure>{caption}{picture}{folded('Text', title, text)}</figure>"


def _text(text: str, label: str) -> str:
    return f'<pre tabindex="0" role="group" aria-label="{escape(label)}">{escape(printable(text))}</pre>'


def printable(text: str) -> str:
    """Without control characters and halves of surrogates, which no page can hold."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in text)
