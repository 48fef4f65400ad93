"""Keys, terminals and queries as files say them."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from perfkit.errors import ScenarioError
from perfkit.model.scenario import Keys, Launch, Query, Ready, Resize, Scenario, Step, TargetSpec, Terminal, Wait
from perfkit.storage.clients import read_client
from perfkit.storage.driving import with_terminals
from perfkit.storage.keys import parse_keys
from perfkit.storage.scenarios import read_scenarios
from support.fakes import spec

HEAD = 'schema = 1\ntitle = "t"\n[[step]]\ndo = "launch"\n[[step]]\n'


def steps(tmp_path: Path, text: str) -> list[Step]:
    path = tmp_path / "s.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return list(read_scenarios(path)[0].scenario.steps[1:])


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (":pods<Enter>", ":pods\r"),
        ("<Esc><Down><Up>", "\x1b\x1b[B\x1b[A"),
        ("<C-c><C-A><A-x>", "\x03\x01\x1bx"),
        ("a<lt>b>c", "a<b>c"),
        ("<F1><F12><PageDown>", "\x1bOP\x1b[24~\x1b[6~"),
    ],
)
def test_keys_are_what_a_terminal_sends(written: str, sent: str) -> None:
    assert parse_keys(written) == sent


@pytest.mark.parametrize("written", ["<Entr>", "<>", "<C-->", "a < b"])
def test_what_is_no_key_is_refused(written: str) -> None:
    with pytest.raises(ScenarioError, match="is no key"):
        parse_keys(written)


def test_a_slip_in_a_key_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"s.toml: step\[1\].send: <Entr> is no key") as caught:
        steps(tmp_path, 'do = "keys"\nsend = ":q<Entr>"\n')
    assert "did you mean 'Enter'?" in caught.value.advice


@pytest.mark.parametrize(
    ("text", "step"),
    [
        (
            'do = "keys"\nname = "down"\nsend = "<Down>"\ntimes = 20\npause = "50 ms"',
            Keys(name="down", send="\x1b[B", times=20, pause=0.05),
        ),
        (
            'do = "wait"\nuntil = { http = "http://127.0.0.1:80/ready" }',
            Wait(until=Ready(kind="http", url="http://127.0.0.1:80/ready")),
        ),
        (
            'do = "query"\nsignal = "USR1"\nuntil = { log = "done" }\ntimes = 5',
            Query(signal=signal.SIGUSR1, until=Ready(kind="log", pattern="done"), times=5),
        ),
        (
            'do = "query"\nstdin = "get pods"\nuntil = { log = "done" }',
            Query(stdin="get pods\n", until=Ready(kind="log", pattern="done")),
        ),
        ('do = "resize"\ncolumns = 80\nrows = 24', Resize(columns=80, rows=24)),
    ],
)
def test_steps_that_drive_a_target(tmp_path: Path, text: str, step: object) -> None:
    assert steps(tmp_path, text) == [step]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('do = "query"\nuntil = "exit"', "a query asks in one way; allowed: keys, signal, stdin"),
        ('do = "query"\nkeys = "x"\nsignal = "HUP"\nuntil = "exit"', "a query asks in one way"),
        ('do = "query"\nsignal = "SIGHUP"\nuntil = "exit"', "signal: found"),
        ('do = "query"\nkeys = "x"', "the key 'until' is missing"),
        ('do = "wait"\nuntil = { screen = "(" }', "no regular expression"),
        ('do = "wait"\nuntil = { http = "localhost" }', "allowed: a URL"),
        ('do = "resize"\ncolumns = 80', "the key 'rows' is missing"),
    ],
)
def test_what_a_step_lacks_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ScenarioError, match=complaint.replace("'", ".")):
        steps(tmp_path, text)


def fitted(*driven: Step, size: Terminal | None = None, **target: Any) -> TargetSpec:
    targets = (spec("mine", **target),)
    return with_terminals(
        Scenario(name="s", title="s", steps=(Launch(), *driven), targets=targets, terminal=size)
    ).targets[0]


def test_a_target_is_in_a_terminal_where_something_needs_one() -> None:
    """A screen condition, a key, or the scenario; of two sizes the target's own holds."""
    seen, line = Ready(kind="screen", pattern="x"), Ready(kind="log", pattern="x")
    small, large = Terminal(columns=80, rows=24), Terminal(columns=200, rows=50)
    assert fitted(Query(stdin="x", until=line)).terminal is None
    for step in (Wait(until=seen), Keys(send="x"), Query(keys="x", until=line), Resize(columns=3, rows=3)):
        assert fitted(step).terminal == Terminal()
    assert fitted(ready=seen).terminal == Terminal()
    assert fitted(size=large).terminal == large
    assert fitted(Keys(send="x"), size=large, terminal=small).terminal == small


def test_a_target_is_given_input_where_a_query_needs_it() -> None:
    query = Query(stdin="x\n", until=Ready(kind="log", pattern="x"))
    assert fitted(query).stdin
    assert not fitted(Wait(until=Ready(kind="exit"))).stdin


def test_a_recipe_says_its_terminal_files_and_keys(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'schema = 1\ntitle = "t"\ncommand = "mine"\nready = { screen = "full" }\nquit = ":q<Enter>"\n'
        'terminal = { columns = 100, rows = 30 }\n[files]\n".config/mine/config.yaml" = "a: 1\\n"\n'
    )
    recipe = read_client(path)
    assert (recipe.terminal, recipe.quit) == (Terminal(columns=100, rows=30), ":q\r")
    assert recipe.files == {".config/mine/config.yaml": "a: 1\n"}


@pytest.mark.parametrize("place", ["/etc/passwd", "../outside", "."])
def test_files_of_a_recipe_stay_in_the_home(tmp_path: Path, place: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'schema = 1\ntitle = "t"\ncommand = "mine"\n[files]\n"{place}" = "x"\n')
    with pytest.raises(ScenarioError, match="no path within the target's home"):
        read_client(path)
