"""A page of text: it scrolls, follows its end, finds."""

from __future__ import annotations

from perfkit.client.ui.bounded import LONGEST, MOST, ROOM, Lines
from perfkit.client.ui.logs import MOST_STREAMS, Course, Logged, LogPage, containers
from perfkit.client.ui.session import HEAD, TAIL
from perfkit.client.ui.text import TextPage
from support.lean_ui import InventedSession

TEXT = "\n".join(f"line {number}" for number in range(100))
POD = {"spec": {"containers": [{"name": "main"}, {"name": "side"}], "initContainers": [{"name": "first"}]}}


def seen(page: TextPage, rows: int = 5) -> list[str]:
    page.look()
    return ["".join(text for text, _ in line).rstrip() for line in page.lines(40, rows)]


def logs(*names: str) -> tuple[LogPage, InventedSession]:
    session = InventedSession("here", {})
    pods = [Logged("shop", name, containers(POD)) for name in names or ("web-1",)]
    return LogPage(session, "shop/web-1" if not names else "deployments shop/web", pods), session


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


def test_long_lines_are_wrapped_and_the_end_stays_in_sight() -> None:
    page, session = logs()
    session.tell(["a" * 50, "b" * 90])
    assert seen(page) == ["a" * 39 + "…", "b" * 39 + "…"]
    page.press("w")
    assert seen(page) == ["a" * 40, "a" * 10, "b" * 40, "b" * 40, "b" * 10]
    assert seen(page, 4) == ["a" * 10, "b" * 40, "b" * 40, "b" * 10], "a line may begin above the page"
    page.press("up")
    assert seen(page, 4) == ["a" * 40, "a" * 10, "b" * 40, "b" * 40]
    page.press("w")
    assert seen(page) == ["a" * 39 + "…", "b" * 39 + "…"]


def test_one_line_that_is_longer_than_the_page_is_wrapped() -> None:
    page = TextPage("x", "a" * 90)
    page.press("w")
    assert seen(page, 2) == ["a" * 40, "a" * 40]


def test_what_is_in_sight_stays_there_while_old_lines_go() -> None:
    page, session = logs()
    session.tell(map(str, range(MOST)))
    page.press("s")
    page.window.top = 100
    assert seen(page)[0] == "100"
    session.tell(map(str, range(MOST, MOST + 60)))
    assert seen(page)[0] == "100"


def test_lines_are_bounded_in_number_length_and_room() -> None:
    lines = Lines()
    assert lines.add(["x" * (LONGEST + 5)]) == 0
    assert lines[0] == "x" * LONGEST + "…"
    gone = lines.add("y" * LONGEST for _ in range(ROOM // LONGEST))
    assert gone > 0
    assert sum(map(len, lines)) <= ROOM


def test_lines_of_several_logs_stand_behind_their_names() -> None:
    page, session = logs("web-1", "web-2")
    session.tells["web-2:main"](["two"])
    session.tells["web-1:main"](["one"])
    assert seen(page) == ["web-2:main two", "web-1:main one"]
    assert page.title() == "Logs(deployments shop/web:main)"
    page.press("a")
    assert {(stream.pod, stream.container) for stream in session.streams[2:]} == {
        (pod, container) for pod in ("web-1", "web-2") for container in ("main", "side", "first")
    }
    assert page.title() == "Logs(deployments shop/web:all)"


def test_logs_that_are_followed_at_once_are_bounded_and_that_is_said() -> None:
    page, session = logs(*(f"web-{number}" for number in range(MOST_STREAMS + 5)))
    assert len(session.streams) == MOST_STREAMS
    assert seen(page)[0].startswith(f"── more than {MOST_STREAMS} logs: ")
    assert sum(stream.tail for stream in session.streams) <= 500


def test_keys_choose_from_when_on_and_whether_times_are_shown() -> None:
    page, session = logs()
    assert session.streams[-1].since == TAIL
    page.press("3")
    assert session.streams[-1].since == 300
    assert page.title() == "Logs(shop/web-1:main) of 5m"
    page.press("t")
    assert session.streams[-1].timestamps
    page.press("1")
    assert session.streams[-1].since == HEAD
    assert page.title() == "Logs(shop/web-1:main) from its beginning not followed"
    page.press("0")
    assert page.title() == "Logs(shop/web-1:main)"


def test_a_filter_leaves_out_lines_of_a_log_and_brings_them_back() -> None:
    page, session = logs()
    session.tell(["error 1", "fine", "error 2"])
    seen(page)
    page.search("error")
    session.tell(["fine", "error 3"])
    assert seen(page) == ["error 1", "error 2", "error 3"]
    page.search("!error")
    assert seen(page) == ["fine", "fine"]
    page.search("")
    assert len(seen(page)) == 5
    page.press("C")
    assert seen(page) == []
    page.press("m")
    assert seen(page) == ["─" * 20]


def test_a_chosen_container_comes_first_and_one_that_is_none_is_no_trouble() -> None:
    session = InventedSession("here", {})
    page = LogPage(session, "shop/web-1", [Logged("shop", "web-1", containers(POD))], Course("side", previous=True))
    assert (session.streams[0].container, session.streams[0].previous) == ("side", True)
    page.press("c")
    assert session.streams[1].container == "first"
    assert LogPage(session, "x", [Logged("shop", "x", containers({}))]).title() == "Logs(x:)"
