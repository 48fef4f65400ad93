"""A target with an endpoint like net/http/pprof's: asked while its step lasts, or when it ends."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from perfkit.errors import ResultError
from perfkit.model import pprof
from perfkit.model.scenario import TargetSpec
from perfkit.profilers.tools.go import Pprof
from perfkit.profilers.tools.tool import Window
from support.profiles import cpu_profile, told

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.functional

PROFILE = cpu_profile({"main;hot": 5})


class Endpoint(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(pprof.write(PROFILE))

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name that the base class has
        pass


@pytest.fixture
def target() -> Iterator[TargetSpec]:
    Endpoint.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/debug/pprof"
        yield TargetSpec(name="t", program="t", command=("t",), pprof=url)
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("kind", "query"), [("cpu", "profile?seconds=3"), ("heap", "heap?gc=1")])
def test_the_window_of_the_step_is_asked_for(target: TargetSpec, tmp_path: Path, kind: str, query: str) -> None:
    capture = Pprof("cpu" if kind == "cpu" else "heap").capture(target, tmp_path / "t", Window("busy", 3.4))
    for step in ("launch", "busy", "quit"):
        capture.enter(step)
        capture.leave()
    assert Endpoint.asked == [f"/debug/pprof/{query}"]
    assert told(capture.read(tmp_path / "log")) == told(PROFILE)


def test_an_endpoint_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    gone = TargetSpec(name="t", program="t", command=("t",), pprof="http://127.0.0.1:9/debug/pprof")
    capture = Pprof("heap").capture(gone, tmp_path / "t", Window("busy"))
    capture.enter("busy")
    capture.leave()
    with pytest.raises(ResultError, match=r"^http://127.0.0.1:9/debug/pprof/heap\?gc=1: .*refused"):
        capture.read(tmp_path / "log")
