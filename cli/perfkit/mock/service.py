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
from perfkit.mock.access import Access
from perfkit.mock.agenda import RealTime
from perfkit.mock.app import App, World
from perfkit.mock.connections import Connections
from perfkit.mock.expectation import Expectation
from perfkit.mock.generator.population import populate
from perfkit.mock.generator.shape import load
from perfkit.mock.record import Record
from perfkit.mock.server import free_port, serve
from perfkit.mock.store import Store
from perfkit.model.control import (
    Collect,
    Expect,
    MockAnswer,
    MockConfig,
    MockError,
    MockReady,
    MockRequest,
    Reached,
    Reset,
    ResetDone,
)

if TYPE_CHECKING:
    import socket

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

    async def receive(self) -> MockRequest:
        """The next thing the engine wants; raises msgspec.ValidationError for what is no such thing."""
        message: MockRequest = msgspec.convert(await self._messages.get(), MockRequest)
        return message

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


class Service:
    """The parts of a running mock, and what each message does to them."""

    def __init__(self, config: MockConfig, tell: Lifeline) -> None:
        self._config = config
        self._tell = tell
        self._population = populate(load(Path(config.shape), config.pods), config.seed)
        self._store = Store(self._population, clock=RealTime())
        self._record = Record()
        self._connections = Connections()
        self._expectation = Expectation(self._reached, self._connections)
        happened = self._expectation.happened
        world = World(self._store, Access(config.deny), config.token)
        self._app = App(world, self._record, self._connections, happened)

    async def start(self) -> None:
        """Listen, and say so. Raises ClusterError."""
        port = free_port(self._config.host, self._config.port)
        host = self._config.host
        self._app.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        task = await serve(self._app, self._config, port)
        task.add_done_callback(lambda _: os._exit(1))  # who no longer serves must not look alive
        self._record.clear()  # of our own question whether it answers
        self._connections.forget()
        pods = len(self._population.collections["pods"])
        gc.freeze()  # nothing made so far ever becomes garbage
        version, visible = self._store.version, self._connections.visible
        self._tell.send(MockReady(port=port, pods=pods, resource_version=version, sees_queues=visible))

    async def handle(self, message: MockRequest) -> None:
        """Do what the engine asks. Raises OSError when the record cannot be written."""
        match message:
            case Reset():
                await self._app.watches.end_all()
                self._store.reset()
                self._expectation.reset()
                self._connections.forget()
                self._record.restart(Path(message.record))
                self._tell.send(ResetDone())
                self._free()
            case Expect():
                self._expectation.expect(message.verb, message.resource)
            case Collect():
                self._tell.send(self._record.collect())
            case MockConfig():
                self._tell.send(MockError(message="the mock is configured already"))

    def _free(self) -> None:
        """Free what the reset dropped, a tenth of the time."""
        if self._store.waste.free(_FREED):
            asyncio.get_running_loop().call_later(9 * _FREED, self._free)

    def _reached(self, verb: str, resource: str, ns: int) -> None:
        self._tell.send(Reached(verb=verb, resource=resource, ns=ns))


async def _start(lifeline: Lifeline) -> Service:
    config = await lifeline.receive()
    if not isinstance(config, MockConfig):
        raise ClusterError("the mock was not told first what to serve")
    service = Service(config, lifeline)
    await service.start()
    return service


async def run(sock: socket.socket) -> None:
    """Serve until the lifeline closes, which ends the process."""
    lifeline = Lifeline(sock)
    try:
        service = await _start(lifeline)
    except PerfkitError as error:
        lifeline.send(MockError(message=error.message, advice=error.advice))
        return
    while True:
        try:
            await service.handle(await lifeline.receive())
        except OSError as error:
            lifeline.send(MockError(message=f"cannot write the record of requests: {error}"))
        except msgspec.ValidationError as error:
            lifeline.send(MockError(message=f"the mock was sent something unknown: {error}"))
