"""The seams of the house: what the engine needs of a cluster, a target and a clock. Fakes of these run the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from perfkit.model.churn import Churn
    from perfkit.model.control import Churned, Glimpse, Scale, Traffic
    from perfkit.model.faults import ApiFault
    from perfkit.model.link import Fault, LinkProfile
    from perfkit.model.objects import Batch
    from perfkit.model.profile import Profile
    from perfkit.model.relay import RelayStats
    from perfkit.model.result import Outcome
    from perfkit.model.scenario import Ready, TargetSpec, Terminal


class Clock(Protocol):
    """Time. The real one is CLOCK_MONOTONIC; a test invents one."""

    def now(self) -> int:
        """Nanoseconds, comparable with all times in messages."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...


class Cluster(Protocol):
    """What a target talks to. Open once a run, reset before each trial."""

    kind: str

    def open(self) -> None:
        """Make it answer. Raises ClusterError."""
        ...

    def close(self) -> None:
        """Leave nothing behind. May be called twice."""
        ...

    def reset(self, record: Path) -> None:
        """Return to the first state and log requests to ``record`` from now on. Raises ClusterError."""
        ...

    def expect(self, ready: Ready, since: int, count: int = 1) -> None:
        """Be ready to say when the condition came true for ``count`` clients, at ``since`` (ns) or later.

        It is one of ``watch``, ``api`` and ``quiet``. Raises ClusterError.
        """
        ...

    def reached(self, timeout: float) -> int | None:
        """Wait ``timeout`` seconds at most for what was expected: when it came true (ns), or None.

        Raises ClusterError.
        """
        ...

    def fault(self, fault: ApiFault | None) -> None:
        """Let something go wrong too from now on, or nothing any more (None). Raises ClusterError."""
        ...

    def churn(self, churn: Churn | None) -> Churned:
        """Change by itself like this from now on, or not any more; what the churn before did. Raises ClusterError."""
        ...

    def scale(self, scale: Scale, timeout: float) -> None:
        """Change how many pods there are and wait until it is so. Raises ClusterError, also when ``timeout`` ends."""
        ...

    def submit(self, batch: Batch) -> None:
        """Create, touch or delete objects as somebody else does, and wait until that is done. Raises ClusterError."""
        ...

    def traffic(self) -> Traffic:
        """What was asked of the cluster since the reset. Raises ClusterError."""
        ...

    def glance(self) -> Glimpse:
        """Write out what requests have ended, and tell what goes on, for who looks along. Raises ClusterError."""
        ...

    @property
    def address(self) -> tuple[str, int]:
        """Host and port at which it listens."""
        ...

    def kubeconfig(self, through: tuple[str, int] | None = None) -> str:
        """The text of a kubeconfig that leads to it, or to a relay at ``through`` that leads there."""
        ...

    def cpu(self) -> float:
        """CPU seconds that perfkit's own server process has used so far (0.0 where there is none)."""
        ...

    def sources(self) -> Mapping[str, str]:
        """Metric name → how it is known here, where that depends on the machine."""
        ...

    def describe(self) -> Mapping[str, str]:
        """What identifies it, for the fingerprint's experiment class."""
        ...


class Link(Protocol):
    """The network between target and cluster. All methods raise LinkError."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that the target uses in place of the cluster's."""
        ...

    def reset(self, seed: int, log: Path) -> None:
        """Be as new, draw chance from ``seed``, and log what passes the edges to ``log``."""
        ...

    def expect_delivery(self) -> None:
        """Be ready to say when all that the cluster has sent by now was read by the target."""
        ...

    def delivered(self, timeout: float) -> int | None:
        """When that came true (ns), or None if it did not within ``timeout`` seconds."""
        ...

    def set(self, profile: LinkProfile) -> None:
        """From now on the link is like this."""
        ...

    def cut(self, duration: float | None = None) -> None:
        """Lose everything for so many seconds, or until ``restore``."""
        ...

    def restore(self) -> None:
        """End a cut."""
        ...

    def fault(self, fault: Fault | None) -> None:
        """Put a fault in force, or end it."""
        ...

    def stats(self) -> RelayStats:
        """What has passed since the reset."""
        ...


class Observer(Protocol):
    """Looks at a target's process tree while a trace trial runs. All methods raise PerfkitError."""

    def start(self, samples: Path, threads: Path | None) -> None:
        """Log samples to a file from now on, and where asked, CPU by thread to another."""
        ...

    def mark(self) -> None:
        """Take a full sample now: a step has ended."""
        ...

    def stop(self) -> float:
        """End the log; the CPU seconds that looking cost."""
        ...

    def close(self) -> None:
        """Leave nothing behind. May be called twice."""
        ...


