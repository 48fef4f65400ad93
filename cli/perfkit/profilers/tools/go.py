"""Go's own profiler: by kubectl's flags, or over HTTP where a client's recipe says where it listens."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from perfkit.profilers.tools.tool import QuietCapture, Window

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.scenario import TargetSpec

Kind = Literal["cpu", "heap"]

MARGIN: Final = 10.0  # seconds that an answer may take beyond what it measures


class Pprof:
    """The target writes its profile itself: at its end, or when it is asked."""

    def __init__(self, kind: Kind) -> None:
        self._kind: Kind = kind
        self.name = "pprof" if kind == "cpu" else f"pprof-{kind}"

    def obstacle(self, target: TargetSpec, window: Window) -> str:
        """It has neither flags nor an endpoint that we know."""
        if target.program == "kubectl" or target.client == "kubectl-get":
            return "kubectl profiles a whole life, not one step: leave --step away" if window.step else ""
        if not target.pprof:
            return "neither kubectl nor a client whose recipe says pprof = 'http://…/debug/pprof'"
        if not window.step or (self._kind == "cpu" and window.seconds < 1):
            return "an endpoint profiles a window: name a step that lasts a second or more with --step"
        return ""

    def capture(self, target: TargetSpec, stem: Path, window: Window) -> QuietCapture:
        """Give it the flags, or ask it when the step begins."""
        path = stem.with_name(f"{stem.name}.pb.gz")
        return _Asked(path, target.pprof, window, self._kind) if target.pprof else _Flags(path, self._kind)


class _Flags(QuietCapture):
    def __init__(self, path: Path, kind: Kind) -> None:
        super().__init__(path)
        self._kind = kind

    def wrap(self, target: TargetSpec) -> TargetSpec:
        """With kubectl's flags, which follow its subcommand."""
        flags = (f"--profile={self._kind}", f"--profile-output={self.path}")
        at = target.command.index("--") if "--" in target.command else len(target.command)
        return msgspec.structs.replace(target, command=(*target.command[:at], *flags, *target.command[at:]))


class _Asked(QuietCapture):
    """A request for as long as the step lasts (cpu), or at its end (heap)."""

    def __init__(self, path: Path, url: str, window: Window, kind: Kind) -> None:
        super().__init__(path)
        self._url, self._window, self._kind = url.rstrip("/"), window, kind
        self._thread: threading.Thread | None = None
        self._inside = False
        self._problem = f"the step {window.step} was not reached"

    def enter(self, step: str) -> None:
        """The step begins: a CPU profile begins too."""
        self._inside = step == self._window.step
        if self._inside and self._kind == "cpu":
            seconds = max(1, int(self._window.seconds))
            self._thread = threading.Thread(target=self._get, args=(f"profile?seconds={seconds}", seconds), daemon=True)
            self._thread.start()

    def leave(self) -> None:
        """The step has ended."""
        if self._inside and self._kind == "heap":
            self._get("heap?gc=1", 0)
        if self._thread:
            self._thread.join(MARGIN)
        self._inside = False

    def why_nothing(self) -> str:
        """What the endpoint said."""
        return self._problem

    def _get(self, what: str, seconds: float) -> None:
        address = f"{self._url}/{what}"
        try:
            with urllib.request.urlopen(address, timeout=seconds + MARGIN) as answer:  # noqa: S310 - a recipe's own URL
                self.path.write_bytes(answer.read())
        except (OSError, ValueError, urllib.error.URLError) as error:
            self._problem = f"{address}: {getattr(error, 'reason', error)}"
