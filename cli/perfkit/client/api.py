"""HTTP to an API server, on the standard library's client."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

import msgspec

import perfkit
from perfkit.client.lines import whole_lines
from perfkit.client.options import Options
from perfkit.client.problems import AccessError, ApiError, ConnectionLostError, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.client.access import Access

_PORTS: Final = {"http": 80, "https": 443}
_ERROR_BODY: Final = 1 << 16  # bytes of an error response worth reading


class Api:
    """An API server and the right to use it; hands out connections.

    Raises:
        AccessError: what ``access`` holds as certificates or key is none.
    """

    def __init__(self, access: Access, options: Options | None = None) -> None:
        parts = urlsplit(access.server)
        self.server = access.server
        self.options = options or Options()
        self.address = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
        self.prefix = parts.path
        self.server_name = access.server_name or self.address[0]
        self.tls = _tls(access) if parts.scheme == "https" else None
        self.headers = {"Accept": "application/json", "User-Agent": f"perfkit-lean/{perfkit.__version__}"}
        if access.token:
            self.headers["Authorization"] = f"Bearer {access.token}"

    def connect(self) -> Connection:
        """A connection of its own; it is opened by its first request."""
        return Connection(self)


class Connection:
    """One connection, kept from request to request. It is for one thread, save ``cancel``, which any may call."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._http = HTTPConnection(*api.address)
        self._response: HTTPResponse | None = None
        self._cancelled = False

    def read(self, path: str, query: Mapping[str, str]) -> bytes:
        """The body of a response. Raises ApiError, ConnectionLostError."""
        with self._losses_told():
            return self._get(path, query).read()

    def watch(self, path: str, query: Mapping[str, str]) -> Iterator[bytes]:
        """Blocks of whole frames, one frame a line, until the server ends the watch.

        The headers have been received when this returns. It raises ApiError, and, like the iterator,
        ConnectionLostError.
        """
        with self._losses_told():
            response = self._get(path, query)
        return self._frames(response)

    def cancel(self) -> None:
        """Make whatever waits on this connection, or will, end at once."""
        self._cancelled = True
        if self._http.sock is not None:
            with suppress(OSError):  # it may have ended by itself
                self._http.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Free the socket; the next request would open another."""
        if self._response is not None:
            self._response.close()
        self._http.close()

    def _get(self, path: str, query: Mapping[str, str]) -> HTTPResponse:
        if self._response is not None and not self._response.isclosed():
            self.close()  # an answer that nobody read to its end is in the way
        if self._http.sock is None:
            self._http.sock = self._open()
        if self._cancelled:
            raise ConnectionAbortedError("cancelled")
        self._http.request("GET", f"{self._api.prefix}{path}?{urlencode(query)}", headers=self._api.headers)
        self._response = response = self._http.getresponse()
        if response.status >= 300:
            raise _refusal(response)
        return response

    def _open(self) -> socket.socket:
        api = self._api
        sock = socket.create_connection(api.address, api.options.connect_timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if api.tls is not None:
            sock = api.tls.wrap_socket(sock, server_hostname=api.server_name)
        sock.settimeout(api.options.idle_timeout)
        return sock

    def _frames(self, response: HTTPResponse) -> Iterator[bytes]:
        with self._losses_told():
            yield from whole_lines(response.read1, self._api.options.longest_frame)

    @contextmanager
    def _losses_told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, HTTPException, ValueError) as error:  # ValueError: a line too long, a file just closed
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise ConnectionLostError(f"{self._api.server}: {reason}", "is the cluster up?") from error


def _refusal(response: HTTPResponse) -> ApiError:
    """The server's own words: a Status, or the first line of plain text (as of 429)."""
    body = response.read(_ERROR_BODY)
    try:
        message = msgspec.json.decode(body, type=Status).message
    except msgspec.DecodeError:
        message = body.decode(errors="replace").strip().partition("\n")[0][:200]
    return ApiError(Status(message=message or response.reason, code=response.status))


def _tls(access: Access) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    try:
        if not access.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif access.authority:
            context.load_verify_locations(cadata=access.authority)
        else:
            context.load_default_certs()
        if access.certificate:
            _load_pair(context, access.certificate, access.key)
    except (ssl.SSLError, ValueError) as error:
        raise AccessError(f"the kubeconfig's certificates or key cannot be used: {error}") from None
    return context


def _load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """OpenSSL takes a certificate and its key from a file only."""
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile(prefix="perfkit-") as file:  # mode 0600
        file.write(certificate + b"\n" + key)
        file.flush()
        context.load_cert_chain(file.name)
