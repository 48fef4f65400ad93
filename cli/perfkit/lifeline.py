"""Start a child process that talks with its parent over one socket and dies when that socket closes.

Frames are a 4-byte big-endian length and a JSON object. JSON and not msgpack because the launcher is stdlib-only, and
one codec for all children is simpler than two; control traffic is a few frames a trial.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import subprocess
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Message = dict[str, Any]

_LENGTH = struct.Struct(">I")
_LONGEST_ADDRESS = 100  # bytes; systems allow 104 or 108 with a final zero
MAX_FRAME = 16 * 1024 * 1024


class ChildGoneError(Exception):
    """The other end of the lifeline closed, or sent something that is no frame."""


def encode_frame(message: Message) -> bytes:
    """One message as bytes for the wire."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return _LENGTH.pack(len(body)) + body


class FrameReader:
    """Collects bytes and gives the messages that are complete."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Add what was read; return the messages completed by it.

        Raises:
            ChildGoneError: a frame is longer than MAX_FRAME or no JSON object.
        """
        self._buffer += data
        messages: list[Message] = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > MAX_FRAME:
                raise ChildGoneError(f"a frame of {length} bytes")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            try:
                message = json.loads(bytes(self._buffer[_LENGTH.size : end]))
            except ValueError as error:
                raise ChildGoneError("a frame that is no JSON") from error
            if not isinstance(message, dict):
                raise ChildGoneError("a frame that is no object")
            messages.append(message)
            del self._buffer[:end]
        return messages


@contextlib.contextmanager
def unix_address(path: Path) -> Iterator[str]:
    """What to bind or connect a Unix socket to: its path or, where that is too long for one, a short way there.

    Raises:
        OSError: the folder does not exist.
    """
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS or not os.path.isdir("/proc/self/fd"):  # noqa: PTH112 - no import
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class Child:
    """A child process and its lifeline. ``name`` is what errors call it."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], sock: socket.socket) -> None:
        self.name = name
        self.process = process
        self._socket = sock
        self._reader = FrameReader()
        self._inbox: list[Message] = []

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self.process.pid

    def fileno(self) -> int:
        """For ``select``: readable when a message, or the end, has arrived."""
        return self._socket.fileno()

    def send(self, message: Message) -> None:
        """Send one message.

        Raises:
            ChildGoneError: the child has closed its end.
        """
        try:
            self._socket.sendall(encode_frame(message))
        except OSError as error:
            raise ChildGoneError(f"{self.name} is gone") from error

    def receive(self, timeout: float) -> Message | None:
        """The next message, or None when none came within ``timeout`` seconds.

        Raises:
            ChildGoneError: the child closed its end.
        """
        deadline = time.monotonic() + timeout
        while not self._inbox:
            remaining = max(0.0, deadline - time.monotonic())
            if not select.select([self._socket], [], [], remaining)[0]:
                return None
            try:
                data = self._socket.recv(1 << 16)
            except OSError as error:
                raise ChildGoneError(f"{self.name} is gone") from error
            if not data:
                raise ChildGoneError(f"{self.name} is gone")
            self._inbox.extend(self._reader.feed(data))
        return self._inbox.pop(0)

    @property
    def pending(self) -> bool:
        """Whether a message was read already and waits in the inbox (``select`` would not tell)."""
        return bool(self._inbox)

    def close(self, grace: float = 5.0) -> None:
        """Close the lifeline, wait for the child to end, kill it after ``grace`` seconds."""
        self._socket.close()
        try:
            self.process.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def spawn(
    name: str, command: Sequence[str], *, env: Mapping[str, str] | None = None, stderr: Path | None = None
) -> Child:
    """Start ``command`` with the lifeline's descriptor number appended as its last argument.

    The child gets no standard input or output; its errors go to ``stderr`` (default: nowhere).
    """
    with contextlib.ExitStack() as stack:
        ours, theirs = socket.socketpair()
        unless_started = stack.enter_context(contextlib.ExitStack())
        unless_started.enter_context(ours)
        stack.enter_context(theirs)
        process = subprocess.Popen(
            [*command, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stack.enter_context(stderr.open("ab")) if stderr else subprocess.DEVNULL,
            env=env,
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C goes to the engine alone, which ends its children in order
        )
        unless_started.pop_all()
        return Child(name, process, ours)


def adopt(descriptor: int) -> socket.socket:
    """The child's side: the socket behind the descriptor number that ``spawn`` appended."""
    sock = socket.socket(fileno=descriptor)
    sock.set_inheritable(False)
    return sock
