"""A git repository: which commit a version is compared with, and a work tree of that commit, built."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import TargetError, UsageError
from perfkit.targets.claims import abandoned, claimed_folder, remove_tree
from perfkit.targets.tools import deferred_signals, run_tool

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKTREE: Final = "worktree"  # kind of a claimed folder
LAST_LINES: Final = 8  # of a failed build
DEFAULT_BRANCHES: Final = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
_HOOKS: Final = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}  # git sets these for hooks; they would outdo -C
_TIMEOUT: Final = 120.0  # seconds for one git command; checking out a large tree takes some


class Commit(msgspec.Struct, frozen=True):
    """A commit, and how a person named it."""

    id: str
    named: str

    @property
    def short(self) -> str:
        """Seven letters, as git shows it."""
        return self.id[:7]


class Ancestor(msgspec.Struct, frozen=True, kw_only=True):
    """A commit of a line of development; ``parents`` are the places of those of its parents that belong to it too."""

    id: str
    parents: tuple[int, ...]
    first_parent: str  # its commit; empty: it has none
    author: str
    date: str
    subject: str

    @property
    def short(self) -> str:
        """Seven letters, as git shows it."""
        return self.id[:7]


class Repository(msgspec.Struct, frozen=True):
    """A work tree that a person works in; ``top`` is its root."""

    top: Path

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """The repository that ``folder`` lies in. Raises UsageError: there is none, or no git."""
        try:
            done = _run(folder, "rev-parse", "--show-toplevel")
        except FileNotFoundError:
            raise UsageError(
                "git: no such program on PATH", "install it, or give both targets: -t base=… -t head=…"
            ) from None
        if done.returncode:
            advice = "give both targets: -t base=… -t head=…, or --baseline LABEL"
            raise UsageError(f"{folder}: not in a git repository: {_complaint(done)}", advice)
        return cls(Path(done.stdout.strip()))

    def commit(self, ref: str, option: str = "--against") -> Commit:
        """The commit that a ref names, as written after ``option``. Raises UsageError."""
        found = self._ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if not found:
            raise UsageError(f"{option} {ref}: no such commit in {self.top}", "a shallow clone? git fetch --unshallow")
        return Commit(found, ref)

    def default_base(self) -> Commit:
        """Where the work at hand left the default branch; on that branch itself the commit before.

        In a pull request's job GITHUB_BASE_REF or CI_MERGE_REQUEST_TARGET_BRANCH_NAME tells the branch.
        Raises UsageError: no default branch, or nothing in common with it.
        """
        branch = self._default_branch()
        base = self._ask("merge-base", "HEAD", branch)
        if not base:
            raise UsageError(
                f"HEAD and {branch} have no commit in common here",
                "a shallow clone? fetch it whole (actions/checkout: fetch-depth: 0), or name one with --against REF",
            )
        if base == self._ask("rev-parse", "HEAD") and not self._changed():
            return self._before()
        return Commit(base, f"merge base with {branch}")

    def _before(self) -> Commit:
        before = self._ask("rev-parse", "--verify", "--quiet", "HEAD~1")
        if not before:
            raise UsageError(
                f"{self.top}: there is no commit before HEAD here to compare it with",
                "a shallow clone? fetch it whole (actions/checkout: fetch-depth: 0), or name one with --against REF",
            )
        return Commit(before, "HEAD~1")

    def head(self) -> str:
        """What is measured as head: the short commit, ``-dirty`` where files differ from it."""
        return self._ask("rev-parse", "--short=7", "HEAD") + ("-dirty" if self._changed() else "")

    def branch_name(self) -> str:
        """The default branch without its remote; where there is none, the branch at hand, or nothing."""
        try:
            return self._ask("rev-parse", "--abbrev-ref", self._default_branch()).removeprefix("origin/")
        except UsageError:
            return self._ask("symbolic-ref", "--short", "HEAD")

    def remote(self) -> str:
        """Where ``origin`` lies, or nothing."""
        return self._ask("remote", "get-url", "origin")

    def lineage(self, good: Commit, bad: Commit, *, first_parent: bool = False) -> tuple[Ancestor, ...]:
        """The commits reachable from ``bad`` and not from ``good``, parents first; ``bad`` itself is the last.

        ``first_parent``: merges as one commit each, without what they brought in.
        Raises UsageError: ``bad`` does not descend from ``good``, or is no other commit.
        """
        if self._ask("merge-base", "--all", good.id, bad.id) != good.id:
            fork = self._ask("merge-base", good.id, bad.id)
            advice = f"they part at {fork[:7]}: is that good?" if fork else "a shallow clone? git fetch --unshallow"
            raise UsageError(f"{bad.named} ({bad.short}) does not descend from {good.named} ({good.short})", advice)
        if good.id == bad.id:
            raise UsageError(f"{good.named} and {bad.named} are one commit, {good.short}: nothing lies between")
        command = ("-c", "log.showSignature=false", "log", "--topo-order", "--reverse", "--date=iso")
        form = "--format=%H%x00%P%x00%an <%ae>%x00%ad%x00%s"  # no subject holds a NUL
        found = self._ask(*command, form, *(["--first-parent"] if first_parent else []), f"{good.id}..{bad.id}")
        return _ancestors([line.split("\0") for line in found.split("\n")])

    def _default_branch(self) -> str:
        asked = os.environ.get("GITHUB_BASE_REF") or os.environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
        for name in (*([f"origin/{asked}"] if asked else []), *DEFAULT_BRANCHES):
            if self._ask("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"):
                return name
        raise UsageError(
            f"{self.top}: no default branch (tried {', '.join(DEFAULT_BRANCHES)})", "name one: --against REF"
        )

    def _changed(self) -> bool:
        return bool(self._ask("status", "--porcelain", "--untracked-files=no"))

    def _ask(self, *words: str) -> str:
        """What git prints, or nothing where it fails."""
        done = _run(self.top, *words)
        return done.stdout.strip() if done.returncode == 0 else ""


def _ancestors(lines: list[list[str]]) -> tuple[Ancestor, ...]:
    places = {fields[0]: place for place, fields in enumerate(lines)}
    return tuple(
        Ancestor(
            id=name,
            parents=tuple(places[parent] for parent in parents.split() if parent in places),
            first_parent=parents.partition(" ")[0],
            author=author,
            date=date,
            subject=subject,
        )
        for name, parents, author, date, subject in lines
    )


@contextlib.contextmanager
def work_tree(repository: Repository, commit: Commit) -> Iterator[Path]:
    """A folder with the files of ``commit``; removed afterwards, whatever happened, and so are those of dead runs.

    Raises:
        UsageError: git refuses.
    """
    for folder in abandoned(WORKTREE):
        forget(repository, folder / "tree")
        remove_tree(folder)
    with claimed_folder(WORKTREE) as folder:
        tree = folder.resolve() / "tree"
        try:
            _add(repository, commit, tree)
            yield tree
        finally:
            forget(repository, tree)


def lasting_work_tree(repository: Repository, commit: Commit, tree: Path) -> Path:
    """The same in a folder of one's own, to stay there; one that is there already is taken as it is.

    Raises:
        UsageError: git refuses.
    """
    if not (tree / ".git").exists():
        _add(repository, commit, tree)
    return tree


def _add(repository: Repository, commit: Commit, tree: Path) -> None:
    with deferred_signals():
        done = _run(repository.top, "worktree", "add", "--detach", "--force", str(tree), commit.id)
    if done.returncode:
        raise UsageError(f"no work tree of {commit.named}: {_complaint(done)}")


def build(command: str, folder: Path) -> None:
    """Run a build command in a shell in ``folder``; on the way out nothing of it runs any more.

    Raises:
        TargetError: it fails; with the last lines it printed.
    """
    status, lines = run_tool(("sh", "-c", command), folder)
    if status:
        last = "\n  ".join(lines[-LAST_LINES:])
        raise TargetError(f"{folder}: the build failed with status {status}: {command}", last)


def forget(repository: Repository, tree: Path) -> None:
    """Forget a work tree. Only this one: ``prune`` would forget a person's own on a disk that is not mounted."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        _run(repository.top, "worktree", "remove", "--force", "--force", str(tree))


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """One git command in a session of its own: a terminal's Ctrl-C is for perfkit, which then cleans up."""
    return subprocess.run(
        ["git", "-C", str(folder), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",  # names and subjects may be of any encoding
        timeout=_TIMEOUT,
        check=False,
        start_new_session=True,
        env={name: value for name, value in os.environ.items() if name not in _HOOKS},
    )


def _complaint(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.strip().splitlines()
    return lines[-1].removeprefix("fatal: ") if lines else f"git ended with status {done.returncode}"
