"""A profile as data: where a program spent its time, or who held its memory; the same for every tool and format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Unit = Literal["nanoseconds", "bytes", "count"]
Stack = tuple[int, ...]

FEW_SAMPLES: Final = 200  # below that, shares are off by several per cent
_INSTALLED: Final = re.compile(r".*(?:site|dist)-packages/(?=.)")
_STANDARD: Final = re.compile(r".*/lib(?:64)?/python[\d.]+/(?=.)|<frozen (?=.)|.*/python\d+\.zip/")
_LIBRARY: Final = re.compile(r"(?:.*/)?(\[?[\w+-]+(?:\.[\w+-]+)*?)\.so[\d.]*")


class ValueType(msgspec.Struct, frozen=True, gc=False):
    """What is measured of a stack, such as ``cpu`` in nanoseconds or ``inuse_space`` in bytes."""

    name: str
    unit: Unit


class Frame(msgspec.Struct, frozen=True, gc=False):
    """A function, and the line in it that is being executed; 0 and empty where a tool does not know."""

    function: str
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """The file as it is called wherever the program is installed: from its package on, else its last two parts."""
        for prefix in (_INSTALLED, _STANDARD):
            if match := prefix.match(self.file):
                return self.file[match.end() :].rstrip(">")
        return "/".join(self.file.split("/")[-2:]) if self.file.startswith("/") else self.file

    @property
    def package(self) -> str:
        """What it belongs to: a Go package, a top-level Python package, a shared library; empty: the program itself."""
        if self.file.endswith((".go", ".s")) or (not self.file and "." in self.function):
            return _go_package(self.function)
        if match := _LIBRARY.fullmatch(self.file):
            return match[1]
        if _INSTALLED.match(self.file) or self.standard or not self.file.startswith(("/", "<")):
            return _python_package(self)
        return ""

    @property
    def standard(self) -> bool:
        """Whether it is of a language's own runtime or library."""
        if self.file.endswith((".go", ".s")):
            return "." not in _go_package(self.function).partition("/")[0] and _go_package(self.function) != "main"
        return not _INSTALLED.match(self.file) and _STANDARD.match(self.file) is not None


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Stacks and what was measured of each.

    ``stacks``: places in ``frames``, outermost first → a value of each of ``values``. ``samples``: how many looks it is
    made of; 0: not known, or it was not sampled. ``shown``: the name of the value that matters most.
    """

    values: tuple[ValueType, ...]
    frames: tuple[Frame, ...]
    stacks: dict[Stack, tuple[int, ...]]
    shown: str
    samples: int = 0
    doubts: tuple[str, ...] = ()

    def index(self, name: str = "") -> int:
        """The place among ``values`` of the one named, else of the one that matters most. Raises KeyError."""
        wanted = name or self.shown
        for place, value in enumerate(self.values):
            if value.name == wanted:
                return place
        raise KeyError(wanted)

    def weights(self, name: str = "") -> dict[Stack, int]:
        """Stack → one of its values, those that are not 0. Raises KeyError."""
        place = self.index(name)
        return {stack: values[place] for stack, values in self.stacks.items() if values[place]}


class ProfileBuilder:
    """Adds up stacks as a reader finds them."""

    def __init__(self, values: Sequence[ValueType]) -> None:
        self.values = tuple(values)
        self._frames: dict[Frame, int] = {}
        self._stacks: dict[Stack, tuple[int, ...]] = {}

    def frame(self, frame: Frame) -> int:
        """The number of a frame."""
        return self._frames.setdefault(frame, len(self._frames))

    def add(self, stack: Iterable[Frame], *values: int) -> None:
        """Add a stack, outermost first, with a value of each type."""
        self.add_numbers(tuple(map(self.frame, stack)), values)

    def add_numbers(self, stack: Stack, values: tuple[int, ...]) -> None:
        """Add a stack of frames' numbers."""
        before = self._stacks.get(stack)
        self._stacks[stack] = values if before is None else tuple(map(int.__add__, before, values))

    def profile(self, *, shown: str = "", samples: int = 0, doubts: Sequence[str] = ()) -> Profile:
        """All that was added; ``shown`` is the last type where nothing else is said."""
        return Profile(
            values=self.values,
            frames=tuple(self._frames),
            stacks=self._stacks,
            shown=shown or self.values[-1].name,
            samples=samples,
            doubts=tuple(doubts),
        )


def _go_package(function: str) -> str:
    """``k8s.io/client-go/rest`` of ``k8s.io/client-go/rest.(*Request).Do``."""
    path, slash, rest = function.partition("[")[0].rpartition("/")
    return f"{path}{slash}{rest.partition('.')[0]}"


def _python_package(frame: Frame) -> str:
    first, slash, _ = frame.place.partition("/")
    if slash:
        return first
    return first.removesuffix(".py").partition(".")[0] if frame.standard or _INSTALLED.match(frame.file) else ""
