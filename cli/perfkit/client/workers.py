"""A bounded pool of threads, whose tasks can be cancelled down to the socket they wait on."""

from __future__ import annotations

import sys
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from perfkit.client.problems import CancelledError
from perfkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_T = TypeVar("_T")
_here: Final = threading.local()  # .task: what this thread works on


class Task(Generic[_T]):
    """One call on a pool. All of it is for any thread."""

    def __init__(self, function: Callable[..., _T], arguments: tuple[Any, ...]) -> None:
        self._function = function
        self._arguments = arguments
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._cancelled = threading.Event()
        self._interrupt: Callable[[], None] | None = None
        self._callbacks: list[Callable[[Task[_T]], object]] = []
        self._value: _T | None = None
        self._error: BaseException | None = None

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._done.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants it any more."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Interrupt it, whatever it waits for; it ends with CancelledError, unless it has ended."""
        with self._lock:
            self._cancelled.set()
            interrupt = self._interrupt
        if interrupt is not None:
            interrupt()

    def result(self, timeout: float | None = None) -> _T:
        """What it returned. Raises what it raised; TimeoutError if it has not ended by then."""
        if not self._done.wait(timeout):
            raise TimeoutError("the task has not ended yet")
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]

    def on_done(self, callback: Callable[[Task[_T]], object]) -> None:
        """Call this with the task when it has ended: in the worker's thread, or here and now if it has."""
        with self._lock:
            if not self._done.is_set():
                self._callbacks.append(callback)
                return
        callback(self)

    def pause(self, seconds: float) -> None:
        """Wait, unless it is cancelled. Raises CancelledError."""
        if self._cancelled.wait(seconds):
            raise CancelledError("cancelled")

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """In here, ``cancel`` calls ``interrupt``. Raises CancelledError where it was cancelled before."""
        with self._lock:
            if self._cancelled.is_set():
                raise CancelledError("cancelled")
            before, self._interrupt = self._interrupt, interrupt
        try:
            yield
        finally:
            with self._lock:
                self._interrupt = before

    def run(self) -> None:
        """Do it, in this thread."""
        _here.task = self
        try:
            if self.cancelled:
                raise CancelledError("cancelled")  # noqa: TRY301 - as whatever it calls would
            self._end(self._function(*self._arguments), None)
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
            self._end(None, error)
        finally:
            _here.task = None

    def _end(self, value: _T | None, error: BaseException | None) -> None:
        with self._lock:
            self._value, self._error = value, error
            self._done.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)


def current_task() -> Task[Any] | None:
    """The task that this thread works on; None outside a pool."""
    return getattr(_here, "task", None)


class Workers:
    """Up to ``size`` threads, started when they are wanted, all gone after ``close``."""

    def __init__(self, size: int, name: str) -> None:
        self._size, self._name = size, name
        self._waiting: deque[Task[Any]] = deque()
        self._running: set[Task[Any]] = set()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        """Tasks that wait or run."""
        return len(self._waiting) + len(self._running)

    @property
    def threads(self) -> int:
        """Threads that live."""
        return len(self._threads)

    def submit(self, function: Callable[..., _T], *arguments: Any) -> Task[_T]:
        """Do it as soon as a thread is free. Raises UsageError after ``close``."""
        task = Task(function, arguments)
        with self._changed:
            if self._closed:
                raise UsageError("the client is closed")
            self._waiting.append(task)
            if len(self._waiting) > self._idle and len(self._threads) < self._size:
                name = f"{self._name}-{len(self._threads)}"
                self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
                self._threads[-1].start()
            self._changed.notify()
        return task

    def close(self) -> None:
        """Cancel all tasks and wait for the threads to end (but not for the one that asks)."""
        with self._changed:
            self._closed = True
            tasks = [*self._waiting, *self._running]
            self._changed.notify_all()
        for task in tasks:
            task.cancel()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            try:
                task.run()
            except Exception:  # noqa: BLE001 - a callback's own; the pool lives on
                sys.excepthook(*sys.exc_info())
            with self._changed:
                self._running.discard(task)

    def _next(self) -> Task[Any] | None:
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._idle -= 1
            if not self._waiting:
                return None
            task = self._waiting.popleft()
            self._running.add(task)
            return task
