"""Git refs where a result is asked for: ``perfkit compare v1.2 HEAD`` means the labels recorded at those commits."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - msgspec reads annotations at run time
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit import bundled
from perfkit.errors import ResultError
from perfkit.storage import journal, labels
from perfkit.storage.commits import commits, whole_name

if TYPE_CHECKING:
    from collections.abc import Mapping

NEAREST: Final = 3  # labels told where a commit has none
DIRTY: Final = "-dirty"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The folder of the label that stands for a ref, and what to say of the choice."""

    folder: Path
    remark: str


def find(ref: str) -> Found | None:
    """The newest label of the commit that a ref names; None where git knows no such ref.

    A label belongs to a commit by its name (the default ones hold it, and one may be called like a tag), else by what
    its result says. One that was recorded with files that differ from the commit stands for it only where there is no
    other, and the second run of a check never does.

    Raises:
        ResultError: git knows the commit, but no label is of it.
    """
    root = bundled.project_root()
    commit = whole_name(root, ref)
    if not commit:
        return None
    stored = {
        each.label: each for each in reversed(labels.labels()) if not each.label.endswith(labels.CONFIRMATION)
    }  # local before baselines
    heads = {label: _head(each) for label, each in stored.items()}
    names = commits(root, {label: head.commit for label, head in heads.items()})
    own = [label for label, known in names.items() if known.name == commit]
    if not own:
        known = commits(root, {commit: ""}).get(commit)  # one that no branch leads to has no place
        here = known.place if known else 0
        near = sorted(names, key=lambda label: (abs(names[label].place - here), label))[:NEAREST]
        raise ResultError(
            f"no result of {ref}, commit {commit[:9]}",
            f"labels near it: {', '.join(near)}"
            if near
            else "no label names a commit; perfkit list shows what there is",
        )
    chosen = max(own, key=lambda label: (not _differs(label, heads), heads[label].created, label))
    several = f", the newest of {len(own)}" if len(own) > 1 else ""
    differs = ", recorded with files that differ from the commit" if _differs(chosen, heads) else ""
    remark = f"{ref} is commit {commit[:9]}: label {chosen}{several}{differs}"
    return Found(folder=stored[chosen].folder, remark=remark)


class _Head(msgspec.Struct, frozen=True):
    """What a result or journal says of itself first."""

    created: str = ""
    commit: str = ""


def _differs(label: str, heads: Mapping[str, _Head]) -> bool:
    """Whether files differed from the commit when the label was recorded."""
    return DIRTY in label or heads[label].commit.endswith(DIRTY)


def _head(stored: labels.Stored) -> _Head:
    """When, UTC, and at which commit; what cannot be read is told when it is loaded, and is the oldest until then."""
    path = labels.result_path(stored.folder, stored.scenarios[0]) if stored.scenarios else stored.folder / journal.NAME
    try:
        return msgspec.json.decode(path.read_bytes().split(b"\n{")[0], type=_Head)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return _Head()
