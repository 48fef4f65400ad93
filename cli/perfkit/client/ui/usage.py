"""What pods and nodes use, by metrics.k8s.io, and the columns that tell it, as k9s has them."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from perfkit.client.problems import ApiError
from perfkit.client.quantity import Quantity
from perfkit.client.ui.listing import Column
from perfkit.errors import PerfkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfkit.client.ui.session import Ask, Scope

EVERY: Final = 15.0  # seconds between two questions, as often as metrics-server measures
ABSENT: Final = "n/a"
GROUP: Final = "/apis/metrics.k8s.io/v1beta1"
METERED: Final = ("pods", "nodes")
MEBI: Final = 1 << 20


class Used(NamedTuple):
    """Thousandths of a core, and bytes."""

    cpu: int
    memory: int


class Usage:
    """What the objects of one table use: asked for in the background while somebody looks.

    Where the API is not served that is known after the first answer. Whatever else goes wrong is reported, once, and
    it is asked again.
    """

    def __init__(
        self,
        read: Callable[[], bytes],
        ask: Ask,
        report: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read, self._ask, self._report, self._clock = read, ask, report, clock
        self._used: Mapping[tuple[str, str], Used] = {}
        self._due = -EVERY  # when it is asked
        self._served = True
        self._reported = ""
        self.version = 0

    @property
    def known(self) -> bool:
        """Whether anything is."""
        return bool(self._used)

    def look(self) -> None:
        """Ask, if it is time."""
        now = self._clock()
        if self._served and now >= self._due:
            self._due = now + EVERY
            self._ask("read what is used", lambda: measured(self._read()), self._take, self._miss)

    def of(self, row: Any) -> Used | None:
        """What the object of a row uses; None where that is not known."""
        return self._used.get((row.namespace, row.name))

    def _take(self, used: Mapping[tuple[str, str], Used]) -> None:
        """In another thread: there is an answer."""
        self._used, self._reported = used, ""
        self.version += 1

    def _miss(self, error: PerfkitError) -> None:
        """In another thread: there is none; what was known is of before."""
        if self._used:
            self._used = {}
            self.version += 1
        if isinstance(error, ApiError) and error.absent:
            self._served = False
        elif error.message != self._reported:
            self._reported = error.message
            self._report(f"what is used is not known: {error.message}")


class _Amounts(msgspec.Struct, gc=False, frozen=True):
    cpu: str = "0"
    memory: str = "0"


class _Container(msgspec.Struct, gc=False):
    usage: _Amounts = _Amounts()


class _Metadata(msgspec.Struct, gc=False):
    name: str
    namespace: str = ""


class _Item(msgspec.Struct):
    metadata: _Metadata
    usage: _Amounts | None = None
    containers: list[_Container] = []


class _List(msgspec.Struct):
    items: list[_Item] = []


_decode = msgspec.json.Decoder(_List).decode


def measured(body: bytes) -> dict[tuple[str, str], Used]:
    """By namespace and name. Raises PerfkitError: it is no list of metrics."""
    try:
        items = _decode(body).items
    except msgspec.MsgspecError as error:
        raise PerfkitError(f"metrics.k8s.io: {error}") from None
    return {(item.metadata.namespace, item.metadata.name): _used(item) for item in items}


def _used(item: _Item) -> Used:
    amounts = [item.usage] if item.usage else [container.usage for container in item.containers]
    nanos = sum(Quantity.of(each.cpu).nanos for each in amounts)
    return Used(Quantity(nanos).milli, sum(Quantity.of(each.memory).whole for each in amounts))


def path(resource: str, scope: Scope) -> tuple[str, dict[str, str]]:
    """Where it is asked, and with which query. A node's pods cannot be asked for by node: all are."""
    within = f"/namespaces/{scope.namespace}" if scope.namespace else ""
    return f"{GROUP}{within}/{resource}", {"labelSelector": scope.labels} if scope.labels else {}


# ---- columns


def columns(resource: str, usage: Usage) -> list[Column]:
    """Those of a table of pods or nodes; not seen before anything is known."""
    if resource == "pods":
        return [*_pod_columns("CPU", 0, "CX", usage), *_pod_columns("MEM", 1, "MZ", usage)]
    return [*_node_columns("CPU", 0, "CX", usage), *_node_columns("MEM", 1, "MZ", usage)]


def _pod_columns(title: str, at: int, letters: str, usage: Usage) -> list[Column]:
    """What it uses, and that of what it requests and may have at most."""
    return [
        _amount(title, at, letters[0], usage),
        _share(f"%{title}/R", at, letters[1], usage, lambda row: asked(row.asked)[at]),
        _share(f"%{title}/L", at, "", usage, lambda row: asked(row.asked)[2 + at]),
    ]


def _node_columns(title: str, at: int, letters: str, usage: Usage) -> list[Column]:
    """What it uses, and that of what pods may have."""
    field = ("cpu", "memory")[at]
    return [
        _amount(title, at, letters[0], usage),
        _share(f"%{title}", at, letters[1], usage, lambda row: allocatable(getattr(row, field), at)),
    ]


def _amount(title: str, at: int, letter: str, usage: Usage) -> Column:
    def value(row: Any) -> int:
        used = usage.of(row)
        return -1 if used is None else used[at] // (MEBI if at else 1)

    return _column(title, letter, usage, value)


def _share(title: str, at: int, letter: str, usage: Usage, whole: Callable[[Any], int]) -> Column:
    def value(row: Any) -> int:
        used, most = usage.of(row), whole(row)
        return -1 if used is None or not most else used[at] * 100 // most

    return _column(title, letter, usage, value)


def _column(title: str, letter: str, usage: Usage, value: Callable[[Any], int]) -> Column:
    """Its numbers, the largest first; -1 is not known."""
    return Column(
        title,
        lambda row: str(number) if (number := value(row)) >= 0 else ABSENT,
        letter,
        lambda row: -value(row),
        volatile=True,
        shown=lambda: usage.known,
        least=5,
        number=True,
    )


@lru_cache(maxsize=4096)
def asked(text: str) -> tuple[int, int, int, int]:
    """Of a pod's row: CPU and memory requested, and at most."""
    cpu, memory, most_cpu, most_memory = map(int, text.split()) if text else (0, 0, 0, 0)
    return cpu, memory, most_cpu, most_memory


@lru_cache(maxsize=1024)
def allocatable(text: str, at: int) -> int:
    """Thousandths of a core, or bytes."""
    quantity = Quantity.of(text)
    return quantity.whole if at else quantity.milli
