"""An API server and the right to use it."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import perfkit
from perfkit.client.connection import Connection
from perfkit.client.options import Options
from perfkit.client.problems import AccessError

if TYPE_CHECKING:
    from perfkit.client.access import Access

__all__ = ["Api", "Connection"]

_PORTS: Final = {"http": 80, "https": 443}
_TOKEN_AGE: Final = 60.0  # seconds; a token's file is read again after so long, as client-go does


class Api:
    """Opens sockets to a server, and connections that speak HTTP over them.

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
        self._access = access
        self._token = access.token
        self._token_read = time.monotonic()
        self._fixed = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip" if self.options.gzip else "identity",
            "User-Agent": f"perfkit-lean/{perfkit.__version__}",
        }

    def connect(self) -> Connection:
        """A connection of its own; it is opened by its first request."""
        return Connection(self)

    @property
    def headers(self) -> dict[str, str]:
        """What every request says."""
        token = self._fresh_token()
        return self._fixed | ({"Authorization": f"Bearer {token}"} if token else {})

    def open(self) -> socket.socket:
        """A socket to the server, through a proxy where there is one. Raises OSError."""
        sock = self.reach()
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock if self.tls is None else self.tls.wrap_socket(sock, server_hostname=self.server_name)
        except BaseException:
            sock.close()
            raise

    def reach(self) -> socket.socket:
        """The same before any TLS. Raises OSError."""
        if self._access.proxy:
            from perfkit.client.proxy import tunnel

            return tunnel(self._access.proxy, self.address, self.options.connect_timeout)
        return socket.create_connection(self.address, self.options.connect_timeout)

    def _fresh_token(self) -> str:
        """That of the file, which whoever renews it writes anew; a file that is not there leaves the last one."""
        now = time.monotonic()
        if self._access.token_file and now - self._token_read > _TOKEN_AGE:
            self._token_read = now
            try:
                self._token = Path(self._access.token_file).read_text(encoding="utf-8").strip() or self._token
            except OSError:
                return self._token
        return self._token


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
