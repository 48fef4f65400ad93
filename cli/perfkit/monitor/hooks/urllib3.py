"""urllib3: by a class of connections of our own, which urllib3 lets one choose."""

from __future__ import annotations

import http.client
import threading
from typing import TYPE_CHECKING, Any, Final

from perfkit.monitor.hooks.patching import Patches
from perfkit.monitor.hooks.requests import about

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.monitor.calls import Call
    from perfkit.monitor.core import Monitor


class _Decoding(threading.local):
    """Requests of this thread whose answers are being decoded; None: nobody here tells when that is done."""

    calls: list[Call] | None = None


DECODING: Final = _Decoding()


def hook(monitor: Monitor) -> Callable[[], object]:
    """Watch all connections that are made from now on. Raises ImportError."""
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    patches = Patches()
    for pool in (HTTPConnectionPool, HTTPSConnectionPool):
        patches.set(pool, "ConnectionCls", _watched(pool.ConnectionCls, monitor))
    return patches.undo


def _watched(kind: Any, monitor: Monitor) -> Any:
    """A class of connections that times what goes over it."""

    class Connection(kind):  # type: ignore[misc]
        _perfkit_call: Call | None = None

        def request(self, method: str, url: str, *arguments: Any, **named: Any) -> None:
            self._perfkit_call = call = monitor.call(*about(method, self._perfkit_url(url)))
            try:
                super().request(method, url, *arguments, **named)
            except BaseException as error:
                call.end(type(error).__name__)
                raise

        def getresponse(self) -> Any:
            try:
                return super().getresponse()
            except BaseException as error:
                if self._perfkit_call is not None:
                    self._perfkit_call.end(type(error).__name__)
                raise

        def response_class(self, *arguments: Any, **named: Any) -> http.client.HTTPResponse:
            return _Response(self._perfkit_call, *arguments, **named)

        def _perfkit_url(self, url: str) -> str:
            return url if "://" in url else f"//{self.host}{url}"

    Connection.__name__ = kind.__name__
    return Connection


class _Response(http.client.HTTPResponse):
    """Tells when the headers have come, and when the last byte has: then it closes itself, or is closed."""

    def __init__(self, call: Call | None, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._asked = call
        self._coming: Call | None = None
        self._size = 0
        self._reading = False

    def begin(self) -> None:
        super().begin()
        self._coming = self._asked
        if self._coming is not None:
            self._coming.answered(self.status)

    def read(self, amt: int | None = None) -> bytes:
        self._reading = True
        try:
            part = super().read(amt)
        except BaseException as error:
            self._finish(type(error).__name__)
            raise
        finally:
            self._reading = False
        self._size += len(part)
        if self.isclosed():
            self._finish()
        return part

    def _close_conn(self) -> None:
        super()._close_conn()  # type: ignore[misc]
        if not self._reading:  # else what is being read is still to be counted
            self._finish()

    def _finish(self, error: str = "") -> None:
        call, self._coming = self._coming, None
        if call is None:  # it failed before its headers came, or is finished already
            return
        if error or DECODING.calls is None:
            call.bytes = self._size
            call.end(error)
        else:
            call.received(self._size)
            DECODING.calls.append(call)
