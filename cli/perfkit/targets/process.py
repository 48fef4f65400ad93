"""The engine's side of the launcher: starts targets, waits for them, ends them."""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.errors import PerfkitError, StorageError, TargetError
from perfkit.lifeline import Child, ChildGoneError, Message, spawn
from perfkit.measure.cpu import process_cpu
from perfkit.measure.machine import available_memory
from perfkit.model.protocols import TargetFailedError
from perfkit.model.units import format_value
from perfkit.targets.home import furnish, passed, put_files, target_environment
from perfkit.targets.launcher.processes import become_subreaper
from perfkit.targets.launcher.tree import PATIENCE
from perfkit.targets.programs import find_program
from perfkit.targets.runs import RUN_VARIABLE, end_run
from perfkit.terminal.live import LOOK, LiveScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfkit.model.scenario import TargetSpec, Terminal

__all__ = ["ProcessLauncher", "RunningProcess", "TreeUsage", "become_subreaper"]

# Imported, not run as a script: Python keeps its compiled form, since compiling takes time and, for good, memory.
BOOT: Final = "import sys; sys.path.append(sys.argv.pop(1)); import launcher.main; launcher.main.main()"
ANSWER_TIMEOUT: Final = 30.0  # seconds; the launcher answers within milliseconds, so this ends a hang
LARGEST: Final = "wait4 ru_maxrss of the largest process"  # a source of memory.peak
MEMORY_SHARE: Final = 0.5  # of what is free at the start of a run: more than that and a target is killed

_WHY: Final = {
    errno.ENOEXEC: "neither a program nor a script with a first line such as #!/bin/sh",
    errno.ENOENT: "the interpreter that its first line names does not exist",
}


class TreeUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole process tree used, and what a person should know about it. A ``model.protocols.Usage``."""

    cpu_seconds: float
    system_seconds: float = 0.0  # of those, in the kernel
    memory_peak: int  # bytes
    page_faults: int = 0
    context_switches: int = 0
    processes: int  # the root and those that outlived their parent
    killed: int  # processes that SIGTERM did not end in time
    output_bytes: int  # what it printed; of that, at most 1 MiB and the last 64 KiB were kept
    warnings: tuple[str, ...] = ()


class ProcessLauncher:
    """A ``model.protocols.Launcher``: one launcher process, one target at a time.

    Its targets carry ``run`` in PERFKIT_RUN. They start in ``folder`` (default: the working directory), so that
    relative paths mean what they mean to the person who typed them.
    """

    def __init__(self, run: str, folder: Path | None = None) -> None:
        self._run = run
        self._folder = folder or Path.cwd()
        self._memory_max = _memory_max()
        self._cpu = 0.0
        self._lost: PerfkitError | None = None
        self._closed = False
        here = str(Path(__file__).parent)
        env = {**passed(os.environ), RUN_VARIABLE: run}
        self._child = spawn("the launcher", [sys.executable, "-I", "-S", "-c", BOOT, here, run], env=env)
        self._hello: Message | None = None

    def start(self, target: TargetSpec, *, home: Path, kubeconfig: str, output: Path, pattern: str) -> RunningProcess:
        """Start ``target`` in ``home``, with its output going to ``output``.

        Raises:
            TargetError: it can't be started.
            StorageError: ``home`` or ``output`` can't be written.
            PerfkitError: the launcher is gone.
        """
        places = _prepare(home, kubeconfig, output, target)
        environment = target_environment(places, target, self._run)
        folder = Path(target.folder) if target.folder else self._folder
        program = find_program(target.command[0], environment.get("PATH", os.defpath), folder)
        self._say_hello()
        self.send(
            {
                "type": "start",
                "file": str(program),
                "argv": target.command,
                "env": environment,
                "folder": str(folder),
                "output": str(output),
                "pattern": pattern,
                "memory_max": self._memory_max,
                "terminal": target.terminal and [target.terminal.columns, target.terminal.rows],
                "stdin": target.stdin,
            }
        )
        answer = self.await_answer({"started", "failed"}, ANSWER_TIMEOUT)
        if answer["type"] == "failed":
            number = answer["errno"]
            raise TargetError(f"{target.command[0]}: cannot be started: {_WHY.get(number, os.strerror(number))}")
        screen = LiveScreen(output, target.terminal.columns, target.terminal.rows) if target.terminal else None
        return RunningProcess(self, answer["ns"], screen, answer["pid"])

    def close(self) -> None:
        """End everything it started, and the launcher itself."""
        if not self._closed:
            self.cpu()
            self._closed = True
            self._child.close(grace=PATIENCE + 1.0)
            if self._child.process.returncode != 0:
                end_run(self._run)

    def cpu(self) -> float:
        """CPU seconds the launcher itself has used so far; when it is gone, had used when last asked."""
        if not self._closed:
            self._cpu = process_cpu(self.pid) or self._cpu
        return self._cpu

    def sources(self) -> Mapping[str, str]:
        """Where ``cpu.seconds`` and ``memory.peak`` come from on this machine."""
        hello = self._say_hello()
        reaped = "wait4 under a subreaper" if hello["subreaper"] else "wait4"
        return {
            "cpu.seconds": "cgroup v2 cpu.stat" if hello["cgroup"] else reaped,
            "memory.peak": "cgroup v2 memory.peak" if hello["memory"] else LARGEST,
        }

    @property
    def pid(self) -> int:
        """Process id of the launcher."""
        return self._child.pid

    @property
    def memory_max(self) -> int | None:
        """Bytes at which a target is killed."""
        return self._memory_max

    def send(self, message: Message) -> None:
        """Tell the launcher something. Raises PerfkitError when it is gone."""
        self._check()
        try:
            self._child.send(message)
        except ChildGoneError as error:
            raise self._lose() from error

    def receive(self, timeout: float) -> Message | None:
        """What the launcher says next, or None when it said nothing in time. Raises PerfkitError when it is gone."""
        self._check()
        try:
            message = self._child.receive(timeout)
        except ChildGoneError as error:
            raise self._lose() from error
        if message is not None and message["type"] == "broken":
            raise self._lose(f"the launcher failed: {message['message']}")
        return message

    def await_answer(
        self, kinds: set[str], timeout: float, note: Callable[[Message], None] = lambda _message: None
    ) -> Message:
        """The first message of one of these kinds; others go to ``note``. Raises PerfkitError when none comes."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if message is not None and message["type"] in kinds:
                return message
            if message is not None:
                note(message)
        raise self._lose(f"the launcher did not answer within {timeout:.0f} s")

    def _say_hello(self) -> Message:
        if self._hello is None:
            self._hello = self.await_answer({"hello"}, ANSWER_TIMEOUT)
        return self._hello

    def _check(self) -> None:
        if self._lost is not None:
            raise self._lost
        if self._closed:
            raise PerfkitError("the launcher is closed")

    def _lose(self, why: str = "") -> PerfkitError:
        """The launcher is gone, or of no use: end what it left to us, the next subreaper up."""
        self.cpu()
        self._closed = True
        self._child.close(grace=1.0)
        end_run(self._run)
        self._lost = PerfkitError(why or _how_it_ended(self._child), "perfkit run --resume goes on with the next trial")
        return self._lost


