"""Start one target at a time, watch it, end all of it and tell what its whole tree used.

A program of its own, with the standard library only: ``python -I -S``, then ``main`` with the run's id and a
descriptor. It is small on purpose: Linux lets a child inherit the memory of the process that it is forked from as its
peak (``ru_maxrss``), so a target is never forked off the engine. It is a subreaper: orphaned and daemonised descendants
become its children, and are waited for.

Frames on DESCRIPTOR, a stream socket: 4 bytes of length, big-endian, then a JSON object with a ``type``. All times are
CLOCK_MONOTONIC nanoseconds.

=========  ==============================================  ==========================================================
from       type and fields                                 meaning
=========  ==============================================  ==========================================================
launcher   hello: cgroup, memory, subreaper                first frame; what of cgroup v2 can be used here (booleans)
engine     start: file, argv, env, folder, output,         exec ``file`` in ``folder``; what it prints goes to the
           pattern, memory_max                             file ``output``; memory_max in bytes or null
launcher   started: ns, pid                                ns was read in the child, right before it called execve
launcher   failed: errno                                   it could not be exec'ed
launcher   matched: ns                                     a line of output that matches ``pattern`` was read
launcher   exited: ns, status                              the root process ended (negative status: by that signal)
engine     tail                                            asks for the end of what was printed so far
launcher   tail: text                                      the answer
engine     stop: grace                                     SIGTERM to the tree, SIGKILL after ``grace`` seconds
launcher   stopped: cpu_seconds, memory_peak, processes,   all of the tree is reaped; ``killed`` needed SIGKILL,
           killed, left, output_bytes, omitted_bytes,      ``left`` could not be killed; ``processes`` counts the
           output_error, oom_kills, at_floor, tail         root and those that outlived their parent; ``at_floor``:
                                                           memory_peak is the launcher's own, the target's is less
launcher   broken: message                                 last frame before it dies of a fault of its own
=========  ==============================================  ==========================================================

End of file on DESCRIPTOR means that the engine is gone: every descendant is killed, cgroups are removed, it exits.
"""

# ruff: noqa: PTH102, PTH106, PTH110, PTH112, PTH123, PTH208 - pathlib, like typing, would cost memory to be inherited

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import re
import resource
import select
import signal
import struct
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Final, NoReturn

    Message = dict[str, Any]

HEAD: Final = 1 << 20  # bytes of output kept from its beginning
TAIL: Final = 64 << 10  # bytes kept from its end
SAID: Final = 4 << 10  # bytes of the end that are told to the engine
LINE: Final = 64 << 10  # bytes of a line that are compared with the pattern
CHUNK: Final = 64 << 10  # bytes read at once: what a pipe holds
RETRY: Final = 0.05  # seconds between two rounds of SIGKILL, for what was forked in between
PATIENCE: Final = 10.0  # seconds after which a process that survives SIGKILL is given up
# The child's report: ns at which it called execve; ns of CPU and bytes of memory that it had used by then.
EXECUTED: Final = struct.Struct("=qqq")
FAILED: Final = struct.Struct("=i")  # appended to it when there was no exec: errno
RSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024  # bytes
FLOOR_NOISE: Final = 256 << 10  # bytes of memory that the call of execve itself may add
PR_SET_CHILD_SUBREAPER: Final = 36


