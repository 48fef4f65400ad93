"""The log of a pod, followed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from perfkit.client.ui.session import Stream
from perfkit.client.ui.text import TextPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from perfkit.client.ui.session import Session


class LogPage(TextPage):
    """Lines as they come. ``c`` goes to the next container, ``p`` to its run before the last restart and back."""

    hints: Sequence[tuple[str, str]] = (
        ("c", "container"),
        ("p", "previous"),
        ("s", "follow"),
        ("/", "search"),
        ("esc", "back"),
    )

    def __init__(
        self,
        session: Session,
        pod: tuple[str, str],
        whole: Mapping[str, Any],
        later: Callable[[Callable[[], object]], object],
    ) -> None:
        super().__init__("", follows=True)
        self._session = session
        self._pod = pod
        self._later = later
        self._containers = containers(whole)
        self._at, self._previous = 0, False
        self._stop: Callable[[], object] = lambda: None
        self._begin()

    def title(self) -> str:
        """``Logs(default/web-1:main)``, and whether its end is left behind."""
        return super().title() + ("" if self.follows else " not followed")

    def press(self, key: str) -> bool:
        """Another log, or as in any text."""
        match key:
            case "c":
                self._at = (self._at + 1) % len(self._containers)
            case "p":
                self._previous = not self._previous
            case _:
                return super().press(key)
        self._begin()
        return True

    def close(self) -> None:
        """Hear no more of it."""
        self._stop()

    def _begin(self) -> None:
        self._stop()
        self.replace("")
        self.follows = True
        namespace, name = self._pod
        stream = Stream(namespace, name, self._containers[self._at], self._previous)
        self.name = f"Logs({namespace}/{name}:{stream.container}{' before' if self._previous else ''})"
        self._current = stream
        self._stop = self._session.log(stream, partial(self._tell, stream))

    def _tell(self, stream: Stream, lines: Iterable[str]) -> None:
        """In another thread: lines have come."""
        lines = list(lines)
        self._later(lambda: self.add(lines) if stream is self._current else None)


def containers(whole: Mapping[str, Any]) -> list[str]:
    """Names of a pod's containers, the one that kubectl takes by default first; an empty one where none is named."""
    metadata, spec = whole.get("metadata") or {}, whole.get("spec") or {}
    lists = [spec.get(key) or [] for key in ("containers", "initContainers")]
    names = [str(each["name"]) for some in lists for each in some if isinstance(each, dict) and each.get("name")]
    default = (metadata.get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
    return sorted(names, key=lambda name: name != default) or [""]