class RunningProcess:
    """A ``model.protocols.Running``: the target that the launcher runs now."""

    def __init__(
        self, launcher: ProcessLauncher, started_ns: int, screen: LiveScreen | None = None, pid: int = 0
    ) -> None:
        self.pid = pid
        self._launcher = launcher
        self._screen = screen
        self._started_ns = started_ns
        self._status: int | None = None
        self._exited_ns: int | None = None
        self._starved = False
        self._matched_ns: int | None = None
        self._tail: str | None = None  # known when all is over

    @property
    def started_ns(self) -> int:
        """When execve was called for it, by the clock of the process that became it."""
        return self._started_ns

    @property
    def exit_status(self) -> int | None:
        """The root's status, negative for a signal; None while it runs."""
        self._listen(lambda: False, 0.0)
        return self._status

    @property
    def exited_ns(self) -> int | None:
        """When the root ended; None while it runs."""
        self._listen(lambda: False, 0.0)
        return self._exited_ns

    @property
    def memory_cap_hit(self) -> int | None:
        """Bytes: the cap at which processes of it were killed before the root ended; None: none were."""
        return self._launcher.memory_max if self._starved else None

    def wait_log(self, timeout: float) -> int | None:
        """When a line of the output that matched was read (ns); None when none was in time, or before it exited."""
        self._listen(lambda: self._matched_ns is not None or self._status is not None, timeout)
        return self._matched_ns

    def wait_exit(self, timeout: float) -> int | None:
        """When the root ended (ns); None when it still runs."""
        self._listen(lambda: self._status is not None, timeout)
        return self._exited_ns

    def wait_screen(self, pattern: str, after: int, timeout: float) -> int | None:
        """When the screen changed after ``after`` so that it matches (ns); None when it did not in time."""
        assert self._screen is not None, "a target whose screen is waited for has a terminal"
        deadline = time.monotonic() + timeout
        while True:
            exited = self._status is not None  # asked before looking: what it printed last counts
            if (found := self._screen.find(pattern, after)) is not None:
                return found
            left = deadline - time.monotonic()
            if not exited and left > 0:
                self._listen(lambda: self._status is not None, min(LOOK, left))
            elif not self._screen.behind:
                return None

    def shows(self, pattern: str) -> bool:
        """Whether the screen matches now."""
        return self._screen is not None and self._screen.holds(pattern)

    def screen(self) -> list[str]:
        """What stands on its terminal, line by line."""
        return self._screen.lines() if self._screen else []

    def expect_log(self, pattern: str) -> None:
        """Have ``wait_log`` wait for this in what it prints from now on."""
        self._listen(lambda: False, 0.0)
        self._matched_ns = None
        self._launcher.send({"type": "pattern", "pattern": pattern})

    def type(self, text: str) -> int:
        """Type into its terminal or standard input: when (ns)."""
        answer = self._drive({"type": "input", "text": text})
        if answer["left"]:
            raise TargetFailedError("exited" if self._status is not None else "timeout", "it does not take its input")
        ns: int = answer["ns"]
        return ns

    def signal(self, number: int) -> int:
        """Send the root process a signal: when (ns)."""
        ns: int = self._drive({"type": "signal", "number": number})["ns"]
        return ns

    def resize(self, terminal: Terminal) -> None:
        """Give its terminal another size."""
        self._drive({"type": "resize", "columns": terminal.columns, "rows": terminal.rows})

    def _drive(self, message: Message) -> Message:
        self._launcher.send(message)
        return self._launcher.await_answer({"sent"}, ANSWER_TIMEOUT, self._note)

    def stop(self, grace: float) -> TreeUsage:
        """End the tree and reap it. A tree that has ended by itself is only reaped."""
        self._launcher.send({"type": "stop", "grace": grace})
        answer = self._launcher.await_answer({"stopped"}, grace + ANSWER_TIMEOUT, self._note)
        self._tail = answer["tail"]
        return _usage(answer, grace, self._launcher.memory_max)

    def output_tail(self) -> str:
        """The last 4 KiB of what it printed."""
        if self._tail is not None:
            return self._tail
        self._launcher.send({"type": "tail"})
        answer: str = self._launcher.await_answer({"tail"}, ANSWER_TIMEOUT, self._note)["text"]
        return answer

    def _listen(self, enough: Callable[[], bool], timeout: float) -> None:
        """Take in what the launcher says until it is enough; with a timeout of 0 what it has said already."""
        deadline = time.monotonic() + timeout
        while self._tail is None and not enough():
            message = self._launcher.receive(max(0.0, deadline - time.monotonic()))
            if message is None:
                return
            self._note(message)

    def _note(self, message: Message) -> None:
        if message["type"] == "exited":
            self._status, self._exited_ns = message["status"], message["ns"]
            self._starved = message["oom_kills"] > 0
        elif message["type"] == "matched":
            self._matched_ns = message["ns"]


