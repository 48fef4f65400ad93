"""The loop of the launcher: the engine's words, output, and the end of processes, as they come."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import signal
import struct
import sys
import time

from .cgroups import Cgroups
from .output import HEAD, Pattern
from .processes import be_on_time, be_ordinary, become_subreaper
from .tree import PATIENCE, RETRY, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    Message = dict[str, Any]


class Launcher:
    """Serves one engine: waits for its words, for output, and for the end of processes.

    Otherwise it uses no CPU, but where it is for it to see that a target does not take all memory.
    """

    def __init__(self, run: str, lifeline: int) -> None:
        self._lifeline = lifeline
        self._tree: Tree | None = None
        self._subreaper = become_subreaper()
        self._cgroups = Cgroups(run)
        self._poll = select.poll()
        self._poll.register(lifeline, select.POLLIN)
        self._wake, waker = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(waker, False)
        # Only the lifeline ends us. Handlers and not SIG_IGN, which the target would inherit.
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, _only_wake)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        self._poll.register(self._wake, select.POLLIN)

    def serve(self) -> None:
        """Until the engine is gone; then nothing of the tree is left."""
        try:
            self._send(
                {
                    "type": "hello",
                    "cgroup": self._cgroups.usable,
                    "memory": self._cgroups.memory,
                    "subreaper": self._subreaper,
                }
            )
            while self._turn():
                pass
        finally:
            if self._tree:
                self._end_at_once(self._tree)

    def _turn(self) -> bool:
        """Wait for something to happen and see to it; False when the engine is gone."""
        ready = [descriptor for descriptor, _ in self._poll.poll(self._timeout())]
        if tree := self._tree:
            if self._wake in ready:
                self._reap(tree)
            if tree.pipe in ready:
                self._read(tree)
        if self._lifeline in ready:
            message = self._receive()
            if message is None:
                return False
            self._obey(message)
        if (tree := self._tree) and tree.ration and time.monotonic() >= tree.ration.due:
            tree.starve()
        if self._tree and self._tree.kill_at is not None:
            self._go_on_stopping(self._tree, self._tree.kill_at)
        return True

    def _timeout(self) -> float | None:
        """Milliseconds until something must be done although nothing happened; None: for ever."""
        tree = self._tree
        if tree is None:
            return None
        due = [at for at in (tree.kill_at, tree.ration.due if tree.ration else None) if at is not None]
        return max(0.0, min(due) - time.monotonic()) * 1e3 if due else None

    def _obey(self, message: Message) -> None:
        kind = message["type"]
        if kind == "start":
            self._start(message)
        elif kind == "stop" and self._tree:
            self._tree.terminate(message["grace"])
        elif kind == "tail" and self._tree:
            self._send({"type": "tail", "text": self._tree.said()})
        elif self._tree:
            self._drive(message, self._tree)

    def _drive(self, message: Message, tree: Tree) -> None:
        """What an engine does to a target that runs."""
        kind, left = message["type"], 0
        if kind == "pattern":
            tree.pattern = Pattern(message["pattern"])
            return
        if kind == "input":
            ns, left = tree.type(message["text"].encode())
        elif kind == "resize":
            ns = tree.resize(message["columns"], message["rows"])
        else:
            ns = tree.signal(message["number"])
        self._send({"type": "sent", "ns": ns, "left": left})

    def _start(self, request: Message) -> None:
        if self._tree:
            raise RuntimeError("a target runs already")  # two could not be told apart by what wait4 says
        tree = None
        try:
            tree = Tree(request, self._cgroups.make())
            ns, error = tree.start(request)
        except OSError as failure:  # no more processes, descriptors or cgroups
            ns, error = 0, failure.errno or errno.EIO
        if error:
            if tree:
                tree.close()
            self._send({"type": "failed", "errno": error})
            return
        assert tree
        assert tree.pipe is not None
        self._tree = tree
        if request["terminal"]:
            be_on_time()  # not before: the target would inherit it
        self._poll.register(tree.pipe, select.POLLIN)
        self._send({"type": "started", "ns": ns, "pid": tree.root})

    def _read(self, tree: Tree) -> bytes | None:
        pipe = tree.pipe
        data = tree.read()
        ns = time.monotonic_ns()
        if data is not None and tree.matched(data):
            self._send({"type": "matched", "ns": ns})
        if pipe is not None and tree.pipe is None:
            self._poll.unregister(pipe)
        return data

    def _reap(self, tree: Tree) -> None:
        """Wait for what ended: if it was the root, tell so, but only after what it printed before."""
        _read_some(self._wake)
        ended_before = tree.status is not None
        tree.reap()
        if tree.status is not None and not ended_before:
            self._drain(tree)
            self._send({"type": "exited", "ns": tree.exited_ns, "status": tree.status, "oom_kills": tree.oom_kills()})

    def _drain(self, tree: Tree) -> None:
        """Read what is in the pipe now, and no more: another process may go on writing for ever."""
        left = HEAD  # the most that an ordinary user's pipe can hold
        while left > 0 and (data := self._read(tree)):
            left -= len(data)

    def _go_on_stopping(self, tree: Tree, kill_at: float) -> None:
        now = time.monotonic()
        if tree.gone or now >= tree.give_up_at:
            self._finish(tree)
        elif now >= kill_at:
            tree.kill()

    def _finish(self, tree: Tree) -> None:
        self._drain(tree)
        if tree.pipe is not None:
            self._poll.unregister(tree.pipe)
        self._tree = None
        be_ordinary()
        self._send({"type": "stopped"} | tree.close())

    def _end_at_once(self, tree: Tree) -> None:
        give_up_at = time.monotonic() + PATIENCE
        tree.reap()
        while not tree.gone and time.monotonic() < give_up_at:
            tree.kill()
            select.select([self._wake], [], [], RETRY)
            _read_some(self._wake)
            tree.reap()
        tree.close()

    def _send(self, message: Message) -> None:
        body = json.dumps(message, separators=(",", ":")).encode()
        with contextlib.suppress(OSError):  # the engine is gone: the next turn sees the end of file
            _write_all(self._lifeline, struct.pack(">I", len(body)) + body)

    def _receive(self) -> Message | None:
        size = self._receive_exactly(4)
        body = size and self._receive_exactly(struct.unpack(">I", size)[0])
        return json.loads(body) if body else None

    def _receive_exactly(self, count: int) -> bytes | None:
        data = b""
        while len(data) < count:
            try:
                more = os.read(self._lifeline, count - len(data))
            except OSError:
                return None
            if not more:
                return None
            data += more
        return data

    def complain(self, error: Exception) -> None:
        """Tell the engine what we are about to die of."""
        self._send({"type": "broken", "message": f"{type(error).__name__}: {error}"})


def _only_wake(_number: int, _frame: FrameType | None) -> None:
    """A handler that does nothing: the signal has written to the wake-up pipe, and the turn does the rest."""


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _read_some(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except BlockingIOError:
        return b""


def main() -> None:
    """Serve the engine at the other end of the socket whose number is the last argument."""
    run, descriptor = sys.argv[1:]
    os.set_inheritable(int(descriptor), False)  # noqa: FBT003 - it takes no keywords
    launcher = Launcher(run, int(descriptor))
    try:
        launcher.serve()
    except Exception as error:
        launcher.complain(error)
        raise
