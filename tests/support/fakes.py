"""An invented clock, cluster and launcher: the whole pipeline runs on them with no process and no time passing."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from perfkit.errors import ClusterError, TargetError
from perfkit.model.churn import Churn
from perfkit.model.control import Churned, Glimpse, Scale, Traffic
from perfkit.model.faults import ApiFault
from perfkit.model.objects import Batch
from perfkit.model.scenario import Launch, Quit, Ready, Scenario, TargetSpec, Terminal
from perfkit.terminal.live import LiveScreen
from perfkit.terminal.recording import Chunk, encode


@dataclass
class FakeClock:
    """Time that passes only when somebody waits."""

    ns: int = 1_000_000_000

    def now(self) -> int:
        return self.ns

    def sleep(self, seconds: float) -> None:
        self.ns += round(seconds * 1e9)


@dataclass
class Behaviour:
    """What an invented target does when started. ``ready`` None: never; seconds otherwise. Noise is a factor's SD."""

    ready: float | None = 1.0
    cpu: float = 0.5
    memory: int = 50_000_000
    requests: int = 4
    exit_status: int | None = None  # ends with this status instead of becoming ready
    memory_cap_hit: int | None = None  # bytes, where it was killed for that
    start_error: str = ""
    noise: float = 0.0
    paints: tuple[tuple[float, bytes], ...] = ()  # seconds after its start → what it prints on its terminal
    echo: float | None = None  # seconds after which it prints what was typed; None: never


@dataclass
class FakeUsage:
    cpu_seconds: float
    memory_peak: int
    system_seconds: float = 0.0
    page_faults: int = 0
    context_switches: int = 0
    warnings: tuple[str, ...] = ()


class FakeTerminal:
    """A recording that grows as the invented clock goes on."""

    def __init__(self, path: Path, size: Terminal, clock: FakeClock) -> None:
        self.path, self.clock = path, clock
        self.planned: list[tuple[int, bytes]] = []
        self.live = LiveScreen(path, size.columns, size.rows)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def plan(self, ns: int, data: bytes) -> None:
        self.planned.append((ns, data))
        self.planned.sort()

    def record(self, chunk: Chunk) -> None:
        self.now()
        with self.path.open("ab") as file:
            file.write(encode(chunk))

    def now(self) -> LiveScreen:
        while self.planned and self.planned[0][0] <= self.clock.now():
            ns, data = self.planned.pop(0)
            with self.path.open("ab") as file:
                file.write(encode(Chunk(ns, "output", data)))
        return self.live

    def wait(self, pattern: str, after: int, timeout: float) -> int | None:
        deadline = self.clock.now() + round(timeout * 1e9)
        while (found := self.now().find(pattern, after)) is None:
            if not self.planned or self.planned[0][0] > deadline:
                self.clock.ns = deadline
                return None
            self.clock.ns = max(self.clock.ns, self.planned[0][0] + 1)  # who looks is a moment late
        return found


@dataclass
class FakeRunning:
    clock: FakeClock
    behaviour: Behaviour
    factor: float
    started_ns: int
    exit_status: int | None = None
    exited_ns: int | None = None
    stopped: bool = False
    terminal: FakeTerminal | None = None
    signals: list[int] = field(default_factory=list)
    pid: int = 4711
    expected_ns: int = 0

    @property
    def memory_cap_hit(self) -> int | None:
        return self.behaviour.memory_cap_hit

    def _wait(self, timeout: float, after: float | None) -> int | None:
        if after is None or after > timeout:
            self.clock.sleep(timeout)
            return None
        self.clock.sleep(after)
        return self.clock.now()

    def wait_log(self, timeout: float) -> int | None:
        """It says so that long after it was expected to, at the latest."""
        if self.behaviour.ready is None:
            return self._wait(timeout, None)
        due = max(self.started_ns, self.expected_ns) + round(self.behaviour.ready * 1e9)
        return self._wait(timeout, max(0.0, (due - self.clock.now()) / 1e9))

    def wait_exit(self, timeout: float) -> int | None:
        ended = self._wait(timeout, self.behaviour.ready)
        if ended is not None:
            self.exit_status, self.exited_ns = self.behaviour.exit_status or 0, ended
        return ended

    def stop(self, grace: float) -> FakeUsage:
        assert not self.stopped, "a target is stopped once"
        self.stopped = True
        if self.terminal:
            self.terminal.now()
        return FakeUsage(self.behaviour.cpu * self.factor, round(self.behaviour.memory * self.factor))

    def wait_screen(self, pattern: str, after: int, timeout: float) -> int | None:
        assert self.terminal is not None
        return self.terminal.wait(pattern, after, timeout)

    def shows(self, pattern: str) -> bool:
        return self.terminal is not None and self.terminal.now().holds(pattern)

    def screen(self) -> list[str]:
        return self.terminal.now().lines() if self.terminal else []

    def expect_log(self, pattern: str) -> None:
        self.expected, self.expected_ns = pattern, self.clock.now()

    def type(self, text: str) -> int:
        assert self.terminal is not None
        self.terminal.record(Chunk(self.clock.now(), "input", text.encode()))
        if self.behaviour.echo is not None:
            self.terminal.plan(self.clock.now() + round(self.behaviour.echo * 1e9), text.encode())
        return self.clock.now()

    def signal(self, number: int) -> int:
        self.signals.append(number)
        return self.clock.now()

    def resize(self, terminal: Terminal) -> None:
        assert self.terminal is not None
        size = struct.pack("<HH", terminal.columns, terminal.rows)
        self.terminal.record(Chunk(self.clock.now(), "resize", size))

    def output_tail(self) -> str:
        return "its last line\n" if self.exit_status else ""


