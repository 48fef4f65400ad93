"""The engine's handle on the launcher: starts targets, waits for them, ends them."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from perfkit.errors import PerfkitError, TargetError
from perfkit.lifeline import Child, ChildGoneError, Message, spawn
from perfkit.measure.cpu import process_cpu
from perfkit.targets.home import home_environment, write_kubeconfig
from perfkit.targets.runs import RUN_VARIABLE, kill_carriers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.model.scenario import TargetSpec

ANSWER_TIMEOUT: Final = 30.0  # seconds; the launcher answers in milliseconds, so this only ends a hang
PR_SET_CHILD_SUBREAPER: Final = 36
TAIL: Final = 4096  # bytes of a target's output that an error looks at


def become_subreaper() -> None:
    """Take in what a killed launcher leaves, so that it can be found and ended. Linux; elsewhere nothing happens."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class TreeUsage:
    """A ``model.protocols.Usage``."""

    cpu_seconds: float
    memory_peak: int
    processes: int
    warnings: tuple[str, ...]


class ProcessLauncher:
    """A ``model.protocols.Launcher``. ``run`` is the id that all targets carry in their environment."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._count = 0
        program = str(Path(__file__).with_name("launcher.py"))
        self._child: Child | None = spawn("the launcher", [sys.executable, "-I", "-S", program, run])
        self._hello = self.ask(None, "hello")

    def start(self, target: TargetSpec, *, home: Path, kubeconfig: str, output: Path, pattern: str) -> RunningProcess:
        """Start ``target`` in ``home``. Raises TargetError when it cannot be exec'ed."""
        environment = home_environment(home)
        environment["KUBECONFIG"] = str(write_kubeconfig(home, kubeconfig))
        self._count += 1
        order = {
            "type": "start",
            "file": shutil.which(target.command[0], path=environment.get("PATH")) or target.command[0],
            "argv": list(target.command),
            "env": {**environment, RUN_VARIABLE: self._run, **target.environment},
            "folder": str(home),
            "output": str(output),
            "pattern": pattern,
            "memory_max": None,
        }
        answer = self.ask(order, "started", "failed")
        if answer["type"] == "failed":
            reason = os.strerror(answer["errno"])
            raise TargetError(f"{target.command[0]}: cannot be started: {reason}")
        return RunningProcess(self, answer["ns"], output)

    def ask(self, order: Message | None, *answers: str, timeout: float = ANSWER_TIMEOUT) -> Message:
        """Send an order and wait for one of the answers; other messages, of a target that has gone, are dropped."""
        deadline = time.monotonic() + timeout
        if order is not None:
            self.send(order)
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if message is not None and message["type"] in answers:
                return message
        raise PerfkitError(f"the launcher did not answer within {timeout:.0f} s")

    def send(self, order: Message) -> None:
        """Send one order. Raises PerfkitError when the launcher is gone."""
        try:
            self._living.send(order)
        except ChildGoneError as error:
            raise self._died() from error

    def receive(self, timeout: float) -> Message | None:
        """The next message within ``timeout`` seconds. Raises PerfkitError when the launcher is gone."""
        try:
            return self._living.receive(timeout)
        except ChildGoneError as error:
            raise self._died() from error

    def close(self) -> None:
        """End everything it started."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def cpu(self) -> float:
        """CPU seconds of the launcher so far."""
        return (process_cpu(self._child.pid) or 0.0) if self._child else 0.0

    def sources(self) -> Mapping[str, str]:
        """Where CPU time and memory come from on this machine."""
        has_cgroup = bool(self._hello["cgroup"])
        return {
            "cpu.seconds": "cgroup v2 cpu.stat" if has_cgroup else "wait4 under a subreaper",
            "memory.peak": "cgroup v2 memory.peak" if self._hello["memory"] else "wait4 ru_maxrss, largest process",
        }

    @property
    def pid(self) -> int:
        """Process id of the launcher."""
        return self._living.pid

    @property
    def _living(self) -> Child:
        if self._child is None:
            raise PerfkitError("the launcher is closed")
        return self._child

    def _died(self) -> PerfkitError:
        """The launcher is gone: what it left came to us, the next subreaper up; end it."""
        self.close()
        kill_carriers(self._run)
        return PerfkitError("the launcher was killed", "finished trials are kept: perfkit run --resume goes on")


class RunningProcess:
    """A ``model.protocols.Running``: the one target that the launcher runs at a time."""

    def __init__(self, launcher: ProcessLauncher, started_ns: int, output: Path) -> None:
        self._launcher = launcher
        self._output = output
        self.started_ns = started_ns
        self._status: int | None = None
        self._exited_ns: int | None = None
        self._matched_ns: int | None = None

    @property
    def exit_status(self) -> int | None:
        """The root's status, negative for a signal; None while it runs."""
        self._take(0.0)
        return self._status

    @property
    def exited_ns(self) -> int | None:
        """When the root ended; None while it runs."""
        self._take(0.0)
        return self._exited_ns

    def wait_log(self, timeout: float) -> int | None:
        """When a line of the output matched (ns); None when none did in time or before the end."""
        deadline = time.monotonic() + timeout
        while self._matched_ns is None and self._status is None and (left := deadline - time.monotonic()) > 0:
            self._take(left)
        return self._matched_ns

    def wait_exit(self, timeout: float) -> int | None:
        """When the root ended (ns); None when it still runs."""
        deadline = time.monotonic() + timeout
        while self._status is None and (left := deadline - time.monotonic()) > 0:
            self._take(left)
        return self._exited_ns

    def stop(self, grace: float) -> TreeUsage:
        """End the tree, reap it, and tell what it used."""
        self._launcher.send({"type": "stop", "grace": grace})
        deadline = time.monotonic() + grace + ANSWER_TIMEOUT
        while (left := deadline - time.monotonic()) > 0:
            message = self._launcher.receive(left)
            if message is not None and message["type"] == "stopped":
                return _usage(message, grace)
            if message is not None:
                self._note(message)
        raise PerfkitError("the launcher could not end its target", "perfkit ends it when it starts the next time")

    def output_tail(self) -> str:
        """The last lines that the target wrote."""
        try:
            with self._output.open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
                return file.read().decode(errors="replace")
        except OSError:
            return ""

    def _take(self, timeout: float) -> None:
        """Take in what the launcher has to say, waiting ``timeout`` seconds at most for the first of it."""
        while (message := self._launcher.receive(timeout)) is not None:
            self._note(message)
            timeout = 0.0

    def _note(self, message: dict[str, Any]) -> None:
        if message["type"] == "exited":
            self._status, self._exited_ns = message["status"], message["ns"]
        elif message["type"] == "matched":
            self._matched_ns = message["ns"]


def _usage(message: dict[str, Any], grace: float) -> TreeUsage:
    warnings = []
    if message["killed"]:
        warnings.append(f"{message['killed']} of its processes did not end on SIGTERM within {grace:g} s: killed")
    if message["left"]:
        warnings.append(f"{message['left']} of its processes could not be killed")
    if message["omitted_bytes"]:
        warnings.append(f"{message['omitted_bytes'] / 1e6:,.0f} MB of its output were not kept")
    return TreeUsage(message["cpu_seconds"], message["memory_peak"], message["processes"], tuple(warnings))
