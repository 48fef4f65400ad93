"""The loop of a run: the cells of a matrix interleaved, until all is decided or the time is spent.

A scenario without a matrix is one cell. Cells take turns block by block, so that what the machine does in the course of
an hour meets all of them alike, and a sweep cut short has them equally far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.engine.session import Session, Stopped


class Sweep:
    """Sessions that share one budget of time, ``max_time`` seconds."""

    def __init__(self, sessions: Sequence[Session], max_time: float) -> None:
        self._sessions = sessions
        self._max_time = max_time

    def rehearse(self) -> None:
        """Warm all cells up, then tell the plan of each."""
        for session in self._sessions:
            session.rehearse()
        turn = _cost(self._sessions)
        most = max(session.scenario.repeat.pairs[-1] for session in self._sessions)
        affordable = int((self._max_time - self.elapsed) / turn) if turn > 0 else most
        to_come = sum(session.planned(affordable) * session.cost for session in self._sessions)
        ends = min(self._max_time, self.elapsed + to_come)
        for session in self._sessions:
            session.tell_plan(affordable, ends)

    def run(self) -> list[Stopped]:
        """Run blocks until the verdicts are clear, the last look is taken or the time is spent; why each cell ended."""
        stopped: dict[int, Stopped | None] = {at: cell.exhausted() for at, cell in enumerate(self._sessions)}
        while going := [at for at, reason in stopped.items() if reason is None]:
            turn = self._behind(going)
            if self._begun(turn) and self.elapsed + _cost(self._sessions[at] for at in turn) > self._max_time:
                stopped |= dict.fromkeys(going, "max_time")
            else:
                stopped |= {at: self._sessions[at].advance() for at in turn}
        return [reason for reason in stopped.values() if reason]

    @property
    def elapsed(self) -> float:
        """Seconds since the first cell was opened."""
        return max(session.elapsed for session in self._sessions)

    def _behind(self, going: Iterable[int]) -> list[int]:
        """Whose turn it is: the cells with the fewest blocks, which after a resume may be some only."""
        blocks = {at: self._sessions[at].blocks for at in going}
        return [at for at, done in blocks.items() if done == min(blocks.values())]

    def _begun(self, turn: Iterable[int]) -> bool:
        """A first block is always run: a result without one shows nothing."""
        return all(self._sessions[at].blocks > 0 for at in turn)


def _cost(sessions: Iterable[Session]) -> float:
    """Seconds that a block of each takes."""
    return sum(session.cost for session in sessions)