def become_subreaper() -> bool:
    """Let orphaned descendants become children of this process; whether the system can do that (Linux 3.4)."""
    try:
        return bool(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except AttributeError:  # no prctl
        return False


def descendants(root: int) -> list[tuple[int, bool]]:
    """All processes below ``root``, nearest first, each with whether it still runs (a zombie does not)."""
    children: dict[int, list[tuple[int, bool]]] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                # "pid (name) state ppid …"; the name may hold spaces and parentheses
                state, parent = file.read().rpartition(b")")[2].split()[:2]
                children.setdefault(int(parent), []).append((int(name), state not in b"ZX"))
    found = list(children.get(root, ()))
    for pid, _ in found:  # grows as it is walked
        found.extend(children.get(pid, ()))
    return found


class Cgroups:
    """Makes cgroups below the one this process is in, where the system has cgroup v2 and allows that."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._count = 0
        self._parent = own_cgroup()
        self.usable = False
        self.memory = False  # whether peak memory can be read and capped
        with contextlib.suppress(OSError):
            self._probe()

    def make(self) -> Cgroup | None:
        """A fresh cgroup, or None where there can be none. Raises OSError when it should work and does not."""
        return self._new() if self.usable else None

    def _new(self) -> Cgroup:
        self._count += 1
        return Cgroup(f"{self._parent}/perfkit-{self._run}-{self._count}")

    def _probe(self) -> None:
        """Put a short-lived child into a cgroup: permissions and mount options are too many to reason about."""
        if self._parent is None:
            return
        cgroup = self._new()
        try:
            self.usable = cgroup.cpu_seconds() is not None and _can_join(cgroup)
            self.memory = self.usable and os.path.exists(f"{cgroup.path}/memory.peak")
        finally:
            cgroup.remove()


def _can_join(cgroup: Cgroup) -> bool:
    pid = os.fork()
    if pid == 0:
        try:
            cgroup.join()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def own_cgroup() -> str | None:
    """The folder of this process's cgroup in the v2 hierarchy, or None where that is not mounted."""
    try:
        with open("/proc/self/cgroup") as memberships, open("/proc/self/mountinfo") as mounts:
            return cgroup_folder(memberships.read(), mounts.read())
    except OSError:
        return None


def cgroup_folder(memberships: str, mounts: str) -> str | None:
    """The same from the text of /proc/self/cgroup and /proc/self/mountinfo (formats: cgroups(7), proc(5))."""
    own = next((line[3:] for line in memberships.splitlines() if line.startswith("0::")), None)
    root, point = cgroup_mount(mounts) or (None, "")
    if own is None or root is None or not (own + "/").startswith(root.rstrip("/") + "/"):
        return None
    return (point + own[len(root.rstrip("/")) :]).rstrip("/")


def cgroup_mount(mounts: str) -> tuple[str, str] | None:
    """Which part of the v2 hierarchy is mounted, and where; None when none is."""
    for line in mounts.splitlines():
        mount, _, source = line.partition(" - ")
        if source.startswith("cgroup2 "):
            root, point = mount.split()[3:5]
            return root, point
    return None


class Cgroup:
    """One cgroup of our own making. Its folder exists from construction until ``remove``."""

    def __init__(self, path: str) -> None:
        self.path = path
        os.mkdir(path)

    def join(self) -> None:
        """Move the calling process into it."""
        self._write("cgroup.procs", "0")

    def cap(self, memory_max: int) -> None:
        """Let the kernel kill what is in it when its memory would exceed so many bytes."""
        with contextlib.suppress(FileNotFoundError):
            self._write("memory.max", str(memory_max))
            self._write("memory.swap.max", "0")

    def kill(self) -> None:
        """SIGKILL to all members at once; nothing where the kernel is older than 5.14."""
        with contextlib.suppress(OSError):
            self._write("cgroup.kill", "1")

    def remove(self) -> None:
        """Remove it; it stays where a member can't be killed."""
        with contextlib.suppress(OSError):
            os.rmdir(self.path)

    def cpu_seconds(self) -> float | None:
        """User and system time of all that ever were members, ended ones included."""
        usec = self._read_key("cpu.stat", "usage_usec")
        return None if usec is None else usec / 1e6

    def memory_peak(self) -> int | None:
        """Bytes at most charged to it at one time, page cache included; None without the memory controller."""
        try:
            with open(f"{self.path}/memory.peak") as file:
                return int(file.read())
        except OSError:
            return None

    def oom_kills(self) -> int:
        """How many members were killed because a cap was hit."""
        return self._read_key("memory.events", "oom_kill") or 0

    def _read_key(self, name: str, key: str) -> int | None:
        try:
            with open(f"{self.path}/{name}") as file:
                pairs = [line.split() for line in file]
        except OSError:
            return None
        return next((int(pair[1]) for pair in pairs if pair[0] == key), None)

    def _write(self, name: str, text: str) -> None:
        descriptor = os.open(f"{self.path}/{name}", os.O_WRONLY)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)


class Output:
    """What a target prints: kept up to HEAD bytes from its beginning and TAIL bytes from its end.

    A file that can't be written is no reason to disturb the target: ``error`` says so at the end.
    """

    def __init__(self, path: str) -> None:
        self.total = 0
        self.error = ""
        self.tail = b""
        self._file: int | None = None
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            self.error = os.strerror(error.errno or 0)

    @property
    def omitted(self) -> int:
        """Bytes that are in no file: those between head and tail."""
        return max(0, self.total - HEAD - TAIL)

    def feed(self, data: bytes) -> None:
        """Take what was printed next."""
        room = HEAD - self.total
        if room > 0:
            self._write(data[:room])
        self.total += len(data)
        self.tail = (self.tail + data)[-TAIL:]

    def close(self) -> None:
        """Append the tail, and before it how much was left out."""
        rest = min(self.total - HEAD, TAIL)
        if rest > 0:
            if self.omitted:
                self._write(b"\n[perfkit: %d bytes left out]\n" % self.omitted)
            self._write(self.tail[-rest:])
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, data: bytes) -> None:
        while data and self._file is not None:
            try:
                data = data[os.write(self._file, data) :]
            except OSError as error:  # a full disk
                self.error = os.strerror(error.errno or 0)
                os.close(self._file)
                self._file = None


