"""A scenario as data: cluster, link, targets, steps, limits. ``storage.scenarios`` reads it from TOML."""

from __future__ import annotations

from typing import Literal

import msgspec

from perfkit.model.churn import Churn  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.faults import ApiFault  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.limits import Limit  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.link import DIRECT, Fault, LinkProfile
from perfkit.model.metrics import Pass  # noqa: TC001
from perfkit.model.objects import Batch  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.units import format_duration

EMPTY = "empty"  # the shape of a cluster that holds but what every cluster has
DEFAULT_LOOKS = (15, 20, 30, 40, 60, 80)
UNLIMITED = 24 * 3600.0  # seconds of max_time where -r says how many trials, so that time does not


ClusterKind = Literal["mock", "kind", "context"]


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """When a target counts as ready.

    ``exit``: it ended with status 0. ``watch``: a watch of ``resource`` is open and its initial state was read.
    ``api``: a request ``verb resource`` was answered and read. ``log``: a line of its output matches ``pattern``.
    ``screen``: what stands on its terminal matches ``pattern``. ``http``: a GET of ``url`` is answered with 2xx.
    ``quiet``: it has written nothing for so many ``seconds``.
    """

    kind: Literal["exit", "watch", "api", "log", "screen", "http", "quiet"]
    verb: str = ""
    resource: str = ""
    pattern: str = ""
    url: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        detail = {
            "watch": self.resource,
            "api": f"{self.verb} {self.resource}",
            "http": self.url,
            "quiet": f"for {format_duration(self.seconds)}",
        }
        return f"{self.kind} {detail.get(self.kind, self.pattern)}".strip()


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """How a kind cluster is made where it is not there. Empty: as kind does it."""

    kubernetes: str = ""  # a version
    node_image: str = ""  # in place of a version
    config: str = "default"  # a name among fixtures/kind, or a path
    engine: str = ""

    def describe(self) -> dict[str, str]:
        """What is not as usual."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value not in {"", "default"}}


class ClusterSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which cluster and what it holds. ``pods`` overrides the shape's own number.

    A real one has a ``name``: of a kubeconfig's context, or of a kind cluster. What it holds is its own unless it is
    to ``populate`` it, and its targets can only read unless they may write (``writes``).
    """

    kind: ClusterKind = "mock"
    name: str = ""
    populate: bool = False
    writes: bool = False
    shape: str = "small"  # a name, or the path of a file
    pods: int | None = None
    seed: int = 1
    deny: tuple[str, ...] = ()  # rules such as "list secrets in default"
    fault: tuple[ApiFault, ...] = ()  # what goes wrong from the start
    heartbeats: bool = False  # whether nodes renew their leases and report by themselves
    files: tuple[str, ...] = ()  # manifests and snapshots that it holds as well, or alone where its shape is EMPTY
    making: Making = Making()

    def describe(self) -> dict[str, str]:
        """What identifies it, for the fingerprint; what is as usual is left out."""
        unusual = {
            "deny": "; ".join(self.deny),
            "fault": "; ".join(map(str, self.fault)),
            "heartbeats": "on" if self.heartbeats else "",
            "files": " ".join(self.files),
            "name": self.name,
            "writes": "allowed" if self.writes else "",
            **self.making.describe(),
        }
        held = {"shape": self.shape, "pods": self.pods, "seed": self.seed}
        said = {"kind": self.kind, **(held if self.kind == "mock" or self.populate else {})}
        return {key: str(value) for key, value in said.items() if value is not None} | {
            key: value for key, value in unusual.items() if value
        }


