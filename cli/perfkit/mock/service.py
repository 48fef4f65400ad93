"""The mock as a child of the engine: configured, reset and questioned over its lifeline, dead when that ends."""

from __future__ import annotations

import asyncio
import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from perfkit.errors import ClusterError, PerfkitError
from perfkit.lifeline import ChildGoneError, FrameReader, Message, encode_frame
from perfkit.mock import manifests
from perfkit.mock.access import Access
from perfkit.mock.agenda import TICKS, RealTime
from perfkit.mock.app import App, World
from perfkit.mock.changes import ChangeLog
from perfkit.mock.connections import Connections
from perfkit.mock.control import Peer, listen
from perfkit.mock.expectation import Expectation, Wanted
from perfkit.mock.faults.board import Faults
from perfkit.mock.faults.conduct import Conduct
from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import load
from perfkit.mock.quiet import Quiet
from perfkit.mock.record import Record
from perfkit.mock.server import Listener, free_port
from perfkit.mock.store import Store
from perfkit.model.control import (
    AddFault,
    AllowAll,
    ClearFaults,
    Collect,
    Deny,
    Done,
    Expect,
    ExpectQuiet,
    Glance,
    MockAnswer,
    MockConfig,
    MockError,
    MockReady,
    MockRequest,
    Reached,
    Reset,
    ResetDone,
    Scale,
    Scaled,
    SetChurn,
    SubmitBatch,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable
    from typing import Protocol

    from perfkit.mock.generator.population import Population
    from perfkit.mock.generator.shape import Shape

    class Answering(Protocol):
        """A service that has started."""

        async def answer(self, message: Message, peer: Peer) -> None:
            """Do what a message asks, and tell the peer."""
            ...


_FREED = 0.001  # seconds at a time


class Lifeline:
    """The child's end: messages in, answers out. The process ends when the engine's end closes."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._reader = FrameReader()
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        asyncio.get_running_loop().add_reader(sock, self._readable)

    def send(self, answer: MockAnswer) -> None:
        """Tell the engine something."""
        self._socket.sendall(encode_frame(msgspec.to_builtins(answer)))

    async def receive(self) -> Message:
        """The next thing the engine wants."""
        return await self._messages.get()

    def _readable(self) -> None:
        try:
            data = self._socket.recv(1 << 16)
            messages = self._reader.feed(data)
        except (OSError, ChildGoneError):
            data = b""
        if not data:
            os._exit(0)  # nobody is left to serve: no goodbyes, no waiting for clients
        for message in messages:
            self._messages.put_nowait(message)


Change = AddFault | ClearFaults | Deny | AllowAll


LARGEST_RECORD = 32 * 1024 * 1024  # bytes of a record that no trial ends; about 130,000 requests, and as many before


def _populated(config: MockConfig, shape: Shape) -> Population:
    """What shape, manifests and snapshots hold together. Raises ScenarioError."""
    population = populate(shape, config.seed)
    if not config.files:
        return population
    documents = manifests.read([Path(file) for file in config.files])
    return manifests.played(population, documents, config.seed, alone=config.alone)


class Service:
    """The parts of a running mock, and what each message does to them."""

    def __init__(self, config: MockConfig, tell: Peer) -> None:
        self._config = config
        self._tell = tell
        self._turns = asyncio.Lock()
        self._shape = load(Path(config.shape), config.pods)
        self._population = _populated(config, self._shape)
        self._store = Store(self._population, clock=RealTime())
        self._record = Record()
        self._changes = ChangeLog(self._store)
        self._connections = Connections()
        self._expectation = Expectation(self._reached, self._connections)
        self._quiet = Quiet(self._record)
        happened = self._expectation.happened
        clock = self._store.clock
        faults = Faults(config.seed, config.faults, lambda: clock.tick / TICKS)
        self._access = Access(config.deny)
        world = World(self._store, self._access, config.token, faults, config.seed)
        self._app = App(world, self._record, self._connections, happened)
        self._port = free_port(config.host, config.port)
        self._listener = Listener(self._app, config, self._port)
        self._conduct = Conduct(faults, self._store, self._app.watches, self._record, self._listener)

    async def start(self) -> None:
        """Listen, and say so. Raises ClusterError."""
        port, host = self._port, self._config.host
        self._app.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        await self._listener.start()
        if self._config.control:
            await listen(Path(self._config.control), self.answer)
        await self._conduct.reset()
        self._record.clear()  # of our own question whether it answers
        self._app.meters.clear()
        if self._config.record:
            self._record.follow(Path(self._config.record), LARGEST_RECORD)
        self._connections.forget()
        self._live()
        pods = len(self._population.collections["pods"])
        gc.freeze()  # nothing made so far ever becomes garbage
        version, visible = self._store.version, self._connections.visible
        self._tell.send(MockReady(port=port, pods=pods, resource_version=version, sees_queues=visible))

    async def answer(self, message: Message, peer: Peer) -> None:
        """Do what was asked, one thing at a time, whoever asks; tell ``peer``, also what is wrong with it."""
        try:
            async with self._turns:
                await self._handle(msgspec.convert(message, MockRequest), peer)
        except OSError as error:
            peer.send(MockError(message=f"cannot write the record of requests: {error}"))
        except msgspec.ValidationError as error:
            peer.send(MockError(message=f"the mock was sent something unknown: {error}"))
        except PerfkitError as error:
            peer.send(MockError(message=error.message, advice=error.advice))

    async def _handle(self, message: MockRequest, peer: Peer) -> None:
        """Do what is asked. Raises OSError when the record cannot be written."""
        match message:
            case Reset():
                await self._reset(message)
                self._live()
                peer.send(ResetDone())
                self._free()
            case Expect():
                self._quiet.forget()
                self._tell = peer
                self._expectation.expect(Wanted(message.verb, message.resource, message.since, message.count))
            case ExpectQuiet():
                self._expectation.forget()
                self._quiet.expect(message, peer.send)
            case Collect():
                self._changes.flush()
                peer.send(self._record.collect())
            case Glance():
                peer.send(self._record.glance())
            case SetChurn():
                peer.send(self._app.life.churn(message.churn))
            case Scale():
                self._app.life.scale(message, lambda pods: peer.send(Scaled(pods=pods)))
            case SubmitBatch():
                self._app.users.submit(message.batch, peer.send)
            case MockConfig():
                peer.send(MockError(message="the mock is configured already"))
            case _:
                self._change(message)
                peer.send(Done())

    async def _reset(self, message: Reset) -> None:
        await self._app.watches.end_all()
        self._store.reset()
        self._app.life.reset()
        self._expectation.reset()
        self._quiet.forget()
        self._connections.forget()
        self._app.meters.clear()
        if message.record:
            self._record.restart(Path(message.record))
            self._changes.restart(Path(message.record))
        else:
            self._record.clear()
        self._access.allow_all()
        self._access.deny(*self._config.deny)
        await self._conduct.reset()

    def _change(self, message: Change) -> None:
        """Change what goes wrong and what is denied. Raises ScenarioError for a rule that cannot be read."""
        match message:
            case AddFault():
                self._conduct.add([message.fault])
            case ClearFaults():
                self._conduct.clear(message.kind)
            case Deny():
                self._access.deny(message.rule)
            case AllowAll():
                self._access.allow_all()

    def _live(self) -> None:
        """Begin what the cluster does of itself from its first state on."""
        if self._config.heartbeats:
            self._app.life.heartbeats()
        if self._shape.churn is not None:
            self._app.life.churn(self._shape.churn)

    def _free(self) -> None:
        """Free what the reset dropped, a tenth of the time."""
        if self._store.waste.free(_FREED):
            asyncio.get_running_loop().call_later(9 * _FREED, self._free)

    def _reached(self, verb: str, resource: str, ns: int) -> None:
        self._tell.send(Reached(verb=verb, resource=resource, ns=ns))


async def _start(lifeline: Lifeline) -> Service:
    try:
        config = msgspec.convert(await lifeline.receive(), MockConfig)
    except msgspec.ValidationError as error:
        raise ClusterError(f"the mock was not told first what to serve: {error}") from error
    service = Service(config, lifeline)
    await service.start()
    return service


async def run(sock: socket.socket) -> None:
    """Serve until the lifeline closes, which ends the process."""
    await serve(sock, _start)


async def serve(sock: socket.socket, start: Callable[[Lifeline], Awaitable[Answering]]) -> None:
    """Answer what the engine asks until the lifeline closes; why a service cannot start is told to the engine."""
    lifeline = Lifeline(sock)
    try:
        service = await start(lifeline)
    except PerfkitError as error:
        lifeline.send(MockError(message=error.message, advice=error.advice))
        return
    while True:
        await service.answer(await lifeline.receive(), lifeline)
