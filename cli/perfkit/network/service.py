"""The relay as a child of the engine: configured, changed and questioned over its lifeline, dead when that ends."""

from __future__ import annotations

import gc
import os
import selectors
import sys
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec

from perfkit.errors import PerfkitError
from perfkit.lifeline import ChildGoneError, FrameReader, Message, encode_frame
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
from perfkit.network.delivery import Delivery
from perfkit.network.faults import Faults
from perfkit.network.namespace import inside
from perfkit.network.priority import raise_descriptor_limit, raise_priority
from perfkit.network.relay import Relay, listen

if TYPE_CHECKING:
    import socket

    from perfkit.model.link import LinkProfile, RateStep

BILLION = 1_000_000_000
PORT_ADVICE = "choose another --port, or 0 for any free one"


class Service:
    """A running relay, and what each message does to it."""

    def __init__(self, config: RelayConfig, lifeline: socket.socket) -> None:
        self._lifeline = lifeline
        with inside(config.namespace):
            listener = listen(config.host, config.port)
        self._config = config
        self._relay = Relay(listener, config.to, config.link, config.seed)
        self._faults = Faults(self._relay, Random(f"{config.seed} faults"))
        self._delivery = Delivery(self._relay, lambda ns: send(lifeline, Delivered(ns=ns)))
        self._reader = FrameReader()
        self._generation = 0  # of links: the steps of an earlier one are void
        self._cuts = 0  # and the end of an earlier cut is, too
        self._apply(config.link)
        self._before = (0, 0, 0)
        self._counted = (0, 0, 0, 0)
        self._relay.selector.register(lifeline, selectors.EVENT_READ, self._readable)
        self.ready = RelayReady(port=listener.getsockname()[1], priority=raise_priority(), timer=self._relay.timer.kind)

    def run(self) -> None:
        """Relay until the lifeline ends."""
        gc.freeze()
        self._relay.run()

    def handle(self, request: RelayRequest) -> RelayAnswer | None:
        """Do what the engine asks; None: the answer comes later.

        Raises:
            OSError: a log cannot be written.
            ScenarioError: a bad trace.
        """
        match request:
            case SetLink():
                self._relay.network.change(request.link)
                self._apply(request.link)
            case Cut():
                self._cut(request.duration)
            case Restore():
                self._cuts += 1
                self._relay.network.restore()
            case SetFault():
                self._faults.set(time.monotonic_ns(), request.fault)
            case ResetRelay():
                self._restart(request)
            case AwaitDelivery():
                self._delivery.expect()
                return None
            case AskRelay():
                return self._stats()
            case RelayConfig():
                return RelayError(message="the relay is configured already")
        return RelayDone()

    def _apply(self, link: LinkProfile) -> None:
        """Plan the link's steps from now on, and put its fault in force."""
        self._generation += 1
        now = time.monotonic_ns()
        for step in link.steps:
            self._plan(now + round(step.at * BILLION), link, step)
        self._faults.set(now, link.fault)

    def _plan(self, at: int, link: LinkProfile, step: RateStep) -> None:
        generation = self._generation
        changed = msgspec.structs.replace(link, down=step.down, up=step.up, trace_down="", trace_up="")

        def change(_now: int) -> None:
            if self._generation == generation:
                self._relay.network.change(changed)

        self._relay.at(at, change)

    def _cut(self, duration: float | None) -> None:
        self._relay.network.cut()
        if duration is None:
            return
        self._cuts += 1
        cut = self._cuts

        def restore(_now: int) -> None:
            if self._cuts == cut:
                self._relay.network.restore()

        self._relay.at(time.monotonic_ns() + round(duration * BILLION), restore)

    def _restart(self, request: ResetRelay) -> None:
        relay = self._relay
        relay.restart(self._config.link, request.seed)
        relay.log.switch(Path(request.path) if request.path else None)
        self._faults.reset(Random(f"{request.seed} faults"))
        self._apply(self._config.link)
        self._before = relay.totals()
        self._counted = (relay.connections, relay.refused, relay.resets, self._faults.struck)

    def _stats(self) -> RelayStats:
        relay = self._relay
        relay.log.flush()
        down, up, again = (new - old for new, old in zip(relay.totals(), self._before, strict=True))
        counts = (relay.connections, relay.refused, relay.resets, self._faults.struck)
        connections, refused, resets, faults = (new - old for new, old in zip(counts, self._counted, strict=True))
        return RelayStats(
            down=down,
            up=up,
            connections=connections,
            open=len(relay.pairs),
            refused=refused,
            resets=resets,
            faults=faults,
            retransmissions=again,
            cpu=time.process_time(),
            late_p50=relay.lateness.quantile(0.5),
            late_p99=relay.lateness.quantile(0.99),
            lateness=relay.lateness.buckets(),
        )

    def _readable(self, _now: int, _events: int) -> None:
        for message in _received(self._lifeline, self._reader):
            answer = self._answer(message)
            if answer is not None:
                send(self._lifeline, answer)

    def _answer(self, message: Message) -> RelayAnswer | None:
        try:
            return self.handle(msgspec.convert(message, RelayRequest))
        except OSError as error:
            return RelayError(message=f"cannot write the log of the link: {error}")
        except PerfkitError as error:
            return RelayError(message=error.message, advice=error.advice)
        except msgspec.ValidationError as error:
            return RelayError(message=f"the relay was sent something unknown: {error}")


def send(sock: socket.socket, answer: RelayAnswer) -> None:
    """Tell the engine something."""
    sock.sendall(encode_frame(msgspec.to_builtins(answer)))


def _received(sock: socket.socket, reader: FrameReader) -> list[Message]:
    """The messages that have come; the end of the lifeline ends the process."""
    try:
        data = sock.recv(1 << 16)
        messages = reader.feed(data)
    except (OSError, ChildGoneError):
        data = b""
    if not data:
        os._exit(0)  # nobody is left to relay for: no goodbyes, no waiting for clients
    return messages


def run(sock: socket.socket) -> None:
    """Configure from the first message, answer, and relay until the lifeline closes."""
    reader = FrameReader()
    messages: list[Message] = []
    while not messages:
        messages = _received(sock, reader)
    raise_descriptor_limit()
    try:
        config = msgspec.convert(messages[0], RelayConfig)
        service = Service(config, sock)
    except OSError as error:
        send(sock, RelayError(message=f"the relay cannot listen: {os.strerror(error.errno or 0)}", advice=PORT_ADVICE))
        sys.exit(1)
    except (PerfkitError, msgspec.ValidationError) as error:
        send(sock, RelayError(message=str(error)))
        sys.exit(1)
    send(sock, service.ready)
    service.run()
