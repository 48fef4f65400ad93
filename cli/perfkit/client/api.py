"""An API server and the right to use it."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import perfkit
from perfkit.client.connection import Connection
from perfkit.client.credentials import Credentials
from perfkit.client.options import Options
from perfkit.client.problems import AccessError, reason

if TYPE_CHECKING:
    from perfkit.client.access import Access

__all__ = ["Api", "Connection"]

_PORTS: Final = {"http": 80, "https": 443}


class Api:
    """Opens sockets to a server, and connections that speak HTTP over them. What lets in is kept fresh.

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
        self.tls = _tls(access) if parts.scheme == "https" else None  # another one once a certificate was renewed
        self.credentials = Credentials(access, self._renewed)
        self._fixed = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip" if self.options.gzip else "identity",
            "User-Agent": f"perfkit-lean/{perfkit.__version__}",
        }

    def connect(self) -> Connection:
        """A connection of its own; it is opened by its first request."""
        return Connection(self)

    def headers(self) -> tuple[int, dict[str, str]]:
        """What every request says, and the version of the credentials in it. Raises LoginError."""
        version, own = self.credentials.headers()
        return version, self._fixed | own

    def open(self) -> socket.socket:
        """A socket to the server, through a proxy where there is one. Raises OSError."""
        sock = self.reach()
        try:
            return sock if self.tls is None else self.tls.wrap_socket(sock, server_hostname=self.server_name)
        except BaseException:
            sock.close()
            raise

    def reach(self) -> socket.socket:
        """The same before any TLS. Raises OSError."""
        access, timeout = self.credentials.access, self.options.connect_timeout
        if access.proxy:
            from perfkit.client.proxy import tunnel

            return tunnel(access, self.address, timeout)
        sock = socket.create_connection(self.address, timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _renewed(self, access: Access) -> None:
        """Show another certificate from now on. Raises AccessError."""
        if self.tls is not None and access.certificate != self.credentials.access.certificate:
            self.tls = _tls(access)


def _tls(access: Access) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if not access.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif access.authority:
        _load_authority(context, access)
    else:
        context.load_default_certs()
    if access.certificate:
        _load_pair(context, access)
    return context


def _load_authority(context: ssl.SSLContext, access: Access) -> None:
    try:
        context.load_verify_locations(cadata=access.authority)
    except (ssl.SSLError, ValueError) as error:
        raise AccessError(f"the certificate authority of {access.server} is no certificate: {reason(error)}") from None


def _load_pair(context: ssl.SSLContext, access: Access) -> None:
    """OpenSSL takes a certificate and its key from a file only. The empty pass phrase keeps it from asking for one."""
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile(prefix="perfkit-") as file:  # mode 0600
        file.write(access.certificate + b"\n" + access.key)
        file.flush()
        try:
            context.load_cert_chain(file.name, password="")
        except (ssl.SSLError, ValueError) as error:
            raise AccessError(
                f"the client certificate or key for {access.server} cannot be used: {reason(error)}",
                "both must be PEM and fit together, and the key must have no pass phrase",
            ) from None
