"""One connection to an API server, kept from request to request."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import msgspec

from perfkit.client.gathering import Gathering
from perfkit.client.lines import whole_lines
from perfkit.client.problems import UNREADABLE, ApiError, CancelledError, Status, lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from perfkit.client.api import Api

_ERROR_BODY: Final = 1 << 16  # bytes of an error response worth reading


class Connection:
    """It is for one thread, save ``cancel``, which any may call. The first request opens it."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._http = HTTPConnection(*api.address)
        self._tls = api.tls
        self._sock: socket.socket | None = None  # kept here too: the library forgets it where the server will close
        self._response: HTTPResponse | None = None
        self._gathering: Gathering | None = None
        self._cancelled = False
        self.received = 0  # bytes of bodies
        self.etag = ""  # of the last response

    @property
    def used(self) -> bool:
        """Whether it was open before: the server may have closed it since."""
        return self._http.sock is not None

    def read(
        self,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        answered: Callable[[int], object] = lambda _status: None,
    ) -> bytes:
        """The body of a response; ``answered`` is called with its status when its headers are here.

        Raises ApiError, ConnectionLostError, CancelledError.
        """
        with self._losses_told():
            response = self._get(path, query, headers or {}, self._api.options.read_timeout)
            answered(response.status)
            body = response.read()
        self.received += len(body)
        self.etag = response.headers.get("ETag", "")
        if response.headers.get("Content-Encoding") == "gzip":
            import gzip

            with self._losses_told():
                return gzip.decompress(body)
        return body

    def watch(self, path: str, query: Mapping[str, str]) -> Iterator[bytes]:
        """Blocks of whole lines (frames of a watch, lines of a log), until the server ends them.

        The headers have been received when this returns. It raises ApiError, and, like the iterator,
        ConnectionLostError and CancelledError.
        """
        options = self._api.options
        with self._losses_told():
            response = self._get(path, query, {"Accept-Encoding": "identity"}, options.idle_timeout)
            assert self._sock is not None
            self._gathering = gathering = Gathering(self._sock, response)
        return self._lines(gathering)

    def gather(self) -> None:
        """From now on read the watch at most once in ``Options.coalesce`` seconds, so that what comes gathers."""
        if self._gathering is not None:
            self._gathering.span = self._api.options.coalesce

    def cancel(self) -> None:
        """Make whatever waits on this connection, or will, end at once."""
        self._cancelled = True
        if self._sock is not None:
            with suppress(OSError):  # it may have ended by itself
                socket.socket.shutdown(
                    self._sock, socket.SHUT_RDWR
                )  # not SSLSocket's, which pulls TLS from under a reader

    def close(self) -> None:
        """Free the socket; the next request would open another."""
        if self._response is not None:
            self._response.close()
        self._http.close()

    def _get(self, path: str, query: Mapping[str, str], headers: Mapping[str, str], timeout: float) -> HTTPResponse:
        url = f"{self._api.prefix}{path}?{urlencode(query)}" if query else f"{self._api.prefix}{path}"
        version, response = self._ask(url, headers, timeout)
        if response.status == HTTPStatus.UNAUTHORIZED and self._api.credentials.refused(version):
            _, response = self._ask(url, headers, timeout)
        if response.status >= 300:
            raise _refusal(response)
        return response

    def _ask(self, url: str, headers: Mapping[str, str], timeout: float) -> tuple[int, HTTPResponse]:
        """The response, and the version of the credentials that asked."""
        version, own = self._api.headers()
        if self._in_the_way():
            self.close()
        if self._http.sock is None:
            self._tls = self._api.tls
            self._http.sock = self._sock = self._api.open()
        if self._cancelled:
            raise ConnectionAbortedError("cancelled")
        self._http.sock.settimeout(timeout)
        self._http.request("GET", url, headers={**own, **headers})
        self._response = response = self._http.getresponse()
        return version, response

    def _in_the_way(self) -> bool:
        """Whether an answer was not read to its end, or the certificate that was shown is none any more."""
        unread = self._response is not None and not self._response.isclosed()
        return unread or self._tls is not self._api.tls

    def _lines(self, gathering: Gathering) -> Iterator[bytes]:
        with self._losses_told():
            for block in whole_lines(gathering.read, self._api.options.longest_frame):
                self.received += len(block)
                yield block

    @contextmanager
    def _losses_told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, HTTPException, ValueError, EOFError) as error:  # ValueError: a line too long, no chunks
            if self._cancelled:
                raise CancelledError(f"{self._api.server}: cancelled") from error
            raise lost(self._api.server, error) from error


def _refusal(response: HTTPResponse) -> ApiError:
    """The server's own words: a Status, or the first line of plain text (as of 429)."""
    body = response.read(_ERROR_BODY)
    try:
        message = msgspec.json.decode(body, type=Status).message
    except UNREADABLE:
        message = body.decode(errors="replace").strip().partition("\n")[0][:200]
    after = response.headers.get("Retry-After", "")  # a date, as HTTP allows too, no API server sends
    status = Status(message=message or response.reason, code=response.status)
    return ApiError(status, float(after) if after.isdecimal() else None)
