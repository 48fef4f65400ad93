"""Requests of one client: limited in rate, coalesced, over kept connections, patient with a busy server."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from perfkit.client.backoff import Backoff
from perfkit.client.flights import Flights
from perfkit.client.limiter import Limiter
from perfkit.client.problems import ApiError, CancelledError, ConnectionLostError, LoginError
from perfkit.client.workers import current_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from perfkit.client.api import Api
    from perfkit.client.connection import Connection
    from perfkit.client.meters import Meters

_IDLE: Final = 60.0  # seconds; a connection that was not used for so long is closed rather than trusted


class Response(NamedTuple):
    """A body, and the ETag that stands for it (empty: none)."""

    body: bytes
    etag: str


class Requests:
    """For any thread; in a task of the pool a request ends when the task is cancelled."""

    def __init__(self, api: Api, meters: Meters) -> None:
        options = self.options = api.options
        self._api = api
        self.meters = meters
        self.limiter = Limiter(options.rate, options.burst, options.verb_rates)
        self.flights: Flights[Response] = Flights()
        self._idle: list[tuple[float, Connection]] = []
        self._open: set[Connection] = set()
        self._closed = threading.Event()
        self._lock = threading.Lock()

    @property
    def connections(self) -> int:
        """Connections that are open or kept."""
        return len(self._idle) + len(self._open)

    def get(
        self, path: str, query: Mapping[str, str], *, of: tuple[str, str], headers: Mapping[str, str] | None = None
    ) -> Response:
        """One GET; ``of``: verb and resource, as they are counted.

        Raises:
            ApiError, ConnectionLostError, CancelledError: it has no answer.
        """

        def ask() -> Response:
            return self._patiently(lambda: self._once(path, query, of, headers or {}), of[0])

        if not self._api.options.single_flight:
            return ask()
        key = (path, tuple(sorted(query.items())), tuple(sorted((headers or {}).items())))
        return self.flights.do(key, ask, CancelledError)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection of the pool, for streams and whatever reads page by page; it ends with the task or client."""
        connection = self._take()
        task = current_task()
        try:
            if task is None:
                yield connection
            else:
                with task.interruptible(connection.cancel):
                    yield connection
        except BaseException:
            self._drop(connection)
            raise
        self._give(connection)

    def wait_turn(self, verb: str) -> None:
        """Wait for the right to send one request. Raises CancelledError."""
        wait = self.limiter.take(verb)
        self.meters.limiter("requests").add(round(wait * 1e9))
        if wait:
            self._pause(wait)

    def close(self) -> None:
        """End all requests and connections."""
        self._closed.set()
        with self._lock:
            for connection in self._open:
                connection.cancel()
        self._forget_idle()

    def _forget_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _patiently(self, ask: Callable[[], Response], verb: str) -> Response:
        """Again after as long as a busy server says, and with a new connection where a kept one was closed."""
        options = self._api.options
        backoff = Backoff(options.backoff_first, options.backoff_longest)
        for left in range(options.retries, -1, -1):
            self.wait_turn(verb)
            try:
                return ask()
            except ApiError as error:
                if not (error.busy and left):
                    raise
                self._pause(backoff.next() if error.retry_after is None else error.retry_after)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, path: str, query: Mapping[str, str], of: tuple[str, str], headers: Mapping[str, str]) -> Response:
        try:
            return self._sent(path, query, of, headers)
        except _StaleError:
            self._forget_idle()
            return self._sent(path, query, of, headers)

    def _sent(self, path: str, query: Mapping[str, str], of: tuple[str, str], headers: Mapping[str, str]) -> Response:
        with self.meters.call(*of) as call, self.connection() as connection:
            kept = connection.used
            try:
                body = connection.read(path, query, headers, call.answered)
            except ConnectionLostError as error:
                if kept and not isinstance(error, LoginError):
                    raise _StaleError(error.message, error.advice) from error
                raise
            call.received(len(body))
            return Response(body, connection.etag)

    def _take(self) -> Connection:
        limit = time.monotonic() - _IDLE
        with self._lock:
            if self._closed.is_set():
                raise CancelledError("the client is closed")
            while self._idle:
                used, connection = self._idle.pop()
                if used > limit:
                    break
                connection.close()
            else:
                connection = self._api.connect()
            self._open.add(connection)
            return connection

    def _give(self, connection: Connection) -> None:
        options = self._api.options
        with self._lock:
            self._open.discard(connection)
            keep = options.keep_alive and len(self._idle) < options.workers and not self._closed.is_set()
            if keep:
                self._idle.append((time.monotonic(), connection))
        if not keep:
            connection.close()

    def _drop(self, connection: Connection) -> None:
        with self._lock:
            self._open.discard(connection)
        connection.close()

    def _pause(self, seconds: float) -> None:
        task = current_task()
        if task is not None:
            task.pause(seconds)
        elif self._closed.wait(seconds):
            raise CancelledError("the client is closed")


class _StaleError(ConnectionLostError):
    """A kept connection was of no use any more: the server had closed it."""
