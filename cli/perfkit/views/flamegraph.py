"""Flamegraphs as SVG: one file that opens without a network, with a search and a zoom of its own."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final, Literal
from zlib import crc32

from perfkit.profilers.difference import common_value, difference
from perfkit.profilers.tree import Call, difference_tree, tree
from perfkit.views.profile import cost, share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfkit.model.profile import Profile, Unit

Side = Literal["base", "head"]

WIDTH: Final = 1200
ROW: Final = 17  # pixels of a call
TOP: Final = 44  # pixels above the first call
LETTER: Final = 6.6  # pixels
NARROW: Final = 0.4  # pixels; what is narrower is not drawn
DEEPEST: Final = 250  # calls; what is deeper is not drawn

# Texts are only ever read and set as text. Zoom: places are kept in fractions of the whole.
SCRIPT: Final = """
(function () {
  const svg = document.currentScript.ownerSVGElement, calls = [...svg.querySelectorAll('.c')];
  const found = svg.querySelector('.found'), width = %d, letter = %g;
  const of = (call, name) => parseFloat(call.getAttribute(name));
  const inner = call => [call.querySelector('rect'), call.querySelector('text')];
  function zoom(x, w) {
    for (const call of calls) {
      const [rect, text] = inner(call), left = (of(call, 'data-x') - x) / w, across = of(call, 'data-w') / w;
      const from = Math.max(0, left) * width, to = Math.min(1, left + across) * width;
      call.style.display = to - from > 0.3 ? '' : 'none';
      rect.setAttribute('x', from); rect.setAttribute('width', Math.max(0, to - from));
      text.setAttribute('x', from + 3);
      const room = Math.floor((to - from - 5) / letter), name = call.getAttribute('data-n');
      text.textContent = room < 3 ? '' : name.length <= room ? name : name.slice(0, room - 1) + '…';
    }
  }
  function search(text) {
    let rule = null;
    try { rule = text ? new RegExp(text, 'i') : null; } catch (error) { found.textContent = String(error); return; }
    const spans = [];
    for (const call of calls) {
      const hit = rule !== null && rule.test(call.querySelector('title').textContent);
      call.classList.toggle('hit', hit);
      if (hit) spans.push([of(call, 'data-x'), of(call, 'data-w')]);
    }
    let covered = 0, end = 0;
    spans.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    for (const [x, w] of spans) { if (x + w > end) { covered += x + w - Math.max(x, end); end = x + w; } }
    found.textContent = rule === null ? '' : text + ': ' + (100 * covered).toFixed(1) + ' %%';
  }
  svg.addEventListener('click', event => {
    if (event.target.closest('.search')) { search(prompt('Find functions (regular expression)') || ''); return; }
    const call = event.target.closest('.c');
    if (call) zoom(of(call, 'data-x'), of(call, 'data-w'));
    if (event.target.closest('.reset')) zoom(0, 1);
  });
  svg.addEventListener('keydown', event => {
    if (event.key === 'Enter' && event.target.closest) event.target.closest('.c,.button').dispatchEvent(
      new MouseEvent('click', { bubbles: true }));
  });
})();
""" % (WIDTH, LETTER)  # noqa: UP031 - braces are the script's

STYLE: Final = """
.flame text { font: 11px ui-monospace, Menlo, Consolas, monospace; fill: #111; pointer-events: none }
.flame .c rect { stroke: #fff; stroke-width: .5; cursor: pointer }
.flame .c:hover rect, .flame .c:focus rect { stroke: #000 }
.flame .hit rect { fill: #c026d3 !important } .flame .hit text { fill: #fff } .flame .paper { fill: #fff }
.flame .button { cursor: pointer; text-decoration: underline; pointer-events: auto; fill: #1d4ed8 }
.flame .title { font-size: 14px; font-weight: bold }
"""


@dataclass(frozen=True, slots=True)
class _Picture:
    """What is told of each call, and how it is coloured and how wide it is."""

    title: str
    weigh: Callable[[Call], float]
    tell: Callable[[Call], str]
    colour: Callable[[Call], str]


def flamegraph_svg(profile: Profile, value: str = "", title: str = "") -> str:
    """A flamegraph, callers above. Raises KeyError where the profile has no such value."""
    root = tree(profile, value)
    measured = profile.values[profile.index(value)]

    def tell(call: Call) -> str:
        return f"{cost(call.weight, measured.unit)}, {share(call.weight, root.weight) or '0 %'}"

    heading = f"{title or 'profile'} · {measured.name} {cost(root.weight, measured.unit)}"
    return _svg(root, _Picture(heading, lambda call: call.weight, tell, _warm))


def difference_svg(
    base: Profile, head: Profile, value: str = "", *, normalised: bool = True, drawn: Side = "head"
) -> str:
    """Two profiles in one flamegraph: red is what gained in head, blue what lost.

    ``drawn`` says whose widths are drawn: what only base has shows where base is drawn.

    Raises:
        UsageError: they have no value in common.
    """
    names = common_value(base, head, value)
    found = difference(base, head, value, normalised=normalised)
    root = difference_tree(base, head, names, found.scale)
    unit = found.value.unit
    largest = max((abs(call.weight - call.before) for _, call in root.walk() if call is not root), default=0.0)

    def weigh(call: Call) -> float:
        return call.weight if drawn == "head" else call.before

    def colour(call: Call) -> str:
        return _between((call.weight - call.before) / largest if largest else 0.0)

    scaled = ", base scaled to head" if normalised else ""
    heading = f"{found.value.name}: base → head, red gained, blue lost, widths of {drawn}{scaled}"
    return _svg(root, _Picture(heading, weigh, lambda call: _change(call, unit), colour))


def _change(call: Call, unit: Unit) -> str:
    gained = call.weight - call.before
    sign = "+" if gained >= 0 else "−"
    return f"{cost(call.before, unit)} → {cost(call.weight, unit)} ({sign}{cost(abs(gained), unit)})"


def _svg(root: Call, picture: _Picture) -> str:
    boxes = list(_boxes(root, picture))
    deepest = max((depth for depth, *_ in boxes), default=0)
    height = TOP + (deepest + 1) * ROW + 8
    body = "\n".join(_box(*each, picture) for each in boxes)
    buttons = (
        f'<text class="button reset" x="{WIDTH - 170}" y="16" tabindex="0">Reset</text>'
        f'<text class="button search" x="{WIDTH - 110}" y="16" tabindex="0">Search</text>'
        f'<text class="found" x="3" y="36"></text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="flame" viewBox="0 0 {WIDTH} {height}" width="100%" '
        f'role="group" aria-label="{_safe(picture.title)}">\n<style>{STYLE}</style>\n'
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>\n'
        f'<text class="title" x="3" y="17">{_safe(picture.title)}</text>{buttons}\n{body}\n'
        f"<script><![CDATA[{SCRIPT}]]></script>\n</svg>\n"
    )


def _boxes(root: Call, picture: _Picture) -> Iterator[tuple[int, float, float, Call]]:
    """Depth, left edge and width as shares of the whole, and the call; from the root down."""
    whole = picture.weigh(root)
    waiting = [(0, 0.0, root)] if whole else []
    while waiting:
        depth, left, call = waiting.pop()
        yield depth, left, picture.weigh(call) / whole, call
        for each in call.called:
            across = picture.weigh(each) / whole
            if across * WIDTH >= NARROW and depth < DEEPEST:
                waiting.append((depth + 1, left, each))
            left += across


def _box(depth: int, left: float, across: float, call: Call, picture: _Picture) -> str:
    room = int((across * WIDTH - 5) / LETTER)
    name = _printable(call.function)
    short = "" if room < 3 else name if len(name) <= room else f"{name[: room - 1]}…"
    where = f" ({call.place})" if call.place else ""
    y = TOP + depth * ROW
    return (
        f'<g class="c" tabindex="0" data-x="{left:.6g}" data-w="{across:.6g}" data-n="{_safe(name)}">'
        f"<title>{_safe(f'{name}{where}: {picture.tell(call)}')}</title>"
        f'<rect x="{left * WIDTH:.2f}" y="{y}" width="{across * WIDTH:.2f}" height="{ROW - 1}" rx="1" '
        f'fill="{picture.colour(call)}"/><text x="{left * WIDTH + 3:.2f}" y="{y + 12}">{_safe(short)}</text></g>'
    )


def _warm(call: Call) -> str:
    """A colour between yellow and red, the same for the functions of a file."""
    chance = crc32(call.place.encode(errors="replace"))
    return f"hsl({20 + chance % 35} {70 + chance // 64 % 25}% {62 + chance // 4096 % 14}%)"


def _between(change: float) -> str:
    """White for 0, red for 1, blue for −1; a root of it, so that small changes show."""
    light = 96 - 40 * min(1.0, abs(change)) ** 0.5
    return f"hsl({0 if change > 0 else 215} {85 if change else 0}% {light:.0f}%)"


def _printable(text: str) -> str:
    """What XML can hold."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _safe(text: str) -> str:
    return escape(_printable(text))
