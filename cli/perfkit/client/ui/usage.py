"""What pods and nodes use, by metrics.k8s.io, and the columns that tell it, as k9s has them."""

from __future__ import annotations

import threading
import time
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from perfkit.client.problems import ApiError
from perfkit.client.quantity import Quantity
from perfkit.client.ui.listing import Column
from perfkit.errors import PerfkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from perfkit.client.ui.session import Ask, Scope

EVERY: Final = 15.0  # seconds between two questions, as often as metrics-server measures
SOON: Final = 1.0  # after which the first one is put: a start has more to do, and who scrolls past is not waiting
MOST: Final = 2_000  # objects that are asked for at once: each is some hundred bytes
SIGHTED: Final = 4  # namespaces of a large table that are asked about
KEPT: Final = 8  # further ones that are remembered
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

    A table of at most ``whole`` rows is asked for at once; of a larger one only the namespaces in sight, and none that
    is large itself: the API gives no pages. Where it is not served that is known after the first answer. Whatever else
    goes wrong is reported, once, and it is asked again.
    """

    def __init__(
        self,
        read: Callable[[str], bytes],
        ask: Ask,
        report: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
        whole: int = MOST,
    ) -> None:
        self._read, self._ask, self._report, self._clock = read, ask, report, clock
        self._whole = whole
        self._used: dict[str, Mapping[tuple[str, str], Used]] = {}  # by the namespace that was asked about; empty: all
        self._due: dict[str, float] = {}  # when it is asked about
        self._lock = threading.Lock()
        self._served = True
        self._reported = ""
        self.version = 0

    @property
    def known(self) -> bool:
        """Whether anything is."""
        return any(self._used.values())

    def look(self, total: int, seen: Iterable[str], count: Callable[[str], int]) -> None:
        """Ask, if it is time: there are ``total`` rows; those in sight are of the namespaces ``seen``."""
        if not self._served:
            return
        for namespace in [""] if total <= self._whole else sorted(seen)[:SIGHTED]:
            now = self._clock()
            if now < self._due.setdefault(namespace, now + SOON):
                continue
            self._due[namespace] = now + EVERY
            if total > MOST and count(namespace) > MOST:
                self._tell(f"more than {MOST} objects in {namespace or 'one table'}")
            else:
                self._begin(namespace)

    def of(self, row: Any) -> Used | None:
        """What the object of a row uses; None where that is not known."""
        used = self._used.get("") or self._used.get(row.namespace)
        return used.get((row.namespace, row.name)) if used else None

    def _begin(self, namespace: str) -> None:
        answered = partial(self._take, namespace)
        self._ask("read what is used", lambda: measured(self._read(namespace)), answered, self._miss)

    def _take(self, namespace: str, used: Mapping[tuple[str, str], Used]) -> None:
        """In another thread: there is an answer. What was asked about before others is forgotten."""
        with self._lock:
            kept = [(name, each) for name, each in self._used.items() if name and name != namespace]
            self._used = dict([*kept[-KEPT:], (namespace, used)] if namespace else [(namespace, used)])
            self._reported = ""
            self.version += 1

    def _miss(self, error: PerfkitError) -> None:
        """In another thread: there is none; what was known is of before."""
        with self._lock:
            self._used = {}
            self.version += 1
        if isinstance(error, ApiError) and error.absent:
            self._served = False
        else:
            self._tell(error.message)

    def _tell(self, why: str) -> None:
        if why != self._reported:
            self._reported = why
            self._report(f"what is used is not known: {why}")


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


def path(resource: str, scope: Scope, namespace: str) -> tuple[str, dict[str, str]]:
    """Where it is asked, and with which query; by fields nobody can ask there."""
    within = f"/namespaces/{scope.namespace or namespace}" if scope.namespace or namespace else ""
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