class Capture(Protocol):
    """A profiler at one trial, which yields no samples."""

    @property
    def path(self) -> Path:
        """The file that the profiler writes."""
        ...

    def wrap(self, target: TargetSpec) -> TargetSpec:
        """The target to start in place of ``target``."""
        ...

    def started(self, pid: int) -> None:
        """The target runs; of several starts each is told."""
        ...

    def enter(self, step: str) -> None:
        """A step begins."""
        ...

    def leave(self) -> None:
        """The step has ended, however it ended."""
        ...

    def end(self) -> None:
        """The target has ended: leave no process behind."""
        ...

    def read(self, output: Path) -> Profile:
        """The profile, with its doubts; ``output`` is what the target printed. Raises ResultError: there is none."""
        ...


class Usage(Protocol):
    """What a whole process tree used, known when the last of it is reaped."""

    @property
    def cpu_seconds(self) -> float:
        """User and system time."""
        ...

    @property
    def system_seconds(self) -> float:
        """Of the CPU seconds, those spent in the kernel."""
        ...

    @property
    def memory_peak(self) -> int:
        """Bytes."""
        ...

    @property
    def page_faults(self) -> int:
        """Minor and major."""
        ...

    @property
    def context_switches(self) -> int:
        """Voluntary and not."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know: killed stragglers, truncated output."""
        ...


class Running(Protocol):
    """A started target."""

    @property
    def started_ns(self) -> int:
        """When it was exec'ed."""
        ...

    @property
    def pid(self) -> int:
        """Of the root process."""
        ...

    @property
    def exit_status(self) -> int | None:
        """The root process's status (negative: killed by that signal); None while it runs."""
        ...

    @property
    def exited_ns(self) -> int | None:
        """When the root process ended; None while it runs."""
        ...

    @property
    def memory_cap_hit(self) -> int | None:
        """Bytes: the cap at which processes of it were killed before the root ended; None: none were."""
        ...

    def wait_log(self, timeout: float) -> int | None:
        """Wait for the output pattern given at start: when the line was read (ns); None: not in time, or it exited."""
        ...

    def wait_exit(self, timeout: float) -> int | None:
        """Wait for the root process to end: when (ns), or None."""
        ...

    def wait_screen(self, pattern: str, after: int, timeout: float) -> int | None:
        """Wait for a change of its terminal's screen, after the time ``after``, which leaves it matching.

        Returns when that was (ns); None: not in time, or it exited. An empty pattern matches any change.
        """
        ...

    def shows(self, pattern: str) -> bool:
        """Whether its terminal's screen matches now."""
        ...

    def screen(self) -> list[str]:
        """What stands on its terminal now, line by line; nothing where it has none."""
        ...

    def expect_log(self, pattern: str) -> None:
        """Have ``wait_log`` wait for this in what it prints from now on."""
        ...

    def type(self, text: str) -> int:
        """Type into its terminal or standard input: when (ns). Raises TargetFailedError when it does not take it."""
        ...

    def signal(self, number: int) -> int:
        """Send the root process a signal: when (ns)."""
        ...

    def resize(self, terminal: Terminal) -> None:
        """Give its terminal another size."""
        ...

    def stop(self, grace: float) -> Usage:
        """End the tree (SIGTERM, after ``grace`` seconds SIGKILL), reap all of it."""
        ...

    def output_tail(self) -> str:
        """The last lines it wrote, for the error a person reads."""
        ...


class Launcher(Protocol):
    """Starts targets."""

    def start(self, target: TargetSpec, *, home: Path, kubeconfig: str, output: Path, pattern: str) -> Running:
        """Start ``target`` in ``home`` with its output, or a recording of its terminal, going to ``output``.

        Raises:
            TargetError: it can't be started.
        """
        ...

    def close(self) -> None:
        """End everything it started. May be called twice."""
        ...

    def cpu(self) -> float:
        """CPU seconds the launcher itself has used so far."""
        ...

    def sources(self) -> Mapping[str, str]:
        """Metric name → where its number comes from, for ``cpu.seconds`` and ``memory.peak``."""
        ...


class TargetFailedError(Exception):
    """A step could not be done because of the target; becomes the trial's outcome, never an exit."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
