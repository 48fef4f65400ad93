"""One target and all that came from it: started, reaped, ended and summed up."""

# ruff: noqa: PTH123 - pathlib, like typing, would cost memory that targets inherit

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal
import struct
import sys
import time

from .output import Output, Pattern
from .processes import descendants
from .ration import Ration
from .terminal import ANSWER, INPUT, RESIZE, SIZE, Answers, Recording, open_terminal, resize_terminal, take_control

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, NoReturn

    from .cgroups import Cgroup

    Message = dict[str, Any]

CHUNK: Final = 64 << 10  # bytes read at once: what a pipe holds
SAID: Final = 4 << 10  # bytes of the end of its output that are told to the engine
RETRY: Final = 0.05  # seconds between two rounds of SIGKILL, for what was forked in between
PATIENCE: Final = 10.0  # seconds after which a process that survives SIGKILL is given up
# The child's report: ns at which it called execve; ns of CPU and bytes of memory that it had used by then.
EXECUTED: Final = struct.Struct("=qqq")
FAILED: Final = struct.Struct("=i")  # appended to it when there was no exec: errno
RSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024  # bytes
FLOOR_NOISE: Final = 1 << 20  # bytes: what execve may add, and what kernels leave uncounted on each CPU for a while


class Tree:
    """One target and all that came from it: what is known of it, and what it used so far."""

    def __init__(self, request: Message, cgroup: Cgroup | None) -> None:
        self.cgroup = cgroup
        size = request["terminal"]
        self.recording = Recording(request["output"]) if size else None
        self.output: Output | Recording = self.recording or Output(request["output"])
        self.answers = Answers(*size) if size else None
        self.pattern = Pattern(request["pattern"]) if request["pattern"] else None
        self.pipe: int | None = None  # the end of its output that we read
        self.input: int | None = None  # the end of its input that we write; of a terminal the same as pipe
        self.root = 0
        self.status: int | None = None
        self.exited_ns = 0  # when the root's end was seen
        self.gone = False  # no process is left, and all are reaped
        self.kill_at: float | None = None  # when SIGTERM has had its time; None: not stopping
        self.give_up_at = 0.0
        self.killed: set[int] = set()
        self.ration: Ration | None = None  # where there is a cap on its memory, and not the kernel sees to it
        self.starved: set[int] = set()  # killed for that
        self._before = 0.0  # CPU seconds of the root between fork and exec: ours, not the target's
        self._floor = 0  # bytes of memory that it had then: no process of the tree can show less
        self._cpu = 0.0
        self._memory = 0
        self._processes = 0
        self._system = 0.0  # of the CPU seconds, those in the kernel
        self._faults = 0
        self._switches = 0

    def start(self, request: Message) -> tuple[int, int]:
        """Fork and exec. Returns the ns at which execve was called, and errno (0: it runs). Raises OSError."""
        memory_max = request["memory_max"]
        if memory_max and not (self.cgroup and self.cgroup.cap(memory_max)):
            self.ration = Ration(memory_max)
        streams = self._open_streams(request)
        report, reporting = os.pipe()
        with open(report, "rb") as file:
            try:
                self.root = os.fork()
                if self.root == 0:
                    _become_target(request, self.cgroup, streams, reporting)
            finally:
                for descriptor in {*streams, reporting}:
                    os.close(descriptor)
            said = file.read()  # to its end, which is exec or exit
        if len(said) == EXECUTED.size:
            ns, before, self._floor = EXECUTED.unpack(said)
            self._before = before / 1e9
            return ns, 0
        os.waitpid(self.root, 0)
        self.gone = True
        return 0, FAILED.unpack(said[-FAILED.size :])[0] if said else errno.ENOMEM

    def _open_streams(self, request: Message) -> tuple[int, int]:
        """Its ends of input and output; ours are kept."""
        if self.recording:
            self.pipe, theirs = open_terminal(*request["terminal"])
            self.input = self.pipe
            return theirs, theirs
        self.pipe, output = os.pipe()
        os.set_blocking(self.pipe, False)
        if not request["stdin"]:
            return os.open(os.devnull, os.O_RDONLY), output
        theirs, self.input = os.pipe()
        os.set_blocking(self.input, False)
        return theirs, output

    def read(self) -> bytes | None:
        """What it printed since; None when nothing is there now, b"" at the end."""
        if self.pipe is None:
            return None
        try:
            data = os.read(self.pipe, CHUNK)
        except BlockingIOError:
            return None
        except OSError:  # a terminal that nobody has open any more
            data = b""
        if data:
            self.output.feed(data)
            self._answer(data)
        else:
            self._close_streams()
        return data

    def _answer(self, data: bytes) -> None:
        if self.answers and (answers := self.answers.to(data)):
            self._write(answers, ANSWER)

    def type(self, data: bytes) -> tuple[int, int]:
        """Give it input. Returns when that was, and how many bytes it did not take: it does not read, or has ended."""
        return self._write(self.answers.keys(data) if self.answers else data, INPUT)

    def _write(self, data: bytes, kind: bytes) -> tuple[int, int]:
        ns = time.monotonic_ns()
        taken = 0
        if self.input is not None:
            with contextlib.suppress(OSError):
                taken = os.write(self.input, data)
        if self.recording:
            self.recording.note(ns, kind, data[:taken])
        return ns, len(data) - taken

    def resize(self, columns: int, rows: int) -> int:
        """Give its terminal another size; when that was."""
        ns = time.monotonic_ns()
        if self.recording and self.answers and self.pipe is not None:
            self.answers.size = columns, rows
            self.recording.note(ns, RESIZE, SIZE.pack(columns, rows))
            resize_terminal(self.pipe, columns, rows)
        return ns

    def signal(self, number: int) -> int:
        """Send the root a signal; when that was."""
        ns = time.monotonic_ns()
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.root, number)
        return ns

    def _close_streams(self) -> None:
        for descriptor in {self.pipe, self.input}:
            if descriptor is not None:
                os.close(descriptor)
        self.pipe = self.input = None

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
            self._system += usage.ru_stime
            self._faults += usage.ru_minflt + usage.ru_majflt
            self._switches += usage.ru_nvcsw + usage.ru_nivcsw
            if pid == self.root:
                self.exited_ns = time.monotonic_ns()
                self.status = os.waitstatus_to_exitcode(status)

    def terminate(self, grace: float) -> None:
        """SIGTERM to each process once: some take a second one for impatience, and leave undone what they would do."""
        self.kill_at = time.monotonic() + grace
        self.give_up_at = self.kill_at + PATIENCE
        if self.gone:
            return
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

    def starve(self) -> None:
        """SIGKILL to all of it if it holds more memory than it may."""
        if self.ration and (exceeding := self.ration.exceeding()):
            self.starved.update(exceeding)
            for pid in exceeding:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    def oom_kills(self) -> int:
        """How many of its processes were killed for want of memory that they may have."""
        return len(self.starved) + (self.cgroup.oom_kills() if self.cgroup else 0)

    def close(self) -> Message:
        """Let go of files and cgroup; what the tree used."""
        usage = self._usage()
        self._close_streams()
        self.output.close()
        if self.cgroup:
            self.cgroup.remove()
        return usage | {"output_error": self.output.error}

    def said(self) -> str:
        """The end of what it printed."""
        return self.output.tail.last(SAID).decode(errors="replace")

    def _usage(self) -> Message:
        cpu = self.cgroup.cpu_seconds() if self.cgroup else None
        memory = self.cgroup.memory_peak() if self.cgroup else None
        return {
            "cpu_seconds": max(0.0, self._cpu - self._before) if cpu is None else cpu,
            "memory_peak": self._memory if memory is None else memory,
            "processes": self._processes,
            "system_seconds": self._system,
            "page_faults": self._faults,
            "context_switches": self._switches,
            "killed": len(self.killed),
            "left": 0 if self.gone else sum(runs for _, runs in descendants(os.getpid())),
            "output_bytes": self.output.total,
            "omitted_bytes": self.output.omitted,
            "oom_kills": self.oom_kills(),
            "at_floor": memory is None and self._memory <= self._floor + FLOOR_NOISE,
            "tail": self.said(),
        }


def _become_target(request: Message, cgroup: Cgroup | None, streams: tuple[int, int], report: int) -> NoReturn:
    """In the forked child: all that precedes exec, and exec. Reports when that was, or why it failed."""
    source, output = streams
    try:
        os.setsid()
        if request["terminal"]:
            take_control(output)
        if cgroup:
            cgroup.join()
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # when the machine runs out of memory, the target goes and not the user's desktop
        os.dup2(source, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(request["folder"])
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and that would be inherited
            signal.signal(ignored, signal.SIG_DFL)
        argv, env = request["argv"], request["env"]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT
        os.write(report, EXECUTED.pack(time.monotonic_ns(), time.process_time_ns(), memory))
        os.execve(request["file"], argv, env)  # noqa: S606 - no shell is what we want
    except (OSError, ValueError) as error:  # ValueError: a NUL in a word
        os.write(report, FAILED.pack(getattr(error, "errno", errno.EINVAL)))
    finally:
        os._exit(127)
