"""Stand-ins for where versions are published: wheels in a folder, a Go module proxy of files, a service of releases."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SAYS = "def main():\n    print('{name} {version}')\n"


def wheel(folder: Path, name: str, version: str, *needs: str, source: str = SAYS) -> Path:
    """A pure wheel with a module and a console script of its name, which prints name and version."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": source.format(name=name, version=version),
        f"{info}/METADATA": "\n".join(
            [
                "Metadata-Version: 2.1",
                f"Name: {name}",
                f"Version: {version}",
                *(f"Requires-Dist: {n}" for n in needs),
                "",
            ]
        ),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    record = "".join(f"{path},{_record(text)},{len(text)}\n" for path, text in files.items())
    path = folder / f"{name}-{version}-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(each, text)
    return path


def only_from(folder: Path) -> dict[str, str]:
    """Variables by which both installers look nowhere but in a folder."""
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(folder),
        "UV_OFFLINE": "1",
    }


def go_module(proxy: Path, path: str, version: str, source: str) -> None:
    """A module of one file in a module proxy that is a folder."""
    folder = proxy / path / "@v"
    folder.mkdir(parents=True, exist_ok=True)
    mod = f"module {path}\n\ngo 1.21\n"
    (folder / f"{version}.info").write_text(json.dumps({"Version": version, "Time": "2026-01-01T00:00:00Z"}))
    (folder / f"{version}.mod").write_text(mod)
    with zipfile.ZipFile(folder / f"{version}.zip", "w") as archive:
        archive.writestr(f"{path}@{version}/go.mod", mod)
        archive.writestr(f"{path}@{version}/main.go", source)
    known = sorted({*((folder / "list").read_text().split() if (folder / "list").exists() else ()), version})
    (folder / "list").write_text("\n".join(known))


def archive(name: str, content: bytes) -> bytes:
    """A tar.gz with a program and what else releases put beside it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as opened:
        for each, data in (("LICENSE", b"free"), (name, content)):
            entry = tarfile.TarInfo(each)
            entry.size, entry.mode = len(data), 0o755
            opened.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


class Releases:
    """Releases as GitHub Enterprise Server serves them; ``asked`` are the paths of all requests."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}  # path → what a download gives
        self.digests: dict[str, str] = {}  # path → what the service says of it
        self.asked: list[str] = []
        self.broken: dict[str, int] = {}  # path → status
        self.cut: set[str] = set()  # paths of downloads that end half-way

    def publish(
        self, repository: str, tag: str, files: Mapping[str, bytes], *, checksums: str = "checksums.txt"
    ) -> None:
        """A release with these files, and a file of their checksums."""
        sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
        listed = {**files, **({checksums: sums.encode()} if checksums else {})}
        for name, content in listed.items():
            self.files[f"/{repository}/releases/download/{tag}/{name}"] = content

    def answer(self, path: str) -> tuple[int, bytes]:
        """What a GET of a path gets."""
        self.asked.append(path)
        if path in self.broken:
            return self.broken[path], b""
        if path in self.files:
            return 200, self.files[path]
        if path.startswith("/api/v3/repos/"):
            repository, _, tag = path.removeprefix("/api/v3/repos/").partition("/releases/tags/")
            if path.endswith("/releases/latest"):
                repository = repository.removesuffix("/releases/latest")
                tag = max((each.split("/")[5] for each in self.files if each.startswith(f"/{repository}/")), default="")
            return self._described(repository, tag)
        return 404, b""

    def _described(self, repository: str, tag: str) -> tuple[int, bytes]:
        start = f"/{repository}/releases/download/{tag}/"
        assets = [
            {"name": path.removeprefix(start), "digest": self.digests.get(path)}
            for path in self.files
            if path.startswith(start)
        ]
        return (200, json.dumps({"tag_name": tag, "assets": assets}).encode()) if assets else (404, b"")


@contextmanager
def serving(releases: Releases) -> Iterator[str]:
    """The address of a server of them, on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = releases.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if self.path in releases.cut else content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _record(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"sha256={digest}"
