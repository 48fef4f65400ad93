"""kopf: each call of a handler is an operation; its requests go by aiohttp."""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from perfkit.monitor.hooks import aiohttp
from perfkit.monitor.hooks.patching import Patches

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.monitor.core import Monitor


def hook(monitor: Monitor) -> Callable[[], object]:
    """Watch all operators in this process. Raises ImportError."""
    from kopf._core.actions import invocation

    undo_requests = aiohttp.hook(monitor)
    original = invocation.invoke

    @wraps(original)
    async def invoke(fn: Any, **named: Any) -> Any:
        with monitor.operation(f"kopf {_name(fn)}", **_about(named.get("kwargsrc"))):
            return await original(fn, **named)

    patches = Patches()
    patches.set(invocation, "invoke", invoke)

    def undo() -> None:
        patches.undo()
        undo_requests()

    return undo


def _name(fn: Any) -> str:
    while isinstance(fn, partial):
        fn = fn.func
    return str(getattr(fn, "__qualname__", type(fn).__qualname__))


def _about(cause: Any) -> dict[str, object]:
    """The object that a handler is called for."""
    body = getattr(cause, "body", None) or {}
    metadata = body.get("metadata", {})
    known = {"kind": body.get("kind"), "namespace": metadata.get("namespace"), "name": metadata.get("name")}
    return {key: value for key, value in known.items() if value}
