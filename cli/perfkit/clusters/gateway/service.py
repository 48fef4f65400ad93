"""The gateway as a child of the engine: configured, reset and questioned over its lifeline, dead when that ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from perfkit.client.access import Access
from perfkit.clusters.exposure import LOOPBACK
from perfkit.clusters.gateway.app import Gateway
from perfkit.clusters.gateway.door import Door
from perfkit.clusters.gateway.policy import Rules
from perfkit.clusters.gateway.upstream import Upstream
from perfkit.errors import ClusterError, PerfkitError
from perfkit.mock.connections import Connections
from perfkit.mock.control import Peer, listen
from perfkit.mock.expectation import Expectation, Wanted
from perfkit.mock.quiet import Quiet
from perfkit.mock.record import Record
from perfkit.mock.server import Listener, free_port
from perfkit.mock.service import LARGEST_RECORD, Lifeline, serve
from perfkit.model.control import (
    Collect,
    Expect,
    ExpectQuiet,
    GatewayConfig,
    GatewayRequest,
    Glance,
    MockError,
    MockReady,
    Populate,
    Populated,
    Populating,
    Reached,
    Reset,
    ResetDone,
    Scale,
    Scaled,
    SetChurn,
)

if TYPE_CHECKING:
    import socket

    from perfkit.clusters.population.keeper import Population
    from perfkit.lifeline import Message

_TOLD = 0.5  # seconds between two words about how far the filling has come


class _Version(msgspec.Struct, rename="camel"):
    git_version: str = ""


class Service:
    """The parts of a running gateway, and what each message does to them."""

    def __init__(self, config: GatewayConfig, tell: Peer) -> None:
        self._config = config
        self._tell = tell
        self._turns = asyncio.Lock()
        self._record = Record()
        self._connections = Connections()
        self._expectation = Expectation(self._reached, self._connections)
        self._quiet = Quiet(self._record)
        self._upstream = Upstream(msgspec.convert(config.access, Access))
        rules = Rules(token=config.token, writes=config.writes)
        self._app = Gateway(
            self._upstream,
            rules,
            self._record,
            self._connections,
            self._expectation.happened,
        )
        self._population: Population | None = None
        self._port = free_port(config.host, config.port)
        inner = free_port(LOOPBACK, 0) if config.writes else self._port
        self._listener = Listener(self._app, config, inner, tls=not config.writes)
        self._door = Door(self._upstream, rules, self._record, inner) if config.writes else None

    async def start(self) -> None:
        """Look whether the cluster answers, listen, and say so. Raises ClusterError."""
        release = await self._release()
        await self._listener.start()
        if self._door is not None:
            await self._door.open(self._config, self._port)
            self._app.ports = self._door.ports
        if self._config.control:
            await listen(Path(self._config.control), self.answer)
        self._record.clear()  # of our own question whether it answers
        if self._config.record:
            self._record.follow(Path(self._config.record), LARGEST_RECORD)
        self._connections.forget()
        visible = self._connections.visible and self._door is None
        self._tell.send(MockReady(port=self._port, pods=0, resource_version=0, release=release, sees_queues=visible))

    async def _release(self) -> str:
        """Which Kubernetes it is. Raises ClusterError: it does not let us in."""
        answer = await self._upstream.ask("GET", "/version", {"accept": "application/json"})
        body = await answer.read()
        if answer.status >= 300:
            why = body.decode(errors="replace").partition("\n")[0][:200]
            raise ClusterError(f"{self._upstream.server} answers {answer.status}: {why}", "is the login still valid?")
        try:
            return msgspec.json.decode(body, type=_Version).git_version
        except msgspec.DecodeError as error:
            raise ClusterError(f"{self._upstream.server} is no API server: {error}") from error

    async def answer(self, message: Message, peer: Peer) -> None:
        """Do what was asked, one thing at a time, whoever asks; tell ``peer``, also what is wrong with it."""
        try:
            async with self._turns:
                await self._handle(msgspec.convert(message, GatewayRequest), peer)
        except OSError as error:
            peer.send(MockError(message=f"cannot write the record of requests: {error}"))
        except msgspec.ValidationError as error:
            peer.send(MockError(message=f"the gateway was sent something unknown: {error}"))
        except PerfkitError as error:
            peer.send(MockError(message=error.message, advice=error.advice))

    async def _handle(self, message: GatewayRequest, peer: Peer) -> None:
        match message:
            case Reset():
                await self._reset(message)
                peer.send(ResetDone())
            case Expect():
                self._quiet.forget()
                self._tell = peer
                self._expectation.expect(Wanted(message.verb, message.resource, message.since, message.count))
            case ExpectQuiet():
                self._expectation.forget()
                self._quiet.expect(message, peer.send)
            case Collect():
                await self._app.counted()
                peer.send(msgspec.structs.replace(self._record.collect(), notes=self._upstream.notes()))
            case Glance():
                peer.send(self._record.glance())
            case SetChurn():
                peer.send(self._filled.churn(message.churn))
            case Scale():
                peer.send(Scaled(pods=await self._filled.scale(message)))
            case Populate():
                await self._populate(message, peer)

    async def _populate(self, asked: Populate, peer: Peer) -> None:
        """Fill the cluster, and keep what is in it alive. Raises ClusterError."""
        from perfkit.clusters.population.keeper import Population
        from perfkit.clusters.population.writer import Writer

        last = 0.0

        def tell(done: int, count: int) -> None:
            nonlocal last
            now = asyncio.get_running_loop().time()
            if now - last >= _TOLD or done == count:
                last = now
                peer.send(Populating(pods=done, of=count))

        self._population = Population(asked, Writer(self._upstream, asked.rate))
        run_by = await self._population.fill(tell)
        peer.send(Populated(pods=self._population.count(), run_by=run_by))

    @property
    def _filled(self) -> Population:
        if self._population is None:
            raise ClusterError("a real cluster does not change by itself", "--populate it, or use --cluster mock")
        return self._population

    async def _reset(self, message: Reset) -> None:
        if self._population is not None:
            await self._population.reset()
        self._app.end_watches()
        self._expectation.reset()
        self._quiet.forget()
        self._connections.forget()
        self._upstream.forget()
        if message.record:
            self._record.restart(Path(message.record))
        else:
            self._record.clear()

    def _reached(self, verb: str, resource: str, ns: int) -> None:
        self._tell.send(Reached(verb=verb, resource=resource, ns=ns))


async def _start(lifeline: Lifeline) -> Service:
    try:
        config = msgspec.convert(await lifeline.receive(), GatewayConfig)
    except msgspec.ValidationError as error:
        raise ClusterError(f"the gateway was not told first where to lead: {error}") from error
    service = Service(config, lifeline)
    await service.start()
    return service


async def run(sock: socket.socket) -> None:
    """Serve until the lifeline closes, which ends the process."""
    await serve(sock, _start)
