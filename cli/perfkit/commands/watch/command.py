"""A command under watch: started in a fresh home, its process tree sampled, its requests read along."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import msgspec

from perfkit.commands.watch import grounds
from perfkit.commands.watch.source import Account, Reading, artifact, sampled
from perfkit.commands.workshop import Workshop
from perfkit.errors import PerfkitError
from perfkit.measure.api import api_values
from perfkit.measure.cpu import process_cpu
from perfkit.measure.live.looks import Looks, Tail
from perfkit.measure.live.watched import EndedError
from perfkit.measure.requests import read_requests
from perfkit.measure.sampling import Sampler
from perfkit.model.control import Traffic
from perfkit.model.units import format_duration
from perfkit.steps.waiting import ending, said
from perfkit.targets.home import fresh_home

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from perfkit.commands.watch.grounds import Ground, Wanted
    from perfkit.model.protocols import Launcher, Running, Usage
    from perfkit.model.readings import Readings
    from perfkit.model.requests import Entry
    from perfkit.model.result import Outcome
    from perfkit.model.scenario import TargetSpec

GRACE = 5.0  # seconds between SIGTERM and SIGKILL


@contextlib.contextmanager
def watched_command(target: TargetSpec, wanted: Wanted, folder: Path) -> Iterator[CommandSource]:
    """The command, started; with all that belongs to it it is gone afterwards.

    Raises:
        TargetError: it cannot be started.
        ClusterError, LinkError, ScenarioError, UsageError: there is no such cluster.
    """
    standing = None if wanted.standing is None else grounds.find(wanted.standing)
    with Workshop() as workshop, fresh_home() as home, contextlib.ExitStack() as stack:
        if standing is None:
            ground = grounds.own(wanted, target, workshop, folder)
        else:
            ground = grounds.of_standing(standing, target, folder)
        sampler = Sampler(workshop.launcher.pid, folder)
        stack.callback(sampler.close)
        source = CommandSource(target, ground, workshop.launcher, sampler)
        source.start(home, folder, stack)
        yield source


class CommandSource:
    """A ``commands.watch.source.Source``."""

    def __init__(self, target: TargetSpec, ground: Ground, launcher: Launcher, sampler: Sampler) -> None:
        self.title = target.client or " ".join(target.command)
        self.target = target
        self.cluster = ground.spec
        self.link = ground.link
        self.experiment = {**ground.experiment, "watched": "command"}
        self.sources = {**launcher.sources(), "api.requests": "mock request log"}
        self._ground = ground
        self._launcher = launcher
        self._sampler = sampler
        self._mock = ground.cpu()
        self._notes = (
            () if ground.link.direct else (f"times of requests: at the cluster, without link {ground.link.name}",)
        )

    def start(self, home: Path, folder: Path, stack: contextlib.ExitStack) -> None:
        """Start it; what is read along is closed with the stack. Raises TargetError, StorageError."""
        output = artifact(folder, self.target, "tty" if self.target.terminal else "log")
        self.output = None if self.target.terminal else output  # screens are nothing to read line by line
        self._samples = artifact(folder, self.target, "samples.csv")
        self._reading = Reading(self._ground.glance, self._ground.record, time.monotonic_ns(), self._ground.copy)
        stack.callback(self._reading.close)
        self._sampler.start(self._samples, None)
        self._running: Running = self._launcher.start(
            self.target, home=home, kubeconfig=self._ground.kubeconfig, output=output, pattern=""
        )
        self._looks = Looks(self._running.started_ns)
        self._tail = Tail(self._samples)
        stack.callback(self._tail.close)
        self._ended = False

    def read(self) -> Readings:
        """What is known now; once more after it has ended."""
        if self._ended:
            raise EndedError(self._how())
        self._ended = self._running.exit_status is not None
        if self._ended:
            self._sampler.mark()  # what its last second was like
        now = time.monotonic_ns()
        if not self._looks.seen:
            self._sampler.mark()  # so that something is known from the first reading on
        self._looks.take(self._tail.read())
        readings = msgspec.structs.replace(self._looks.readings(), at=now / 1e9, notes=self._notes)
        return self._reading.told(readings, now)

    def cost(self) -> float:
        """CPU seconds of sampler and launcher; the mock is no part of looking."""
        return self._launcher.cpu() + (process_cpu(self._sampler.pid) or 0.0)

    def finish(self) -> Account:
        """End the command, and sum up."""
        end = self._running.exited_ns or time.monotonic_ns()
        self._sampler.mark()
        looking = self._sampler.stop()
        mock = self._ground.cpu() - self._mock
        work: dict[str, int] = {}
        with contextlib.suppress(PerfkitError, OSError):  # what a cluster that is gone has not told is not known
            traffic = self._ground.collect()
            work = traffic.work if isinstance(traffic, Traffic) and self._ground.copy is None else {}
            self._reading.look(end)
        exited = self._running.exit_status
        outcome: Outcome = "ok" if exited in {None, 0} else "exited"
        usage = self._running.stop(GRACE)
        asked = self._asked()
        carried = self._ground.carried(asked)
        return Account(
            values={**self._values(end, asked, usage), **carried.values},
            origin_ns=self._running.started_ns,
            end_ns=end,
            outcome=outcome,
            reason="" if outcome == "ok" else self._how(),
            exit_status=self._running.exit_status,
            work=work,
            warnings=(*usage.warnings, *carried.doubts),
            launcher_cpu=self._launcher.cpu(),
            mock_cpu=mock,
            sampler_cpu=looking,
        )

    def _asked(self) -> list[Entry]:
        record = self._ground.copy or self._ground.record
        return read_requests(record) if record.exists() else []

    def _values(self, end: int, asked: Sequence[Entry], usage: Usage) -> dict[str, float]:
        start = self._running.started_ns
        first = {"startup.first_request": (asked[0].ns - start) / 1e9} if asked else {}
        return {
            **sampled(self._samples, start, end),
            **api_values(asked, ()),
            **first,
            "api.requests": float(len(asked)),
            "api.bytes_received": float(sum(entry.bytes for entry in asked)),
            "api.connections": float(len({entry.port for entry in asked})),
            "cpu.seconds": usage.cpu_seconds,
            "cpu.system": usage.system_seconds,
            "memory.peak": float(usage.memory_peak),
            "process.page_faults": float(usage.page_faults),
            "process.context_switches": float(usage.context_switches),
        }

    def _how(self) -> str:
        """How it ended, and what it said last where that was no success."""
        status, ended = self._running.exit_status, self._running.exited_ns or time.monotonic_ns()
        after = format_duration((ended - self._running.started_ns) / 1e9)
        return f"{ending(self._running)} after {after}{said(self._running) if status else ''}"