class Pattern:
    """Looks for a line that matches; of a longer line only its first LINE bytes are looked at."""

    def __init__(self, expression: str) -> None:
        self._expression = re.compile(expression)
        self._rest = b""

    def feed(self, data: bytes) -> bool:
        """Take what was printed next; whether one of the lines completed by it matches."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[:LINE]
        return any(self._matches(line[:LINE]) for line in lines)

    def end(self) -> bool:
        """The output ended: whether its last line, without an end of line, matches."""
        return self._matches(self._rest)

    def _matches(self, line: bytes) -> bool:
        return self._expression.search(line.removesuffix(b"\r").decode(errors="replace")) is not None


class Tree:
    """One target and all that came from it: what is known of it, and what it used so far."""

    def __init__(self, request: Message, cgroup: Cgroup | None) -> None:
        self.cgroup = cgroup
        self.output = Output(request["output"])
        self.pattern = Pattern(request["pattern"]) if request["pattern"] else None
        self.pipe: int | None = None  # the end of its output that we read
        self.root = 0
        self.status: int | None = None
        self.gone = False  # no process is left, and all are reaped
        self.kill_at: float | None = None  # when SIGTERM has had its time; None: not stopping
        self.give_up_at = 0.0
        self.killed: set[int] = set()
        self._before = 0.0  # CPU seconds of the root between fork and exec: ours, not the target's
        self._floor = 0  # bytes of memory that it had then: no process of the tree can show less
        self._cpu = 0.0
        self._memory = 0
        self._processes = 0

    def start(self, request: Message) -> tuple[int, int]:
        """Fork and exec. Returns the ns at which execve was called, and errno (0: it runs). Raises OSError."""
        if self.cgroup and request["memory_max"]:
            self.cgroup.cap(request["memory_max"])
        self.pipe, theirs = os.pipe()
        os.set_blocking(self.pipe, False)
        report, reporting = os.pipe()
        with open(report, "rb") as file:
            try:
                self.root = os.fork()
                if self.root == 0:
                    _become_target(request, self.cgroup, theirs, reporting)
            finally:
                os.close(theirs)
                os.close(reporting)
            said = file.read()  # to its end, which is exec or exit
        if len(said) == EXECUTED.size:
            ns, before, self._floor = EXECUTED.unpack(said)
            self._before = before / 1e9
            return ns, 0
        os.waitpid(self.root, 0)
        self.gone = True
        return 0, FAILED.unpack(said[-FAILED.size :])[0] if said else errno.ENOMEM

    def read(self) -> bytes | None:
        """What it printed since; None when nothing is there now, b"" at the end."""
        if self.pipe is None:
            return None
        try:
            data = os.read(self.pipe, CHUNK)
        except BlockingIOError:
            return None
        if data:
            self.output.feed(data)
        else:
            os.close(self.pipe)
            self.pipe = None
        return data

    def matched(self, data: bytes) -> bool:
        """Whether ``data`` (b"": the end) completes the first line that matches."""
        if self.pattern is None or not (self.pattern.feed(data) if data else self.pattern.end()):
            return False
        self.pattern = None
        return True

    def reap(self) -> None:
        """Wait for all that ended: the root, and orphans that became ours."""
        while not self.gone:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                self.gone = True
                return
            if pid == 0:
                return
            # The usage of a process includes that of the children it has waited for itself.
            self._cpu += usage.ru_utime + usage.ru_stime
            self._memory = max(self._memory, usage.ru_maxrss * RSS_UNIT)
            self._processes += 1
            if pid == self.root:
                self.status = os.waitstatus_to_exitcode(status)

    def terminate(self, grace: float) -> None:
        """SIGTERM to each process once: some take a second one for impatience, and leave undone what they would do."""
        self.kill_at = time.monotonic() + grace
        self.give_up_at = self.kill_at + PATIENCE
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.root, signal.SIGTERM)
        for pid, runs in descendants(os.getpid()):
            with contextlib.suppress(OSError):
                if runs and (self.status is not None or os.getpgid(pid) != self.root):
                    os.kill(pid, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to all that is there now; once more after a while, for what was forked in between."""
        self.kill_at = time.monotonic() + RETRY
        running = [pid for pid, runs in descendants(os.getpid()) if runs]
        self.killed.update(running)
        if self.cgroup:
            self.cgroup.kill()
        if self.status is None:
            with contextlib.suppress(OSError):
                os.killpg(self.root, signal.SIGKILL)
        for pid in running:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)

    def close(self) -> Message:
        """Let go of files and cgroup; what the tree used."""
        usage = self._usage()
        if self.pipe is not None:
            os.close(self.pipe)
            self.pipe = None
        self.output.close()
        if self.cgroup:
            self.cgroup.remove()
        return usage | {"output_error": self.output.error}

    def said(self) -> str:
        """The end of what it printed."""
        return self.output.tail[-SAID:].decode(errors="replace")

    def _usage(self) -> Message:
        cpu = self.cgroup.cpu_seconds() if self.cgroup else None
        memory = self.cgroup.memory_peak() if self.cgroup else None
        return {
            "cpu_seconds": max(0.0, self._cpu - self._before) if cpu is None else cpu,
            "memory_peak": self._memory if memory is None else memory,
            "processes": self._processes,
            "killed": len(self.killed),
            "left": 0 if self.gone else sum(runs for _, runs in descendants(os.getpid())),
            "output_bytes": self.output.total,
            "omitted_bytes": self.output.omitted,
            "oom_kills": self.cgroup.oom_kills() if self.cgroup else 0,
            "at_floor": memory is None and self._memory <= self._floor + FLOOR_NOISE,
            "tail": self.said(),
        }


