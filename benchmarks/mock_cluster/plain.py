"""An aiohttp server that sends ready-made bytes: ``… -m benchmarks.mock_cluster.plain CERTIFICATE KEY SIZE WATCHERS``.

``/list`` gives SIZE bytes in chunks of 128 KiB, ``/small`` 15 KB with a length, and ``/watch`` 10,000 events of 5 KB
at 1,000 a second to each of WATCHERS, encoded once, in a batch each 10 ms. What the mock is held against: it does the
same and knows nothing. Prints its port.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import time

from aiohttp import web
from benchmarks.mock_cluster.driven import FILLING

BLOCK = bytes(128 * 1024)
SMALL = b'{"kind":"Pod","metadata":{"name":"small"},"filling":"%s"}' % (b"x" * 14_500)
EVENTS, RATE, BATCH = 10_000, 1_000, 0.01
TEXT = "".join(FILLING.values())


class Plain:
    """The server. ``watchers`` is how many must be there before events come."""

    def __init__(self, size: int, watchers: int) -> None:
        self._size = size
        self._wanted = watchers
        self._watchers: list[web.StreamResponse] = []
        self._done = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def list_(self, request: web.Request) -> web.StreamResponse:
        """SIZE bytes."""
        response = await _streamed(request)
        for _ in range(self._size // len(BLOCK)):
            await response.write(BLOCK)
        await response.write_eof()
        return response

    async def small(self, _: web.Request) -> web.Response:
        """A small answer."""
        return web.Response(body=SMALL, content_type="application/json")

    async def watch(self, request: web.Request) -> web.StreamResponse:
        """Events, once all watchers are there."""
        response = await _streamed(request)
        self._watchers.append(response)
        if len(self._watchers) == self._wanted:
            self._task = asyncio.create_task(self._drive())
        await self._done.wait()
        return response

    async def _drive(self) -> None:
        await asyncio.sleep(0.5)
        began, made = time.monotonic(), 0
        while made < EVENTS:
            await asyncio.sleep(BATCH)
            due = min(EVENTS, int((time.monotonic() - began) * RATE))
            block = b"".join(map(_event, range(made, due)))
            made = max(made, due)
            for watcher in self._watchers:
                await watcher.write(block)


def _event(number: int) -> bytes:
    data = (
        f'{{"type":"MODIFIED","object":{{"data":{{"number":"{number}","ns":"{time.monotonic_ns()}","x":"{TEXT}"}}}}}}\n'
    )
    return data.encode()


async def _streamed(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "application/json"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    return response


async def main(certificate: str, key: str, size: int, watchers: int) -> None:
    """Serve until killed."""
    plain = Plain(size, watchers)
    app = web.Application()
    app.add_routes([web.get("/list", plain.list_), web.get("/small", plain.small), web.get("/watch", plain.watch)])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
