"""Opens connections to the cluster of KUBECONFIG, one after another, by the words of its command line.

``full=N``: N with a session of their own, each asks for /version. ``resumed=N``: N that go on with the session of
the one before. ``failed=N``: N that do not trust the server. ``plain=N``: N that say nothing at all. Says
"ready" when that is done; for a line on its standard input it does all again and says "done".
"""

# ruff: noqa: T201, PTH123 - a program: it prints, and loads no more than it needs

import contextlib
import json
import os
import socket
import ssl
import sys
from urllib.parse import urlsplit

TIMEOUT = 30.0


class Cluster:
    def __init__(self) -> None:
        with open(os.environ["KUBECONFIG"]) as file:
            config = json.load(file)
        server = urlsplit(config["clusters"][0]["cluster"]["server"])
        self.address = (server.hostname or "", server.port or 443)
        self.token = config["users"][0]["user"]["token"]
        self.context = ssl._create_unverified_context()
        self.session: ssl.SSLSession | None = None

    def full(self) -> None:
        self.session = self._ask(None)

    def resumed(self) -> None:
        self.session = self._ask(self.session)  # a server may take each ticket but once

    def failed(self) -> None:
        with contextlib.suppress(ssl.SSLError), socket.create_connection(self.address, TIMEOUT) as connection:
            ssl.create_default_context().wrap_socket(connection, server_hostname="localhost")

    def plain(self) -> None:
        socket.create_connection(self.address, TIMEOUT).close()

    def _ask(self, session: ssl.SSLSession | None) -> ssl.SSLSession | None:
        """GET /version; the session after that."""
        connection = socket.create_connection(self.address, TIMEOUT)
        with self.context.wrap_socket(connection, server_hostname="localhost", session=session) as secure:
            assert secure.session_reused == (session is not None)
            words = ("GET /version HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.token}", "", "")
            secure.sendall("\r\n".join(words).encode())
            assert secure.recv(1 << 16).startswith(b"HTTP/1.1 200")
            return secure.session


def main() -> None:
    cluster = Cluster()
    said = "ready"
    while True:
        for word in sys.argv[1:]:
            how, _, times = word.partition("=")
            for _ in range(int(times)):
                getattr(cluster, how)()
        print(said, flush=True)
        said = "done"
        if not sys.stdin.readline():
            return


main()
