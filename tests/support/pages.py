"""A page as a program reads it: its elements, their text, and what points where."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self

EMPTY = {"meta", "link", "img", "input", "br", "circle", "rect", "line", "polyline", "polygon"}


@dataclass
class Element:
    """An element with what is in it. ``text`` is all text below it."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def all(self, name: str, kind: str = "") -> list[Self]:
        """The elements of that name below it, in order; ``kind``: those of that class."""
        found = []
        for child in self.children:
            if child.name == name and (not kind or kind in child.attributes.get("class", "").split()):
                found.append(child)
            found += child.all(name, kind)
        return found  # type: ignore[return-value]

    @property
    def text(self) -> str:
        """Its own text, then that of its children."""
        return " ".join([*self.texts, *(child.text for child in self.children)])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in EMPTY:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].texts.append(data)


def read(text: str) -> Element:
    """The page; every element that is opened must be closed in order."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert len(reader.open) == 1, f"not closed: {[each.name for each in reader.open]}"
    return reader.open[0]


def strays(page: Element) -> list[str]:
    """Links to nowhere, names given twice, addresses elsewhere."""
    everything = _below(page)
    names = [each.attributes["id"] for each in everything if "id" in each.attributes]
    links = [each.attributes["href"] for each in everything if "href" in each.attributes]
    sources = [each.attributes["src"] for each in everything if "src" in each.attributes]
    return [
        *(f"twice: {name}" for name in set(names) if names.count(name) > 1),
        *(f"nowhere: {link}" for link in links if link.startswith("#") and link[1:] not in names),
        *(f"elsewhere: {link}" for link in [*links, *sources] if not link.startswith(("#", "data:"))),
    ]


def _below(element: Element) -> list[Element]:
    return [each for child in element.children for each in (child, *_below(child))]
