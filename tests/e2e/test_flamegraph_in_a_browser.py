"""A flamegraph in Chromium: zoom, reset and search, by clicks."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from perfkit.views.flamegraph import flamegraph_svg
from support.profiles import cpu_profile

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")]

# Clicks as a person does, and notes what is there after each.
CLICKS = """
const notes = [], calls = [...document.querySelectorAll('.c')];
window.onerror = message => { notes.push('error ' + message); };
const call = name => calls.find(each => each.getAttribute('data-n') === name);
const click = node => node.dispatchEvent(new MouseEvent('click', { bubbles: true }));
const look = name => [call(name).style.display, Math.round(call(name).querySelector('rect').getAttribute('width')),
  call(name).querySelector('text').textContent];
notes.push(look('<b>hot</b>'), look('cold'));
click(call('<b>hot</b>').querySelector('rect')); notes.push(look('<b>hot</b>'), look('cold'));
click(document.querySelector('.reset')); notes.push(look('<b>hot</b>'), look('cold'));
for (const words of ['^cold', '(', '']) {
  window.prompt = () => words; click(document.querySelector('.search'));
  notes.push([document.querySelector('.found').textContent, document.querySelectorAll('.hit').length]);
}
document.getElementById('notes').textContent = JSON.stringify(notes);
"""


def test_it_is_zoomed_searched_and_reset_by_clicks(tmp_path: Path) -> None:
    svg = flamegraph_svg(cpu_profile({"main;<b>hot</b>": 75, "main;cold": 25}))
    page = tmp_path / "page.html"
    page.write_text(f'<!doctype html><meta charset="utf-8">{svg}<pre id="notes"></pre><script>{CLICKS}</script>')
    notes = _notes(page)
    assert notes[:2] == [["", 900, "<b>hot</b>"], ["", 300, "cold"]]
    assert notes[2] == ["", 1200, "<b>hot</b>"]
    assert notes[3][0] == "none"
    assert notes[4:6] == notes[:2]
    assert notes[6] == ["^cold: 25.0 %", 1]
    assert "Invalid regular expression" in str(notes[7][0])
    assert notes[8] == ["", 0]


def _notes(page: Path) -> list[list[object]]:
    """What the page's script noted."""
    assert CHROMIUM is not None
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={page.parent / 'profile'}")
    command = [CHROMIUM, *options, "--dump-dom", page.as_uri()]
    text = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    match = re.search(r'<pre id="notes">(.*?)</pre>', text, re.DOTALL)
    assert match is not None
    found: list[list[object]] = json.loads(unescape(match[1]))
    return found
