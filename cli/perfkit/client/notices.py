"""Telling subscribers that something changed: not more often than they can draw it."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


class Change(msgspec.Struct, frozen=True):
    """So many changes came since the notice before; ``version`` is the cache's now."""

    count: int
    version: int


class _Subscriber:
    def __init__(self, topic: object, callback: Callable[[Change], object]) -> None:
        self.topic, self.callback = topic, callback
        self.count = self.version = 0
        self.due = 0.0  # not before


class Notices:
    """One thread of a client, started by the first subscriber, calls all of them: a slow one delays the others.

    A subscriber is told at once, and then at most once in ``span`` seconds, of all that came meanwhile.
    """

    def __init__(self, span: float) -> None:
        self._span = span
        self._subscribers: list[_Subscriber] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def subscribe(self, topic: object, callback: Callable[[Change], object]) -> Callable[[], None]:
        """Call this when something of the topic changes; what is returned ends that."""
        subscriber = _Subscriber(topic, callback)
        with self._changed:
            self._subscribers = [*self._subscribers, subscriber]
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="perfkit-views", daemon=True)
                self._thread.start()

        def unsubscribe() -> None:
            with self._changed:
                self._subscribers = [each for each in self._subscribers if each is not subscriber]

        return unsubscribe

    def tell(self, topic: object, count: int, version: int) -> None:
        """So many changes came."""
        if not self._subscribers:
            return
        with self._changed:
            told = [subscriber for subscriber in self._subscribers if subscriber.topic is topic]
            if not all(subscriber.count for subscriber in told):  # the thread waits for those that have changes already
                self._changed.notify()
            for subscriber in told:
                subscriber.count += count
                subscriber.version = version

    def close(self) -> None:
        """Tell nobody anything more, and wait for a callback under way (but not for the one that asks)."""
        with self._changed:
            self._closed = True
            self._subscribers = []
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def __len__(self) -> int:
        return len(self._subscribers)

    def _work(self) -> None:
        while (told := self._next()) is not None:
            subscriber, change = told
            try:
                subscriber.callback(change)
            except Exception:  # noqa: BLE001 - a subscriber's own; the others are told all the same
                sys.excepthook(*sys.exc_info())

    def _next(self) -> tuple[_Subscriber, Change] | None:
        with self._changed:
            while not self._closed:
                waiting = min(
                    (each for each in self._subscribers if each.count), key=lambda each: each.due, default=None
                )
                now = time.monotonic()
                if waiting is not None and waiting.due <= now:
                    change = Change(waiting.count, waiting.version)
                    waiting.count, waiting.due = 0, now + self._span
                    return waiting, change
                self._changed.wait(None if waiting is None else waiting.due - now)
            return None
