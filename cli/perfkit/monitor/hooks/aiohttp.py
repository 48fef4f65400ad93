"""aiohttp's client, so kubernetes-asyncio and kopf: by the traces that its sessions take."""

from __future__ import annotations

import weakref
from functools import wraps
from typing import TYPE_CHECKING, Any

from perfkit.monitor.hooks.patching import Patches
from perfkit.monitor.hooks.requests import about

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from perfkit.monitor.calls import Call
    from perfkit.monitor.core import Monitor


def hook(monitor: Monitor) -> Callable[[], object]:
    """Watch all sessions that are made from now on. Raises ImportError."""
    from aiohttp import ClientSession

    original = ClientSession.__init__

    @wraps(original)
    def init(self: Any, *arguments: Any, trace_configs: Iterable[Any] | None = None, **named: Any) -> None:
        original(self, *arguments, trace_configs=[*(trace_configs or ()), _trace(monitor)], **named)

    patches = Patches()
    patches.set(ClientSession, "__init__", init)
    return patches.undo


def _trace(monitor: Monitor) -> Any:
    from aiohttp import TraceConfig

    trace = TraceConfig()

    async def started(_: Any, context: Any, sent: Any) -> None:
        context.call = monitor.call(*about(sent.method, str(sent.url)))

    async def ended(_: Any, context: Any, got: Any) -> None:
        context.call.answered(got.response.status)
        _follow(got.response, context.call)

    async def failed(_: Any, context: Any, what: Any) -> None:
        context.call.end(type(what.exception).__name__)

    trace.on_request_start.append(started)
    trace.on_request_end.append(ended)
    trace.on_request_exception.append(failed)
    return trace


def _follow(response: Any, call: Call) -> None:
    """The last byte ends it; of an answer that is dropped before that, its death."""
    content = response.content

    def came() -> None:
        call.bytes = content.total_bytes
        call.end()

    content.on_eof(came)
    weakref.finalize(response, call.end).atexit = False
