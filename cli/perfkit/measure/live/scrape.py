"""Asking an endpoint what it exposes: over HTTP, bounded in size and time, and every refusal told in one line."""

from __future__ import annotations

import http.client
import socket
import time
import urllib.error
import urllib.request
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import urlsplit

from perfkit.errors import TargetError, UsageError

if TYPE_CHECKING:
    from email.message import Message

TIMEOUT: Final = 5.0  # seconds
LARGEST: Final = 16 << 20  # bytes
ACCEPT: Final = "text/plain;version=0.0.4, application/json;q=0.5"
_REFUSED: Final = frozenset({401, 403})


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a token is for the one it was given for."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        del req, msg, headers
        fp.close()
        raise TargetError(f"it answers {code}: it moved to {newurl}", "give the address that it moved to")


# Without a proxy: an endpoint is near, and what stands between would be measured too.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)


def address(text: str) -> str:
    """The URL to ask, ``/metrics`` where no path is said. Raises UsageError."""
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits:
        raise UsageError(
            f"{text!r} is neither a process id nor a URL", "such as 4711, or http://localhost:8080/metrics"
        )
    return text if parts.path not in {"", "/"} else parts._replace(path="/metrics").geturl()


def ask(url: str, token: str = "") -> tuple[str, bytes]:
    """Content type and body of the answer. Raises TargetError: there is none, or not one that can be read."""
    headers = {"Accept": ACCEPT, **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        with _OPENER.open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT) as answer:  # noqa: S310
            body = _read(answer)
            kind = answer.headers.get("Content-Type", "")
    except urllib.error.HTTPError as error:
        with error:
            advice = "PERFKIT_TOKEN may hold its token" if error.code in _REFUSED else "is that its metrics' path?"
        raise TargetError(f"{url}: answers {error.code} {error.reason}", advice) from None
    except urllib.error.URLError as error:
        raise TargetError(f"{url}: no answer: {_why(error.reason)}", "is it up, and is that its port?") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise TargetError(f"{url}: no answer: {_why(error)}", "is it up, and is that its port?") from None
    if len(body) > LARGEST:
        raise TargetError(f"{url}: its answer is larger than {LARGEST >> 20} MiB", "is that its metrics' path?")
    return kind, body


def _read(answer: http.client.HTTPResponse) -> bytes:
    """All of it, or a little more than is taken. Raises TimeoutError where it trickles."""
    end, body = time.monotonic() + TIMEOUT, bytearray()
    while len(body) <= LARGEST and (piece := answer.read1(1 << 16)):
        body += piece
        if time.monotonic() > end:
            raise TimeoutError
    return bytes(body)


def _why(error: object) -> str:
    if isinstance(error, TimeoutError | socket.timeout):
        return f"not within {TIMEOUT:.0f} s"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
