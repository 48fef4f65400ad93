"""httpx (and httpx2, its successor), so lightkube and kr8s."""

from __future__ import annotations

from contextlib import suppress
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

from perfkit.monitor.hooks.patching import Patches
from perfkit.monitor.hooks.requests import about

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.monitor.calls import Call
    from perfkit.monitor.core import Monitor


def hook(monitor: Monitor) -> Callable[[], object]:
    """Watch all clients. Raises ImportError."""
    patches = Patches()
    modules = [import_module("httpx")]
    with suppress(ImportError):
        modules.append(import_module("httpx2"))
    for module in modules:
        patches.set(module.Client, "send", _send(module.Client.send, monitor))
        patches.set(module.AsyncClient, "send", _send_async(module.AsyncClient.send, monitor))
    return patches.undo


def _send(original: Callable[..., Any], monitor: Monitor) -> Callable[..., Any]:
    """``send`` with the moment between headers and body in sight: the body is read by us, if it is to be read."""

    @wraps(original)
    def send(self: Any, request: Any, *, stream: bool = False, **named: Any) -> Any:
        call = monitor.call(*about(request.method, str(request.url)))
        response: Any = None
        try:
            response = original(self, request, stream=True, **named)
            call.answered(response.status_code)
            if stream:
                _follow(response, call)
                return response
            response.read()
        except BaseException as error:
            call.end(type(error).__name__)
            if response is not None:
                response.close()
            raise
        _finish(response, call)
        return response

    return send


def _send_async(original: Callable[..., Any], monitor: Monitor) -> Callable[..., Any]:
    @wraps(original)
    async def send(self: Any, request: Any, *, stream: bool = False, **named: Any) -> Any:
        call = monitor.call(*about(request.method, str(request.url)))
        response: Any = None
        try:
            response = await original(self, request, stream=True, **named)
            call.answered(response.status_code)
            if stream:
                _follow_async(response, call)
                return response
            await response.aread()
        except BaseException as error:
            call.end(type(error).__name__)
            if response is not None:
                await response.aclose()
            raise
        _finish(response, call)
        return response

    return send


def _follow(response: Any, call: Call) -> None:
    """A streamed answer is done when it is closed, which its last byte does."""
    close = response.close

    def closing() -> None:
        close()
        _finish(response, call)

    response.close = closing


def _follow_async(response: Any, call: Call) -> None:
    close = response.aclose

    async def closing() -> None:
        await close()
        _finish(response, call)

    response.aclose = closing


def _finish(response: Any, call: Call) -> None:
    call.bytes = response.num_bytes_downloaded
    call.end()
