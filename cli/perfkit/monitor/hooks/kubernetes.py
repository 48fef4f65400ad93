"""The official client: its requests by urllib3, and what decoding their answers takes."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from perfkit.monitor.hooks import urllib3
from perfkit.monitor.hooks.patching import Patches

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.monitor.core import Monitor

# What has decoded the answer when it returns: of client 37 and later, and before.
_DECODING_METHODS: Final = ("_call_with_legacy_options", "call_api")


def hook(monitor: Monitor) -> Callable[[], object]:
    """Watch all clients. Raises ImportError."""
    from kubernetes.client import ApiClient

    name = next(each for each in _DECODING_METHODS if hasattr(ApiClient, each))
    original = getattr(ApiClient, name)

    @wraps(original)
    def decoding(*arguments: Any, **named: Any) -> Any:
        outer, urllib3.DECODING.calls = urllib3.DECODING.calls, []
        try:
            return original(*arguments, **named)
        finally:
            for call in urllib3.DECODING.calls or ():
                call.end()
            urllib3.DECODING.calls = outer

    undo_requests = urllib3.hook(monitor)
    patches = Patches()
    patches.set(ApiClient, name, decoding)

    def undo() -> None:
        patches.undo()
        undo_requests()

    return undo
