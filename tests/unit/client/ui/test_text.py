"""A page of text: it scrolls, follows its end, finds."""

from __future__ import annotations

from perfkit.client.ui.logs import LogPage, containers
from perfkit.client.ui.text import MOST, TextPage
from support.lean_ui import InventedSession

TEXT = "\n".join(f"line {number}" for number in range(100))
POD = {"spec": {"containers": [{"name": "main"}, {"name": "side"}], "initContainers": [{"name": "first"}]}}


def seen(page: TextPage, rows: int = 5) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in page.lines(40, rows)]


def logs() -> tuple[LogPage, InventedSession]:
    session = InventedSession("here", {})
    return LogPage(session, ("shop", "web-1"), POD, lambda call: call()), session


def test_it_scrolls_to_its_ends_and_no_further() -> None:
    page = TextPage("x", TEXT)
    assert seen(page)[0] == "line 0"
    page.press("pageup")
    assert seen(page)[0] == "line 0"
    page.press("G")
    assert seen(page)[-1] == "line 99"
    page.press("up")
    assert seen(page)[-1] == "line 98"


def test_a_search_goes_to_the_match_and_on_to_the_next() -> None:
    page = TextPage("x", TEXT)
    page.search("line .7$")
    assert seen(page)[0] == "line 17"
    assert page.lines(40, 1)[0][0][1] == "found"
    page.press("n")
    assert seen(page)[0] == "line 27"
    page.press("N")
    assert seen(page)[0] == "line 17"
    assert page.title() == "x </line .7$>"


def test_logs_follow_their_end_until_they_are_scrolled_up() -> None:
    page, session = logs()
    session.tell([f"line {number}" for number in range(10)])
    assert seen(page)[-1] == "line 9"
    page.press("up")
    session.tell(["line 10"])
    assert seen(page)[-1] == "line 8"
    page.press("s")
    assert seen(page)[-1] == "line 10"


def test_another_container_is_another_log_and_late_lines_of_the_first_are_dropped() -> None:
    page, session = logs()
    late = session.tell
    page.press("c")
    late(["of main"])
    session.tell(["of side"])
    assert page.title() == "Logs(shop/web-1:side)"
    assert seen(page) == ["of side"]
    assert [stream.container for stream in session.stopped] == ["main"]
    page.press("p")
    assert session.streams[-1].previous
    page.close()
    assert session.stopped == session.streams


def test_of_a_log_only_the_last_lines_are_kept() -> None:
    page, session = logs()
    session.tell(str(number) for number in range(MOST + 5))
    assert seen(page)[-1] == str(MOST + 4)
    page.press("g")
    assert seen(page)[0] == "5"


def test_the_default_container_comes_first() -> None:
    annotated = {**POD, "metadata": {"annotations": {"kubectl.kubernetes.io/default-container": "side"}}}
    assert containers(annotated) == ["side", "main", "first"]
    assert containers({}) == [""], "the server chooses"


def test_escape_sequences_in_logs_are_text() -> None:
    page, session = logs()
    session.tell(["\x1b[2Jgone\r"])
    assert seen(page) == ["�[2Jgone�"]
