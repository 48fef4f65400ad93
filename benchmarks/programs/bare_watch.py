"""Reads a watch of all pods four times a second and throws it away: what is spent before anything is done with it."""

import contextlib
import json
import socket
import ssl
import time
from urllib.parse import urlsplit

from perfkit.client import Access, Api, load_access

REQUEST = (
    "GET /api/v1/pods?watch=true&resourceVersion={} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n"
    "Accept: application/json\r\n\r\n"
)
SPAN = 0.25
BUFFER = memoryview(bytearray(1 << 20))


def main() -> None:
    """From now on, so that there is no first state to load."""
    access = load_access()
    sock = connected(access)
    sock.sendall(REQUEST.format(newest(access), urlsplit(access.server).netloc, access.token).encode())
    sock.settimeout(0)
    print("synced 0", flush=True)
    while True:
        time.sleep(SPAN)
        with contextlib.suppress(ssl.SSLWantReadError):
            while sock.recv_into(BUFFER):
                pass


def newest(access: Access) -> str:
    """The version that a list of one pod has."""
    page = Api(access).connect().read("/api/v1/pods", {"limit": "1"})
    return str(json.loads(page)["metadata"]["resourceVersion"])


def connected(access: Access) -> ssl.SSLSocket:
    """TLS to the server."""
    at = urlsplit(access.server)
    sock = socket.create_connection((at.hostname or "", at.port or 443))
    return ssl.create_default_context(cadata=access.authority).wrap_socket(sock, server_hostname=at.hostname)


if __name__ == "__main__":
    main()
