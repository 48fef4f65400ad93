"""Commands of people and programs: a Unix socket that takes the messages which the engine sends over its lifeline.

Frames as in ``perfkit.lifeline``; each client gets the answers to what it asked, in order. Whoever sends what is no
frame is told so and hung up on; the server goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import TYPE_CHECKING, Protocol

import msgspec

from perfkit.errors import ClusterError
from perfkit.lifeline import ChildGoneError, FrameReader, Message, encode_frame, unix_address
from perfkit.model.control import MockAnswer, MockError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

_READ = 1 << 16


class Peer(Protocol):
    """Who asks."""

    def send(self, answer: MockAnswer) -> None:
        """Tell it something."""
        ...


class Visitor:
    """A client of the socket."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def send(self, answer: MockAnswer) -> None:
        """Tell it something, unless it has left."""
        if not self._writer.is_closing():
            self._writer.write(encode_frame(msgspec.to_builtins(answer)))


async def listen(path: Path, answer: Callable[[Message, Peer], Awaitable[None]]) -> asyncio.Server:
    """Have ``answer`` called with each message that comes in at ``path``, which only its owner can use.

    Raises:
        ClusterError: there can be no socket at that path.
    """

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitor = Visitor(writer)
        try:
            await _attend(reader, writer, lambda message: answer(message, visitor))
        except ChildGoneError as error:
            visitor.send(MockError(message=f"what came is no message: {error}", advice="see docs/faults.md, Control"))
        except OSError:
            pass  # it left without a word
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    return await asyncio.start_unix_server(attend, sock=_bound(path))


async def _attend(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Callable[[Message], Awaitable[None]]
) -> None:
    frames = FrameReader()
    while data := await reader.read(_READ):
        for message in frames.feed(data):
            await answer(message)
        await writer.drain()


def _bound(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        path.unlink(missing_ok=True)
        with unix_address(path) as address:
            sock.bind(address)
    except OSError as error:
        sock.close()
        raise ClusterError(f"no control socket at {path}: {error}") from error
    finally:
        os.umask(before)
    return sock
