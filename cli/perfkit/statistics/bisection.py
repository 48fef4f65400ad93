"""Which commit made the difference: noisy binary search over a history, by belief.

Every commit that is not known to be innocent starts with the same belief. An answer about one commit ("it has the
change", "it has not") is right but for a stated error: belief in the commits that agree with it is multiplied by
1 − error, in the others by error (Bayes; probabilistic bisection as in Horstein 1963, Burnashev & Zigangirov 1974).
Asked next is the commit about which belief is most evenly split, as its answer tells most. A history with merges needs
no rule of its own: a commit has the change exactly when the culprit is it or one of its ancestors.

The search ends when belief of CONFIDENCE lies on commits that nothing left to ask can tell apart: one commit, or with
those that cannot be tested (they do not build, they stay unclear) a few.

Sets of commits are bit masks: bit i is commit i.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CONFIDENCE: Final = 0.99
MOST_ANSWERS: Final = 9  # about one commit; a machine that contradicts itself more often will not settle it


class Suspects(msgspec.Struct, frozen=True):
    """The commits that belief rests on, in order of history, and how much of it; ``probability`` is at most 1."""

    commits: tuple[int, ...]
    probability: float


class Search:
    """A search in progress; commits are numbers in an order in which parents come first, the last is the bad end."""

    def __init__(self, parents: Sequence[Iterable[int]]) -> None:
        """``parents[i]`` are those of commit i that are suspects too. Raises ValueError: none, or one out of order."""
        if not parents:
            raise ValueError("a search needs a commit to suspect")
        self._lines = _lines(parents)
        self._everything = (1 << len(parents)) - 1
        self._belief = {self._everything: 1.0 / len(parents)}  # commits that all answers treat alike → belief in each
        self._answers = [0] * len(parents)
        self._closed = 1 << (len(parents) - 1)  # the bad end was asked before the search began

    def answer(self, commit: int, *, bad: bool, error: float) -> None:
        """Take an answer into account that is wrong with probability ``error``, above 0 and below ½."""
        if not 0 < error < 0.5:
            raise ValueError(f"an answer must err less often than a coin, and more often than never: {error}")
        line = self._lines[commit]
        weighed: dict[int, float] = {}
        for commits, belief in self._belief.items():
            for part, agrees in ((commits & line, bad), (commits & ~line, not bad)):
                if part:
                    weighed[part] = belief * ((1 - error) if agrees else error)
        total = sum(belief * commits.bit_count() for commits, belief in weighed.items())
        self._belief = {commits: belief / total for commits, belief in weighed.items()}
        self._answers[commit] += 1
        if self._answers[commit] >= MOST_ANSWERS:
            self.skip(commit)

    def skip(self, commit: int) -> None:
        """Ask no more about a commit; what is known of it stays."""
        self._closed |= 1 << commit

    def next(self) -> int | None:
        """The commit to ask about, or None: the search is over. Of equals the one asked least, then the latest."""
        if self.suspects().probability >= CONFIDENCE:
            return None
        return min(self._open(), key=lambda c: (abs(self._belief_in(self._lines[c]) - 0.5), self._answers[c], -c))

    def suspects(self) -> Suspects:
        """The fewest commits that hold CONFIDENCE, among those that nothing left to ask can tell apart.

        While the search goes on these hold less, and are the most likely so far.
        """
        group = self._heaviest_group()
        parts = ((belief, commits & group) for commits, belief in self._belief.items())
        chosen, probability = 0, 0.0
        for belief, part in sorted(parts, reverse=True):
            if probability >= CONFIDENCE:
                break
            chosen, probability = chosen | part, probability + belief * part.bit_count()
        return Suspects(tuple(_members(chosen)), min(probability, 1.0))

    def _heaviest_group(self) -> int:
        """Of every split that can still be asked for, the side believed in more; a group above one half is found so."""
        group = self._everything
        for commit in self._open():
            line = self._lines[commit]
            group = max(group & line, group & ~line, key=self._belief_in)
        return group

    def _open(self) -> Iterator[int]:
        return (commit for commit in range(len(self._lines)) if not self._closed >> commit & 1)

    def _belief_in(self, commits: int) -> float:
        return sum(belief * (each & commits).bit_count() for each, belief in self._belief.items())


def answers_needed(parents: Sequence[Iterable[int]], error: float) -> int:
    """How many answers name a culprit in the middle of the history when none of them is wrong."""
    search, culprit, count = Search(parents), len(parents) // 2, 0
    lines = _lines(parents)
    while (commit := search.next()) is not None:
        search.answer(commit, bad=bool(lines[commit] >> culprit & 1), error=error)
        count += 1
    return count


def _lines(parents: Sequence[Iterable[int]]) -> list[int]:
    """Of each commit: itself and all its ancestors."""
    lines: list[int] = []
    for commit, own in enumerate(parents):
        line = 1 << commit
        for parent in own:
            if not 0 <= parent < commit:
                raise ValueError(f"commit {commit} comes before its parent {parent}")
            line |= lines[parent]
        lines.append(line)
    return lines


def _members(commits: int) -> Iterator[int]:
    while commits:
        lowest = commits & -commits
        yield lowest.bit_length() - 1
        commits ^= lowest
