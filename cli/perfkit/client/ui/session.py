"""What the screens want of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from perfkit.client.resources import Resource
    from perfkit.client.ui.table import Source
    from perfkit.errors import PerfkitError
    from perfkit.model.readings import Readings

T = TypeVar("T")


class Scope(msgspec.Struct, frozen=True):
    """Which objects of a resource; ``labels`` and ``fields`` are selectors as kubectl's."""

    namespace: str = ""
    labels: str = ""
    fields: str = ""

    def __str__(self) -> str:
        return ",".join(each for each in (self.labels, self.fields) if each)


TAIL: Final = -1
HEAD: Final = 0


class Stream(msgspec.Struct, frozen=True):
    """Which log of a pod: of a container, and of its run now or the one before.

    ``since``: of the last seconds; or TAIL, the last ``tail`` lines and what follows; or HEAD, its beginning alone.
    """

    namespace: str
    pod: str
    container: str
    previous: bool = False
    timestamps: bool = False
    since: int = TAIL
    tail: int = 500


class Ask(Protocol):
    """To ask something in another thread, where ``answered`` or ``failed`` is called when it is over."""

    def __call__(
        self,
        what: str,
        question: Callable[[], T],
        answered: Callable[[T], object],
        failed: Callable[[PerfkitError], object],
    ) -> None:
        """``what`` names it for the monitor."""


class Related(Protocol):
    """Objects beside the one that is looked at. Questions may wait, and fail with PerfkitError."""

    def items(self, path: str, *, labels: str = "", fields: str = "") -> Iterator[dict[str, Any]]:
        """Those of a collection that the selectors choose, page by page."""

    def item(self, path: str) -> dict[str, Any]:
        """One object."""


class Session(Related, Protocol):
    """One context of a kubeconfig. What may wait for the cluster is asked through ``ask``."""

    context: str
    server: str

    def hear(self, report: Callable[[str], object]) -> None:
        """Tell this, in whatever thread, a line of whatever goes wrong in the background."""

    @property
    def ask(self) -> Ask:
        """Asks whatever may wait."""

    def open(self, resource: str, scope: Scope) -> Source:
        """The rows of a resource, by any of its names; may wait. Raises PerfkitError."""

    def release(self, source: Source) -> None:
        """Nobody looks at these rows any more."""

    def names(self) -> Sequence[str]:
        """Names of resources, as far as they are known by now."""

    def resources(self) -> Sequence[Resource]:
        """All resources; may wait. Raises PerfkitError."""

    def namespaces(self) -> Sequence[str]:
        """Names of namespaces; may wait. Raises PerfkitError."""

    def whole(self, source: Source, row: Any) -> dict[str, Any]:
        """The object of a row; may wait. Raises PerfkitError."""

    def log(self, stream: Stream, tell: Callable[[Iterable[str]], object]) -> Callable[[], object]:
        """Follow a log; ``tell`` is called in another thread. What is returned ends it."""

    def readings(self) -> Readings:
        """How this program does."""

    def painting(self) -> AbstractContextManager[object]:
        """In here the screen is painted: whose the CPU time is."""

    def close(self) -> None:
        """End all that was begun."""
