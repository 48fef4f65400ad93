"""The relay as the engine sees it: a process of its own, driven over its lifeline."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

import msgspec

from perfkit.errors import LinkError
from perfkit.lifeline import Child, ChildGoneError, spawn
from perfkit.model.relay import (
    AskRelay,
    AwaitDelivery,
    Cut,
    Delivered,
    RelayAnswer,
    RelayConfig,
    RelayDone,
    RelayError,
    RelayReady,
    RelayRequest,
    RelayStats,
    ResetRelay,
    Restore,
    SetFault,
    SetLink,
)

if TYPE_CHECKING:
    from pathlib import Path

    from perfkit.model.link import Fault, LinkProfile

Answer = TypeVar("Answer", RelayReady, RelayDone, RelayStats)

ANSWER_TIMEOUT = 30.0  # seconds; an answer takes milliseconds, so this only ends a hang


class RelayLink:
    """A link to ``to``, played by a relay on loopback. ``folder`` receives its log. All methods raise LinkError."""

    backend = "relay"

    def __init__(
        self, profile: LinkProfile, to: tuple[str, int], folder: Path, *, port: int = 0, seed: int = 1
    ) -> None:
        self._config = RelayConfig(link=profile, to=to, port=port, seed=seed)
        self._log = folder / "relay.log"
        self._child: Child | None = None
        self._ready: RelayReady | None = None
        self._delivered: int | None = None

    def open(self) -> None:
        """Start the relay and wait until it listens."""
        self._child = spawn("the relay", [sys.executable, "-m", "perfkit.network"], stderr=self._log)
        try:
            self._ready = self._ask(self._config, RelayReady)
        except LinkError:
            self.close()
            raise

    def close(self) -> None:
        """End the relay, and with it all its connections. May be called twice."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def set(self, profile: LinkProfile) -> None:
        """From now on the link is like this."""
        self._ask(SetLink(link=profile), RelayDone)

    def cut(self, duration: float | None = None) -> None:
        """Lose everything for so many seconds, or until ``restore``."""
        self._ask(Cut(duration=duration), RelayDone)

    def restore(self) -> None:
        """End a cut."""
        self._ask(Restore(), RelayDone)

    def fault(self, fault: Fault | None) -> None:
        """Put a fault in force, or end it."""
        self._ask(SetFault(fault=fault), RelayDone)

    def reset(self, seed: int, log: Path) -> None:
        """Be as new: end all connections, draw chance from ``seed``, count anew, log what passes to ``log``."""
        self._ask(ResetRelay(seed=seed, path=str(log)), RelayDone)

    def expect_delivery(self) -> None:
        """Have the relay tell when all that the far side has sent by now was read by the client."""
        self._delivered = None
        self._send(AwaitDelivery())

    def delivered(self, timeout: float) -> int | None:
        """When that came true (ns); None when it did not within ``timeout`` seconds."""
        if self._delivered is None:
            self._receive(timeout)
        return self._delivered

    def stats(self) -> RelayStats:
        """What has passed since the start or the last ``reset``."""
        return self._ask(AskRelay(), RelayStats)

    def wait(self) -> None:
        """Wait until the relay dies, which raises LinkError; only a signal ends the wait otherwise."""
        while True:
            self._receive(3600.0)

    def fileno(self) -> int:
        """For ``select``: readable when the relay said something, or is gone."""
        if self._child is None:
            raise LinkError("the link is not open")
        return self._child.fileno()

    def attend(self) -> None:
        """Read what it said without being asked. Raises LinkError when it is gone."""
        self._receive(0.0)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._config.host, self.ready.port

    @property
    def how(self) -> str:
        """What plays it, for a person."""
        return f"relay at {self.ready.priority}"

    @property
    def ready(self) -> RelayReady:
        """What it said when it began to listen."""
        if self._ready is None:
            raise LinkError("the link is not open")
        return self._ready

    def _ask(self, request: RelayRequest, expected: type[Answer]) -> Answer:
        self._send(request)
        while (answer := self._receive(ANSWER_TIMEOUT)) is not None:
            if isinstance(answer, expected):
                return answer
        raise LinkError(f"the relay did not answer within {ANSWER_TIMEOUT:.0f} s", f"see {self._log}")

    def _send(self, request: RelayRequest) -> None:
        if self._child is None:
            raise LinkError("the link is not open")
        try:
            self._child.send(msgspec.to_builtins(request))
        except ChildGoneError as error:
            raise self._died() from error

    def _receive(self, timeout: float) -> RelayAnswer | None:
        if self._child is None:
            raise LinkError("the link is not open")
        try:
            message = self._child.receive(timeout)
        except ChildGoneError as error:
            raise self._died() from error
        if message is None:
            return None
        answer: RelayAnswer = msgspec.convert(message, RelayAnswer)
        if isinstance(answer, RelayError):
            raise LinkError(answer.message, answer.advice)
        if isinstance(answer, Delivered):
            self._delivered = answer.ns  # it may come while another answer is waited for
        return answer

    def _died(self) -> LinkError:
        assert self._child is not None
        child = self._child
        self.close()
        status = child.process.returncode
        how = f"was killed by signal {-status}" if status and status < 0 else f"ended with status {status}"
        return LinkError(f"the relay {how}", f"see {self._log}")
