"""The same target from another place: in a work tree of another commit, or moved, so that its layout is another.

Where a program lies and how large its environment is shift stack and heap, and that alone can change times by several
per cent (Mytkowicz et al., ASPLOS 2009). A regression that is gone when the head is moved was one of layout.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    import random

    from perfkit.model.scenario import TargetSpec

PADDING: Final = "PERFKIT_PADDING"  # the variable that makes an environment larger
MOST_PADDING: Final = 4096  # bytes: a page, after which the layout of a stack repeats
DEEPEST: Final = 5  # folders between the temporary folder and what is moved


def transplanted(spec: TargetSpec, top: Path, tree: Path) -> TargetSpec:
    """The target with every path below ``top`` (a repository) replaced by its like below ``tree`` (a work tree)."""
    return msgspec.structs.replace(
        spec,
        command=tuple(_swap(word, top, tree) for word in spec.command),
        environment={name: _swap(value, top, tree) for name, value in spec.environment.items()},
        folder=_swap(str(_folder(spec)), top, tree),
    )


def files(spec: TargetSpec) -> list[Path]:
    """The files that a command names."""
    own = _folder(spec)
    return [own / word for word in spec.command if _is_path(own, word)]


def missing(spec: TargetSpec, other: TargetSpec) -> list[Path]:
    """What a transplanted target lacks of that which the original has: its folder, or a file that its command names."""
    if not _folder(other).is_dir():
        return [_folder(other)]
    pairs = zip(spec.command, other.command, strict=True)
    twins = [_folder(other) / twin for word, twin in pairs if _is_path(_folder(spec), word)]
    return [path for path in twins if not path.exists()]


def padded(spec: TargetSpec, chance: random.Random) -> TargetSpec:
    """With a larger environment: by a variable of random length that nobody reads."""
    padding = "x" * chance.randrange(1, MOST_PADDING)
    return msgspec.structs.replace(spec, environment={**spec.environment, PADDING: padding})


def moved(spec: TargetSpec, folder: Path, chance: random.Random) -> TargetSpec:
    """Padded, and its files named by paths of another length and depth: links below ``folder`` to where they lie.

    A link stands for the whole repository that a file lies in, else for the folder around it, ``bin`` and its like
    included, so that what a program looks for beside itself is found. What is directly below ``/`` stays where it is.
    """
    own = _folder(spec)
    swaps = {path: _linked(path, folder, chance) for path in dict.fromkeys(files(spec))}
    command = tuple(str(swaps.get(own / word, word)) if _is_path(own, word) else word for word in spec.command)
    return msgspec.structs.replace(padded(spec, chance), command=command)


def _folder(spec: TargetSpec) -> Path:
    return Path(spec.folder) if spec.folder else Path.cwd()


def _is_path(own: Path, word: str) -> bool:
    """Whether a word names a file by a path or a name with a suffix: ``pods`` stays a word, whatever lies there."""
    try:
        return ("/" in word or "." in word) and (own / word).is_file()
    except OSError:  # longer than a name may be
        return False


def _linked(path: Path, folder: Path, chance: random.Random) -> Path:
    around = _around(path)
    if around == Path("/"):
        return path
    names = ["d" * chance.randrange(1, 32) for _ in range(chance.randrange(1, DEEPEST))]
    place = folder.joinpath(*names)
    place.mkdir(parents=True, exist_ok=True)
    number = sum(1 for _ in place.iterdir())
    link = place / f"{number}-{around.name}"
    link.symlink_to(around, target_is_directory=True)
    return link / path.relative_to(around)


def _around(path: Path) -> Path:
    repository = next((folder for folder in path.parents if (folder / ".git").exists()), None)
    if repository is not None:
        return repository
    return path.parent.parent if path.parent.name in {"bin", "sbin"} else path.parent


def _swap(text: str, top: Path, tree: Path) -> str:
    """Whole paths only: ``/repo`` is not the beginning of ``/repository``."""
    return re.sub(rf"(?<![\w.-]){re.escape(str(top))}(?=[/:]|$)", lambda _: str(tree), text)
