"""One process's descendants, or its whole tree, found by looking at new pids only."""

from __future__ import annotations

import os

from perfkit.measure.sampler.process import Detail, Look, Process


class Tree:
    """The descendants of ``root``, a subreaper that does not count itself; with ``itself`` any process and its own.

    ``/proc/PID/task/TID/children`` is not in every kernel and lists what one thread forked; but of all pids only those
    that were not there at the last look can have joined the tree, and the parents of those are soon asked; none joins
    while nobody in the tree runs. What ``root`` inherited, or the tree used, before is not counted.
    """

    def __init__(self, root: int, *, itself: bool = False) -> None:
        self._root = Process(root)
        self._itself = itself
        self._members: dict[int, Process] = {root: self._root} if itself else {}
        self._strangers: set[str] = set()
        self._loadavg = os.open("/proc/loadavg", os.O_RDONLY | os.O_CLOEXEC)
        self._newest = b""  # the pid that the system gave last, at the last search; empty: search in any case
        self._before = self._root.inherited
        self._switched = 0  # context switches of members that are gone
        self._fallen = 0  # the most bytes that one of those that went since the last full look held
        self._slow = self._earlier = Look()
        if itself:
            self.find()
            self._earlier = self.look()
            self._switched = -self.detail().switches

    def close(self) -> None:
        """Let go of all descriptors."""
        os.close(self._loadavg)
        for process in self._open():
            process.close()

    @property
    def size(self) -> int:
        """How many processes were there at the last look."""
        return len(self._members)

    def find(self) -> None:
        """Take in those that came since the last time, and read of all what changes slowly."""
        ran = [self._refresh(process) for process in self._open()]
        if self._newest and not any(ran):
            return
        newest = os.pread(self._loadavg, 128, 0).split()[-1]  # proc(5): its last field
        if newest != self._newest:
            self._newest = newest
            self._take_in()
        self._settle()

    def _refresh(self, process: Process) -> bool:
        """Whether it may have started others since the last time."""
        try:
            return process.refresh()
        except OSError:
            self._drop(process)
            return True

    def _take_in(self) -> None:
        """Look for members among the pids that were not there the last time."""
        names = set(os.listdir("/proc"))  # noqa: PTH208 - names are all we want
        self._strangers &= names
        new = sorted(int(name) for name in names - self._strangers if name.isdigit())
        fresh = [pid for pid in new if pid not in self._members]
        while fresh:  # a child may have a lower pid than its parent, so until nobody joins any more
            left = [pid for pid in fresh if not self._joins(pid)]
            if len(left) == len(fresh):
                break
            fresh = left
        self._strangers.update(map(str, fresh))

    def look(self) -> Look:
        """The sum over the tree and what ``root`` has waited for since; what is slow is of the last ``find``."""
        cpu = rss = 0
        for process in tuple(self._members.values()):
            try:
                used, resident = process.use()
            except OSError:
                self._drop(process)
            else:
                cpu, rss = cpu + used, rss + resident
        slow, earlier = self._slow, self._earlier
        return Look(
            slow.cpu + cpu - earlier.cpu, slow.system - earlier.system, rss, slow.threads, slow.faults - earlier.faults
        )

    def detail(self) -> Detail:
        """The sum over the tree of what is dear to know, but for peaks; with context switches of ended members."""
        found = []
        for process in tuple(self._members.values()):
            try:
                found.append(process.detail())
            except PermissionError:
                continue  # it became another user's: its CPU is known, its page tables are not
            except OSError:
                self._drop(process)
        pss, fds, switches, _ = (sum(column) for column in zip(Detail(), *found, strict=True))
        fallen, self._fallen = self._fallen, 0
        return Detail(pss, fds, switches + self._switched, max(fallen, *(each.peak for each in found), 0))

    def threads(self) -> dict[str, int]:
        """CPU ns by the names of threads that live."""
        named: dict[str, int] = {}
        for process in self._members.values():
            for name, cpu in process.threads():
                named[name] = named.get(name, 0) + cpu
        return named

    def _joins(self, pid: int) -> bool:
        """Whether a new pid belongs to the tree; it is a member from then on. One that is gone joins nothing."""
        try:
            process = Process(pid)
        except OSError:
            return False
        ours = process.parent in self._members or (process.parent == self._root.pid and not self._itself)
        if not ours:
            process.close()
            return False
        self._members[pid] = process
        return True

    def _settle(self) -> None:
        """Add up what changes slowly."""
        waited = self._before if self._itself else self._root.inherited  # what a member has waited for is in its own
        ended = (after - before for after, before in zip(waited, self._before, strict=True))
        self._slow = Look(*map(sum, zip(ended, *(process.slow for process in self._members.values()), strict=True)))

    def _open(self) -> tuple[Process, ...]:
        """Those whose files are open."""
        return tuple(self._members.values()) if self._itself else (self._root, *self._members.values())

    def _drop(self, process: Process) -> None:
        process.close()
        self._members.pop(process.pid, None)
        self._switched += process.switches
        self._fallen = max(self._fallen, process.take_peak())
        self._newest = b""  # it may have left children
        self._settle()