def _become_target(request: Message, cgroup: Cgroup | None, output: int, report: int) -> NoReturn:
    """In the forked child: all that precedes exec, and exec. Reports when that was, or why it failed."""
    try:
        os.setsid()
        if cgroup:
            cgroup.join()
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # when the machine runs out of memory, the target goes and not the user's desktop
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(request["folder"])
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and that would be inherited
            signal.signal(ignored, signal.SIG_DFL)
        argv, env = request["argv"], request["env"]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT
        os.write(report, EXECUTED.pack(time.monotonic_ns(), time.process_time_ns(), memory))
        os.execve(request["file"], argv, env)  # noqa: S606 - no shell is what we want
    except OSError as error:
        os.write(report, FAILED.pack(error.errno or 0))
    finally:
        os._exit(127)


class Launcher:
    """Serves one engine: waits for its words, for output, and for the end of processes; uses no CPU otherwise."""

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
        ns = time.monotonic_ns()
        tree = self._tree
        if tree and tree.pipe in ready:
            self._read(tree, ns)
        if self._wake in ready:
            _read_some(self._wake)
        if self._lifeline in ready:
            message = self._receive()
            if message is None:
                return False
            self._obey(message)
        if tree := self._tree:
            self._reap(tree, ns)
            if tree.kill_at is not None:
                self._go_on_stopping(tree, tree.kill_at)
        return True

    def _timeout(self) -> float | None:
        """Milliseconds until something must be done although nothing happened; None: for ever."""
        if self._tree is None or self._tree.kill_at is None:
            return None
        return max(0.0, self._tree.kill_at - time.monotonic()) * 1e3

    def _obey(self, message: Message) -> None:
        kind = message["type"]
        if kind == "start":
            self._start(message)
        elif kind == "stop" and self._tree:
            self._tree.terminate(message["grace"])
        elif kind == "tail" and self._tree:
            self._send({"type": "tail", "text": self._tree.said()})

    def _start(self, request: Message) -> None:
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
        self._poll.register(tree.pipe, select.POLLIN)
        self._send({"type": "started", "ns": ns, "pid": tree.root})

    def _read(self, tree: Tree, ns: int) -> bytes | None:
        pipe = tree.pipe
        data = tree.read()
        if data is not None and tree.matched(data):
            self._send({"type": "matched", "ns": ns})
        if pipe is not None and tree.pipe is None:
            self._poll.unregister(pipe)
        return data

    def _reap(self, tree: Tree, ns: int) -> None:
        """Wait for what ended: if it was the root, tell so, but only after what it printed before."""
        ended_before = tree.status is not None
        tree.reap()
        if tree.status is not None and not ended_before:
            self._drain(tree)
            self._send({"type": "exited", "ns": ns, "status": tree.status})

    def _drain(self, tree: Tree) -> None:
        """Read what is in the pipe now, and no more: another process may go on writing for ever."""
        for _ in range(HEAD // CHUNK):  # the most that an ordinary user's pipe can hold
            if not self._read(tree, time.monotonic_ns()):
                return

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


if __name__ == "__main__":
    main()