def _prepare(home: Path, kubeconfig: str, output: Path, target: TargetSpec) -> dict[str, str]:
    """Furnish the home and make the output file. Raises StorageError when something can't be written."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.touch(mode=0o600)
        places = furnish(home, kubeconfig)
        put_files(home, target.files)
    except OSError as error:
        raise StorageError(f"{error.filename or home}: cannot be written: {error.strerror}") from error
    return places


def _memory_max() -> int | None:
    free = available_memory()
    return None if free is None else int(free * MEMORY_SHARE)


def _how_it_ended(child: Child) -> str:
    status = child.process.returncode
    if status is None or status >= 0:
        return f"the launcher ended with status {status}"
    return f"the launcher was killed by {signal.Signals(-status).name}"


def _usage(answer: Message, grace: float, memory_max: int | None) -> TreeUsage:
    return TreeUsage(
        cpu_seconds=answer["cpu_seconds"],
        system_seconds=answer["system_seconds"],
        memory_peak=answer["memory_peak"],
        page_faults=answer["page_faults"],
        context_switches=answer["context_switches"],
        processes=answer["processes"],
        killed=answer["killed"],
        output_bytes=answer["output_bytes"],
        warnings=tuple(_doubts(answer, grace, memory_max)),
    )


def _doubts(answer: Message, grace: float, memory_max: int | None) -> list[str]:
    """What a person should know of a tree that has ended."""
    doubts = []
    if answer["killed"]:
        doubts.append(f"{_processes(answer['killed'])} did not end within {grace:g} s of SIGTERM: killed")
    if answer["left"]:
        doubts.append(f"{_processes(answer['left'])} could not be killed")
    if answer["oom_kills"] and memory_max:
        doubts.append(f"{_processes(answer['oom_kills'])} hit the memory cap of {format_value(memory_max, 'bytes')}")
    if answer["omitted_bytes"]:
        doubts.append(f"{format_value(answer['omitted_bytes'], 'bytes')} of its output were not kept")
    if answer["output_error"]:
        doubts.append(f"its output could not be kept: {answer['output_error']}")
    if answer["at_floor"]:
        doubts.append("memory.peak is an upper bound: less than the launcher itself uses cannot be told here")
    return doubts


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"
