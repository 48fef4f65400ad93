"""Commands to a mock that stands: the messages of ``model.control`` over its control socket."""

from __future__ import annotations

import math
import socket
import time
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import ClusterError
from perfkit.lifeline import ChildGoneError, FrameReader, encode_frame, unix_address
from perfkit.model.control import MockAnswer, MockError, MockRequest, Scale

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SOCKET: Final = "control"  # its name in the cluster's folder
TIMEOUT: Final = 30.0  # seconds; an answer takes milliseconds, so this only ends a hang


def tell(folder: Path, requests: Iterable[MockRequest], timeout: float = TIMEOUT) -> list[MockAnswer]:
    """Send requests to the cluster of a folder, one after the other, and return what it answers.

    Scaling is waited for however long it takes.

    Raises:
        ClusterError: it is not there, does not answer in time, or cannot do what it was told; later ones are not sent.
    """
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(timeout)
            with unix_address(folder / SOCKET) as address:
                sock.connect(address)
            patience = ((request, math.inf if isinstance(request, Scale) else timeout) for request in requests)
            return [_asked(sock, *each) for each in patience]
    except (OSError, ChildGoneError) as error:
        reason = "it did not answer in time" if isinstance(error, TimeoutError) else str(error)
        raise ClusterError(
            f"cluster {folder.name} takes no commands: {reason}", "is it up? `perfkit cluster ls`"
        ) from error


def _asked(sock: socket.socket, request: MockRequest, timeout: float) -> MockAnswer:
    sock.sendall(encode_frame(msgspec.to_builtins(request)))
    frames, deadline = FrameReader(), time.monotonic() + timeout
    while not (messages := frames.feed(_received(sock, deadline))):
        pass
    answer: MockAnswer = msgspec.convert(messages[0], MockAnswer)
    if isinstance(answer, MockError):
        raise ClusterError(answer.message, answer.advice)
    return answer


def _received(sock: socket.socket, deadline: float) -> bytes:
    sock.settimeout(None if deadline == math.inf else max(0.001, deadline - time.monotonic()))
    data = sock.recv(1 << 16)
    if not data:
        raise ChildGoneError("it hung up")
    return data
