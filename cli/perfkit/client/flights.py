"""Single flight: of identical questions at one time one is asked, and all get its answer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_T = TypeVar("_T")


class _Flight(Generic[_T]):
    def __init__(self) -> None:
        self.landed = threading.Event()
        self.value: _T | None = None
        self.error: Exception | None = None


class Flights(Generic[_T]):
    """Questions under way, by key."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[_T]] = {}
        self._lock = threading.Lock()
        self.shared = 0  # answers that cost no request

    def do(self, key: Hashable, ask: Callable[[], _T], forgivable: type[Exception]) -> _T:
        """Ask, or wait for whoever asks the same just now, and raise what that raised.

        But what is ``forgivable`` (whoever asked was cancelled) is not passed on: then this one asks.
        """
        while True:
            with self._lock:
                flight = self._flights.get(key)
                if flight is None:
                    flight = self._flights[key] = _Flight()
                    break
            flight.landed.wait()
            if flight.error is None:
                self.shared += 1
                return flight.value  # type: ignore[return-value]
            if not isinstance(flight.error, forgivable):
                raise flight.error
        return self._fly(key, flight, ask)

    def _fly(self, key: Hashable, flight: _Flight[_T], ask: Callable[[], _T]) -> _T:
        try:
            flight.value = ask()
        except Exception as error:
            flight.error = error
            raise
        else:
            return flight.value
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()