class Repeat(msgspec.Struct, frozen=True, kw_only=True):
    """How often. ``pairs``: after how many blocks the verdicts are looked at; the last is the most that will run."""

    pairs: tuple[int, ...] = DEFAULT_LOOKS
    warmup: int = 1  # what it takes tells the plan; 0: nobody knows
    first: int = 0  # number of the first block, of a part of a run
    max_time: float = 300.0  # seconds, for the whole run
    home: Literal["fresh", "kept"] = "fresh"


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What a trace trial looks at beside the process tree. ``threads``: CPU by thread name.

    ``runtime``: Python's collections and imports, Go's collections and inits; its own words, which slow it a little.
    """

    threads: bool = False
    runtime: bool = False


class Launch(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="launch", forbid_unknown_fields=True):
    """Start the target and wait until it is ready (``until`` overrides the target's own condition).

    With ``copies`` so many of it at once, ready when all are.
    """

    name: str = ""
    copies: int = 1
    until: Ready | None = None
    timeout: float = 60.0  # seconds


class Idle(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="idle", forbid_unknown_fields=True):
    """Leave the target alone for ``duration`` seconds."""

    name: str = ""
    duration: float


class Quit(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="quit", forbid_unknown_fields=True):
    """End the target: SIGTERM, and SIGKILL after ``timeout`` seconds."""

    name: str = ""
    timeout: float = 5.0


class ChangeLink(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="link", forbid_unknown_fields=True):
    """Change the link from here on: to another profile, dead, back as the scenario has it, or with a fault.

    Exactly one of the fields but ``name`` is set. ``cut`` is in seconds; the step does not wait for its end.
    """

    name: str = ""
    to: LinkProfile | None = None
    cut: float | None = None
    restore: bool = False
    fault: Fault | None = None


class Strike(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="fault", forbid_unknown_fields=True):
    """Let something go wrong at the API from here on, or nothing any more (``clear``). It does not wait.

    Exactly one of the fields but ``name`` is set.
    """

    name: str = ""
    fault: ApiFault | None = None
    clear: bool = False


class Stir(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="churn", forbid_unknown_fields=True):
    """Have the cluster change by itself for ``duration`` seconds.

    In the ``background``, from here on while the next steps are done, up to the next such step or the trial's end.
    """

    name: str = ""
    churn: Churn
    duration: float = 0.0
    background: bool = False


class Rescale(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="scale", forbid_unknown_fields=True):
    """Give a deployment so many replicas, or the cluster so many pods more (below 0: fewer), and wait until it is so.

    Either ``deployment`` (``namespace/name``) with ``replicas``, or ``pods`` is set, or ``empty``: no workload is left
    and no pod.
    """

    name: str = ""
    deployment: str = ""
    replicas: int = 0
    pods: int = 0
    empty: bool = False
    timeout: float = 60.0  # seconds


class Submit(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="objects", forbid_unknown_fields=True):
    """Have somebody else create, touch or delete objects in the cluster, and wait until that is done."""

    name: str = ""
    batch: Batch


class Wait(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="wait", forbid_unknown_fields=True):
    """Wait until a condition holds."""

    name: str = ""
    until: Ready
    timeout: float = 60.0  # seconds


class Keys(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="keys", forbid_unknown_fields=True):
    """Type into the target's terminal, ``times`` over; each time wait for the screen to change, then ``pause`` seconds.

    With ``until`` the change waited for is the one after which that holds.
    """

    name: str = ""
    send: str  # what a terminal sends for the keys, such as "\x1b[B" for the arrow down
    until: Ready | None = None
    times: int = 1
    pause: float = 0.2
    timeout: float = 5.0


class Query(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="query", forbid_unknown_fields=True):
    """Ask the target for something, ``times`` over, and wait each time until it has answered.

    Exactly one of ``keys`` (typed into its terminal), ``signal`` (a number) and ``stdin`` (a line, on its standard
    input) asks. ``reset`` is typed after each answer, to be where one can ask again.
    """

    name: str = ""
    keys: str = ""
    signal: int = 0
    stdin: str = ""
    reset: str = ""
    until: Ready
    times: int = 10
    pause: float = 0.2
    timeout: float = 10.0


class Resize(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="resize", forbid_unknown_fields=True):
    """Give the target's terminal another size; what runs in it gets SIGWINCH."""

    name: str = ""
    columns: int
    rows: int


Step = Launch | Idle | Quit | ChangeLink | Strike | Stir | Rescale | Submit | Wait | Keys | Query | Resize


class Terminal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The size of a terminal."""

    columns: int = 140
    rows: int = 45


class TargetSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A target as resolved: what to start, how, and when it is ready.

    ``program`` tells versions of one program ("regressed") from different programs ("1.8 × slower").
    """

    name: str
    program: str
    command: tuple[str, ...]
    environment: dict[str, str] = {}
    folder: str = ""  # where it starts; empty: the working directory
    ready: Ready = Ready(kind="watch", resource="pods")
    client: str | None = None  # the recipe it came from
    version: str = ""
    toolchain: dict[str, str] = {}  # interpreter and libraries, printed beside a verdict
    origin: str = ""  # where the version was had from, as written after -t; empty: it was here
    dependencies: dict[str, str] = {}  # all else it is made of; what differs is printed beside a verdict
    hashes: dict[str, str] = {}  # SHA-256 by file: what was installed, downloaded or built
    terminal: Terminal | None = None  # None: its output is a pipe
    stdin: bool = False  # whether it gets input from us; else there is none
    files: dict[str, str] = {}  # what it finds in its home: path from there → text
    quit: str = ""  # what is typed to end it, before it gets SIGTERM
    pprof: str = ""  # where its profiles can be asked for over HTTP


class MetricLimit(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one metric, as written in a scenario, project file or on the command line."""

    metric: str
    limits: tuple[Limit, ...]


class Scenario(msgspec.Struct, frozen=True, kw_only=True, rename={"pass_": "pass"}):
    """One reproducible experiment, everything resolved.

    ``name`` is the file's stem; where the file has a matrix, each of its cells is a scenario: ``sweep`` is the stem,
    ``name`` the stem and the cell's values, ``at`` the values by axis, ``place`` the cell's number in the file.
    ``pass_`` is how its trials are observed: ``timing`` by the account at their end alone, ``trace`` by a sampler too.
    """

    name: str
    sweep: str = ""
    at: dict[str, str | int | float] = {}
    place: int = 0
    title: str
    pass_: Pass = "timing"
    trace: Trace = Trace()
    cluster: ClusterSpec = ClusterSpec()
    link: LinkProfile = DIRECT
    terminal: Terminal | None = None  # in which all targets run that do not say another size
    repeat: Repeat = Repeat()
    targets: tuple[TargetSpec, ...] = ()
    steps: tuple[Step, ...]
    limits: tuple[MetricLimit, ...] = ()
    show: tuple[str, ...] = ()  # patterns of the metrics that a sweep's tables are made of; none: the gated ones

    @property
    def operated(self) -> bool:
        """Whether objects change that a target is to deal with."""
        return any(isinstance(step, Submit) for step in self.steps)

    @property
    def restarted(self) -> bool:
        """Whether the target is started again, with nothing else being done: a later start can be held to the first."""
        starts = sum(isinstance(step, Launch) for step in self.steps)
        return starts > 1 and all(isinstance(step, Launch | Idle | Quit | Wait) for step in self.steps)

    @property
    def faulty(self) -> bool:
        """Whether it lets something go wrong at the API."""
        return bool(self.cluster.fault) or any(isinstance(step, Strike) for step in self.steps)
