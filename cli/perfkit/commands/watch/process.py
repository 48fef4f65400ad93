"""A running process under watch: its tree sampled from outside, and the requests at the cluster that it talks to."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from perfkit.commands.watch import grounds
from perfkit.commands.watch.source import Account, Reading, artifact, sampled
from perfkit.errors import PerfkitError, UsageError
from perfkit.measure.api import api_values
from perfkit.measure.cpu import process_cpu
from perfkit.measure.live.looks import Looks, Tail
from perfkit.measure.live.watched import EndedError
from perfkit.measure.requests import read_requests
from perfkit.measure.sampling import Sampler
from perfkit.model.link import DIRECT
from perfkit.model.scenario import ClusterSpec, Ready, TargetSpec
from perfkit.model.units import format_duration
from perfkit.storage.targets import default_name
from perfkit.targets.programs import program_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.clusters.standing import Standing
    from perfkit.commands.watch.grounds import Ground
    from perfkit.model.readings import Readings

PROC = Path("/proc")


@contextlib.contextmanager
def watched_process(pid: int, cluster: str | None, folder: Path) -> Iterator[ProcessSource]:
    """The process, which goes on as it did afterwards.

    Its requests are known where it talks to a cluster that stands: the one named ``cluster``, or whose kubeconfig
    stands in its environment.

    Raises:
        UsageError: no such process, or cluster.
        PerfkitError: it cannot be sampled.
    """
    target = target_of(pid)
    standing = _cluster_of(pid) if cluster is None else grounds.find(cluster)
    with contextlib.ExitStack() as stack:
        sampler = Sampler(pid, folder, itself=True)
        stack.callback(sampler.close)
        ground = None if standing is None else grounds.of_standing(standing, target, folder)
        source = ProcessSource(pid, target, sampler, ground)
        source.start(folder, stack)
        yield source


def target_of(pid: int) -> TargetSpec:
    """A process as a target. Raises UsageError: there is none, or it is a thread of the kernel."""
    if not PROC.is_dir():
        raise UsageError("processes are not measurable here: this system has no /proc", "watch a URL instead")
    try:
        words = [os.fsdecode(word) for word in (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")[:-1]]
    except (ProcessLookupError, FileNotFoundError):
        raise UsageError(f"no process {pid}", "pgrep NAME tells process ids") from None
    except OSError as error:
        raise UsageError(f"process {pid}: {error.strerror}", "only its owner or root may look at it") from None
    if not words or not any(words):
        raise UsageError(f"process {pid} has ended, or belongs to the kernel", "pgrep NAME tells process ids")
    program = program_of(words)
    return TargetSpec(name=default_name(program), program=program, command=tuple(words), ready=Ready(kind="exit"))


def _cluster_of(pid: int) -> Standing | None:
    try:
        variables = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return None
    named = [os.fsdecode(each.partition(b"=")[2]) for each in variables if each.startswith(b"KUBECONFIG=")]
    return grounds.standing_of(named[0]) if named else None


class ProcessSource:
    """A ``commands.watch.source.Source``."""

    output = None

    def __init__(self, pid: int, target: TargetSpec, sampler: Sampler, ground: Ground | None) -> None:
        self.title = f"{target.program} (process {pid})"
        self.target = target
        self.cluster = ClusterSpec() if ground is None else ground.spec
        self.link = DIRECT
        self.experiment = {"watched": "process", **({} if ground is None else ground.experiment)}
        known = "sampler, 50 Hz"
        self.sources = {"cpu.seconds": known, "memory.peak": known}
        self._pid = pid
        self._sampler = sampler
        self._ground = ground
        self._mock = 0.0 if ground is None else ground.cpu()
        self._notes = ("requests: of all clients of that cluster",) if ground is not None else ()

    def start(self, folder: Path, stack: contextlib.ExitStack) -> None:
        """Look from now on; what is read along is closed with the stack. Raises PerfkitError."""
        self._samples = artifact(folder, self.target, "samples.csv")
        self._since = time.monotonic_ns()
        self._reading: Reading | None = None
        if self._ground is not None:
            self.sources["api.requests"] = "mock request log"
            self._reading = Reading(self._ground.glance, self._ground.record, self._since, self._ground.copy)
            stack.callback(self._reading.close)
        self._sampler.start(self._samples, None)
        self._looks = Looks(self._since)
        self._tail = Tail(self._samples)
        stack.callback(self._tail.close)
        self._ended = False

    def read(self) -> Readings:
        """What is known now."""
        if self._ended:
            raise EndedError(f"process {self._pid} has ended, watched for {format_duration(self._seconds())}")
        now = time.monotonic_ns()
        if not self._looks.seen:
            self._sampler.mark()  # so that something is known from the first reading on
        self._looks.take(self._tail.read())
        self._ended = self._looks.gone
        seen = self._looks.readings()
        readings = msgspec.structs.replace(seen, at=now / 1e9, uptime=None, notes=self._notes)
        return readings if self._reading is None else self._reading.told(readings, now)

    def cost(self) -> float:
        """CPU seconds of the sampler."""
        return process_cpu(self._sampler.pid) or 0.0

    def finish(self) -> Account:
        """Look no more; the process goes on."""
        end = time.monotonic_ns()
        self._sampler.mark()
        looking = self._sampler.stop()
        return Account(
            values=self._values(end),
            origin_ns=self._since,
            end_ns=end,
            mock_cpu=0.0 if self._ground is None else self._ground.cpu() - self._mock,
            sampler_cpu=looking,
        )

    def _seconds(self) -> float:
        return (time.monotonic_ns() - self._since) / 1e9

    def _values(self, end: int) -> dict[str, float]:
        values = sampled(self._samples, self._since, end)
        if self._ground is None or self._reading is None or self._ground.copy is None:
            return values
        with contextlib.suppress(PerfkitError, OSError):
            self._ground.collect()
            self._reading.look(end)
        asked = read_requests(self._ground.copy) if self._ground.copy.exists() else []
        return {**values, **api_values(asked, ()), "api.requests": float(len(asked))}
