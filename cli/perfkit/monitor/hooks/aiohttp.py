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
    from aiohttp import ClientResponse, ClientSession

    original = ClientSession.__init__

    @wraps(original)
    def init(self: Any, *arguments: Any, trace_configs: Iterable[Any] | None = None, **named: Any) -> None:
        original(self, *arguments, trace_configs=[*(trace_configs or ()), _trace(monitor)], **named)

    patches = Patches()
    patches.set(ClientSession, "__init__", init)
    for name in ("close", "release"):
        patches.set(ClientResponse, name, _ending(getattr(ClientResponse, name)))
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
    """The last byte ends it; of an answer that is given up before that, its end or its death."""
    content = response.content

    def came() -> None:
        call.bytes = content.total_bytes
        call.end()

    response._perfkit_call = call  # noqa: SLF001 - ours
    content.on_eof(came)
    weakref.finalize(response, call.end).atexit = False  # it must hold nothing that holds the response


def _ending(original: Callable[..., Any]) -> Callable[..., Any]:
    """``close`` and ``release`` of a response."""

    @wraps(original)
    def end(self: Any) -> Any:
        result = original(self)
        call = vars(self).pop("_perfkit_call", None)
        if call is not None:
            error = self.content.exception()
            call.bytes = self.content.total_bytes
            call.end(type(error).__name__ if _cut(error) else "")
        return result

    return end


def _cut(error: BaseException | None) -> bool:
    """Whether the server ended it: whoever closes an answer early finds an exception in it too, of another kind."""
    from aiohttp import ClientPayloadError

    return isinstance(error, ClientPayloadError)
