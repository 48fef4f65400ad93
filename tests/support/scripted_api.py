"""An HTTP server on loopback that answers each request as a test wrote down, one answer after the other."""

from __future__ import annotations

import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from support.mock import authority

if TYPE_CHECKING:
    from pathlib import Path


_AS = "Impersonate-"


@dataclass
class Answer:
    """One response. ``body`` parts are chunks; ``end`` is what follows them: the end, a cut, or silence."""

    status: int = 200
    body: list[bytes] = field(default_factory=list)
    end: Literal["end", "cut", "silence"] = "end"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    """One request as received."""

    path: str
    query: dict[str, str]
    token: str | None
    connection: int  # the client's port
    impersonation: dict[str, str] = field(default_factory=dict)


class ScriptedApi(ThreadingHTTPServer):
    """Answers from ``answers`` in order; silent watches are ended when it closes."""

    daemon_threads = False  # closing waits for its threads, so that no socket leaks
    allow_reuse_address = True

    def __init__(self, *answers: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.silent = threading.Event()  # an answer has been sent up to its silence
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, _: Request) -> Answer:
        """The next one."""
        return self.answers.pop(0)

    def kubeconfig(self, folder: Path) -> Path:
        """A kubeconfig for it, with the token ``secret``."""
        path = folder / "kubeconfig"
        path.write_text(
            json.dumps(
                {
                    "current-context": "c",
                    "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                    "clusters": [{"name": "c", "cluster": {"server": self.url}}],
                    "users": [{"name": "u", "user": {"token": "secret"}}],
                }
            )
        )
        return path

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()


class SecuredApi(ScriptedApi):
    """The same over TLS: kubectl sends no login without."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__(*answers)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority().certificate, authority().key)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_port}"

    @property
    def cluster(self) -> dict[str, str]:
        """As a kubeconfig has it."""
        return {"server": self.url, "certificate-authority": str(authority().ca)}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedApi

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
        port = self.client_address[1]
        named = {name.title(): text for name, text in self.headers.items()}
        as_whom = {name.removeprefix(_AS): text for name, text in named.items() if name.startswith(_AS)}
        request = Request(parts.path, dict(parse_qsl(parts.query)), token, port, as_whom)
        self.server.requests.append(request)
        answer = self.server.answer(request)
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for part in answer.body:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        if answer.end == "end":
            self.wfile.write(b"0\r\n\r\n")
            return
        self.close_connection = True
        if answer.end == "silence":
            self.server.silent.set()
            self.server.closing.wait(30)

    def log_message(self, *_: Any) -> None:
        """Nothing: the test looks at ``requests``."""