@dataclass
class FakeWorld:
    """Cluster and launcher in one, since readiness of a fake depends on the target that runs."""

    behaviours: dict[str, Behaviour]
    clock: FakeClock = field(default_factory=FakeClock)
    seed: int = 7
    kind: str = "mock"
    opened: int = 0
    closed: int = 0
    started: list[str] = field(default_factory=list)
    commands: list[tuple[str, ...]] = field(default_factory=list)
    on_start: Callable[[int], None] = lambda _count: None
    faults: list[ApiFault | None] = field(default_factory=list)
    churning: tuple[Churn | None, int] = (None, 0)
    scales: list[Scale] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    dies_at: int | None = None  # the cluster fails at its n-th reset
    memory_source: str = "invented"
    notes: tuple[str, ...] = ()  # what the cluster has to say of each trial

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.running: FakeRunning | None = None
        self.resets = 0

    # Cluster
    def open(self) -> None:
        self.opened += 1

    def reset(self, record: Path) -> None:
        self.resets += 1
        self.running = None
        if self.dies_at == self.resets:
            raise ClusterError("the mock cluster was killed by signal 9")

    def expect(self, ready: Ready, since: int, count: int = 1) -> None:
        self.expected = ready
        self.expected_since, self.expected_count = since, count

    def reached(self, timeout: float) -> int | None:
        assert self.running is not None
        if self.running.exit_status is not None:
            return None
        ready = self.running.behaviour.ready
        if ready is None:
            self.clock.sleep(timeout)
            return None
        after = self.running.started_ns + round(ready * self.running.factor * 1e9)
        if after > self.clock.now() + timeout * 1e9:
            self.clock.sleep(timeout)
            return None
        self.clock.ns = max(self.clock.ns, after)
        return after

    def fault(self, fault: ApiFault | None) -> None:
        self.faults.append(fault)

    def churn(self, churn: Churn | None) -> Churned:
        """Half of what it should, in the time that has passed."""
        before, self.churning = self.churning, (churn, self.clock.now())
        seconds = (self.clock.now() - before[1]) / 1e9
        events = 0 if before[0] is None else round(before[0].rate * seconds)
        return Churned(events=events // 2, missed=events - events // 2, seconds=seconds)

    def scale(self, scale: Scale, timeout: float) -> None:
        self.scales.append(scale)

    def submit(self, batch: Batch) -> None:
        self.batches.append(batch)
        self.clock.sleep(batch.seconds)

    def glance(self) -> Glimpse:
        return Glimpse()

    def traffic(self) -> Traffic:
        if self.running is None:
            return Traffic(requests=0, bytes_sent=0, connections=0, first_request_ns=None, work={}, digest="none")
        requests = self.running.behaviour.requests
        return Traffic(
            requests=requests,
            bytes_sent=1000,
            connections=1,
            first_request_ns=self.running.started_ns + 10_000_000,
            work={"list pods": 1000},
            digest=f"digest of {requests}",
            notes=self.notes,
        )

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", 6443

    def kubeconfig(self, through: tuple[str, int] | None = None) -> str:
        host, port = through or self.address
        return f"https://{host}:{port}"

    def describe(self) -> dict[str, str]:
        return {"kind": "mock", "shape": "small", "pods": "1000", "seed": "1"}

    # Launcher
    def start(self, target: TargetSpec, *, home: Path, kubeconfig: str, output: Path, pattern: str) -> FakeRunning:
        behaviour = self.behaviours[target.name]
        self.started.append(target.name)
        self.commands.append(target.command)
        self.on_start(len(self.started))
        if behaviour.start_error:
            raise TargetError(behaviour.start_error)
        factor = max(0.1, self.random.gauss(1.0, behaviour.noise)) if behaviour.noise else 1.0
        self.running = FakeRunning(self.clock, behaviour, factor, self.clock.now())
        if target.terminal is not None:
            self.running.terminal = FakeTerminal(output, target.terminal, self.clock)
            for seconds, data in behaviour.paints:
                self.running.terminal.plan(self.clock.now() + round(seconds * 1e9), data)
        if behaviour.exit_status is not None and target.ready.kind != "exit":
            self.running.exit_status, self.running.exited_ns = behaviour.exit_status, self.clock.now()
        return self.running

    def sources(self) -> dict[str, str]:
        return {"cpu.seconds": "invented", "memory.peak": self.memory_source, "startup.ready": "invented"}

    # Both
    def close(self) -> None:
        self.closed += 1

    def cpu(self) -> float:
        return 0.0


def spec(name: str, program: str = "client", **changes: object) -> TargetSpec:
    """A target that no test ever starts for real."""
    return TargetSpec(name=name, program=program, command=("client",), **changes)  # type: ignore[arg-type]


def scenario(*targets: str, **changes: object) -> Scenario:
    """A start-up scenario over targets of one program."""
    steps = (Launch(name="launch", timeout=60.0), Quit(name="quit"))
    specs = tuple(spec(name) for name in targets)
    return Scenario(name="startup", title="Start-up", steps=steps, targets=specs, **changes)  # type: ignore[arg-type]
