"""A cluster behind a server process of ours: the process, driven over its lifeline, and how a client comes in."""

from __future__ import annotations

import base64
import json
import secrets
import sys
from typing import TYPE_CHECKING, TypeVar

import msgspec

from perfkit import bundled
from perfkit.clusters.authority import cached, mint
from perfkit.clusters.exposure import LOOPBACK, bracketed, reachable
from perfkit.errors import ClusterError
from perfkit.lifeline import Child, ChildGoneError, spawn
from perfkit.measure.cpu import process_cpu
from perfkit.model.control import (
    Collect,
    Expect,
    ExpectQuiet,
    Glance,
    Glimpse,
    MockAnswer,
    MockError,
    MockReady,
    Reached,
    Reset,
    ResetDone,
    Scaled,
    Traffic,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from perfkit.clusters.authority import Authority
    from perfkit.model.control import Scale
    from perfkit.model.scenario import Ready

Answer = TypeVar("Answer", bound=MockAnswer)

ANSWER_TIMEOUT = 30.0  # seconds; an answer takes milliseconds, so this only ends a hang


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """How one comes in: ``host`` and ``port`` for clients (0: any), ``control`` the path of a socket for commands.

    ``record`` is where a record of all requests is written from the start on.
    """

    host: str = LOOPBACK
    port: int = 0
    control: Path | None = None
    record: Path | None = None


CLOSED = Doors()


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A server: ``name`` is what errors call it, ``module`` what Python runs; its errors go to ``log``."""

    name: str
    module: str
    log: Path


class ServedCluster:
    """What all clusters are that stand behind a process of ours: a ``model.protocols.Cluster`` but for what they hold.

    The process is ended by ``close``; a cluster opens it by ``_start`` and ``_configure``.
    """

    def __init__(self, program: Program, doors: Doors) -> None:
        self._program = program
        self._doors = doors
        self._token = secrets.token_urlsafe(24)
        self._child: Child | None = None
        self._authority: Authority | None = None
        self._ready: MockReady | None = None

    def close(self) -> None:
        """End the server."""
        self._end()

    def fileno(self) -> int:
        """For ``select``: readable when the server said something, or is gone. Raises ClusterError."""
        return self._living.fileno()

    def attend(self) -> None:
        """Read what it said without being asked. Raises ClusterError when it is gone."""
        self._receive(0.0)

    def reset(self, record: Path) -> None:
        """Return to the first state, log requests to ``record``. All that is open ends."""
        self._ask(Reset(record=str(record)), ResetDone)

    def expect(self, ready: Ready, since: int, count: int = 1) -> None:
        """Have the server tell when the condition came true for so many clients, at ``since`` (ns) or later."""
        if ready.kind == "quiet":
            self._send(ExpectQuiet(seconds=ready.seconds, since=since))
            return
        verb = "watch" if ready.kind == "watch" else ready.verb
        self._send(Expect(verb=verb, resource=ready.resource, since=since, count=count))

    def reached(self, timeout: float) -> int | None:
        """When what was expected came true (ns); None when it did not within ``timeout`` seconds."""
        answer = self._receive(timeout)
        return answer.ns if isinstance(answer, Reached) else None

    def scale(self, scale: Scale, timeout: float) -> None:
        """Change how many pods there are, and wait until it is so. Raises ClusterError."""
        self._ask(scale, Scaled, timeout)

    def traffic(self) -> Traffic:
        """What was asked since the reset."""
        return self._ask(Collect(), Traffic)

    def glance(self) -> Glimpse:
        """Write out what requests have ended, and tell which watches are open."""
        return self._ask(Glance(), Glimpse)

    def kubeconfig(self, through: tuple[str, int] | None = None) -> str:
        """The text of a kubeconfig that leads to it, or to a relay at ``through`` that leads there.

        It is JSON, which every YAML reader takes and a lean client reads without a YAML library.
        """
        if self._authority is None:
            raise self._not_open()
        host, port = through or self.address
        authority = base64.b64encode(self._authority.ca.read_bytes()).decode()
        server = {"server": f"https://{bracketed(host)}:{port}", "certificate-authority-data": authority}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "perfkit", "cluster": server}],
            "users": [{"name": "perfkit", "user": {"token": self._token}}],
            "contexts": [{"name": "perfkit", "context": {"cluster": "perfkit", "user": "perfkit"}}],
            "current-context": "perfkit",
        }
        return json.dumps(config, indent=1)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port it listens on."""
        return reachable(self._doors.host), self._opened.port

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._living.pid

    def cpu(self) -> float:
        """CPU seconds of the server process so far."""
        return (process_cpu(self._living.pid) or 0.0) if self._child else 0.0

    def _start(self) -> Authority:
        """Start the process, which waits to be configured; the certificates that it shall show. Raises ClusterError."""
        self._authority = _authority(self._program.log.parent, self._doors.host)
        self._child = spawn(self._program.name, [sys.executable, "-m", self._program.module], stderr=self._program.log)
        return self._authority

    def _configure(self, config: msgspec.Struct) -> None:
        """Tell the process what it is, and wait until it answers. Raises ClusterError."""
        self._ready = self._ask(config, MockReady)

    def _end(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None

    def _ask(
        self,
        request: msgspec.Struct,
        expected: type[Answer],
        timeout: float = ANSWER_TIMEOUT,
        meanwhile: Callable[[MockAnswer], None] | None = None,
    ) -> Answer:
        """Send and wait for the answer of the expected type. What else is said within that time goes to ``meanwhile``.

        A Reached that crossed the request is stale: dropped. Raises ClusterError, also when ``timeout`` seconds pass
        in silence.
        """
        self._send(request)
        while (answer := self._receive(timeout)) is not None:
            if isinstance(answer, expected):
                return answer
            if meanwhile is not None:
                meanwhile(answer)
        raise ClusterError(f"{self._program.name} did not answer within {timeout:.0f} s", f"see {self._program.log}")

    def _send(self, request: msgspec.Struct) -> None:
        """Tell it something. Raises ClusterError."""
        try:
            self._living.send(msgspec.to_builtins(request))
        except ChildGoneError as error:
            raise self._died() from error

    def _receive(self, timeout: float) -> MockAnswer | None:
        """What it says next; None: nothing within ``timeout`` seconds. Raises ClusterError, also for its complaints."""
        try:
            message = self._living.receive(timeout)
        except ChildGoneError as error:
            raise self._died() from error
        if message is None:
            return None
        answer: MockAnswer = msgspec.convert(message, MockAnswer)
        if isinstance(answer, MockError):
            raise ClusterError(answer.message, answer.advice)
        return answer

    @property
    def _living(self) -> Child:
        if self._child is None:
            raise self._not_open()
        return self._child

    @property
    def _opened(self) -> MockReady:
        if self._ready is None:
            raise self._not_open()
        return self._ready

    def _not_open(self) -> ClusterError:
        return ClusterError(f"{self._program.name} is not open")

    def _died(self) -> ClusterError:
        child = self._living
        self._end()
        status = child.process.returncode
        how = f"was killed by signal {-status}" if status and status < 0 else f"ended with status {status}"
        return ClusterError(f"{self._program.name} {how}", f"see {self._program.log}")


def _authority(folder: Path, host: str) -> Authority:
    """The authority is kept between runs, since minting costs 150 ms; only perfkit's own kubeconfigs trust it.

    One for other addresses lives as long as its cluster.
    """
    try:
        if host not in {LOOPBACK, "::1"}:
            return mint(folder, {host, reachable(host)})
        return cached(bundled.cache_folder() / "authority")
    except OSError as error:
        raise ClusterError(
            f"no certificate can be made: {error}", "XDG_CACHE_HOME must name a folder to write to"
        ) from error
