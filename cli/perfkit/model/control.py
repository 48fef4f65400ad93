"""What the engine says to the server of a cluster over its lifeline, and what that answers.

Every message is one JSON object with a ``type``. Times are CLOCK_MONOTONIC nanoseconds, which all processes of one
machine share. ``model.relay`` and ``model.sampling`` are for other children. The launcher is a single stdlib-only file
and cannot import any of them; its docstring repeats its part.
"""

from __future__ import annotations

from typing import Any

import msgspec

from perfkit.model.churn import Churn  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.faults import ApiFault, FaultKind  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.model.objects import Batch  # noqa: TC001 - msgspec reads annotations at run time


class MockConfig(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="config"):
    """The mock's first message: what to serve and how. ``pods`` None keeps the shape's number."""

    shape: str  # path of the shape file
    pods: int | None = None
    seed: int = 1
    host: str = "127.0.0.1"
    port: int = 0  # 0: any free one
    certificate: str  # PEM paths
    key: str
    token: str
    deny: tuple[str, ...] = ()  # rules such as "delete,create pods in default"; all else is allowed
    faults: tuple[ApiFault, ...] = ()  # in force from the start, and again after each reset
    files: tuple[str, ...] = ()  # manifests and snapshots, whose objects are there from the start
    alone: bool = False  # whether these stand in place of what the shape has of their resources
    record: str = (
        ""  # path of a record of requests from the start on, bounded in size; "": none until a reset names one
    )
    heartbeats: bool = False  # whether nodes renew their leases and report by themselves
    control: str = ""  # path of a Unix socket that takes the same messages; "": none


class MockReady(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="listening"):
    """Answer to ``config``: it listens and answers."""

    port: int
    pods: int
    resource_version: int
    release: str = ""  # of Kubernetes, as a real cluster tells it
    sees_queues: bool = True  # False: this system hides socket queues, and Reached means sent instead of read


class MockError(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="error"):
    """The mock cannot do what it was told; ``advice`` says what would help."""

    message: str
    advice: str = ""


class Reset(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="reset"):
    """Return to the first state, close all connections' watches, and log requests to ``record`` (a path) from now on.

    ``record`` "" goes on where it was logged before. Answer: ResetDone.
    """

    record: str = ""


class Expect(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="expect"):
    """Tell once when this has happened *and was read by the client* (answer: Reached). Replaces an earlier one.

    ``verb`` is ``watch`` (open, initial state sent) or ``get``, ``list``… (answered with 2xx; of a paged list the last
    page). ``count`` such answers are waited for, handed over at ``since`` or later.
    """

    verb: str
    resource: str
    since: int = 0
    count: int = 1


class ExpectQuiet(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="expect_quiet"):
    """Tell once when no request to write was open for so many seconds from now on (answer: Reached, verb ``quiet``).

    The moment told is that at which the last one ended, or ``since`` where that is later. Replaces what was expected
    before, and the other way round.
    """

    seconds: float
    since: int = 0


class Reached(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="reached"):
    """What was expected came true at ``ns``: sent, and the sockets' queues on both sides seen empty."""

    verb: str
    resource: str
    ns: int


class Collect(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="collect"):
    """Write the record out and sum up what was seen since the last reset (answer: Traffic)."""


class Traffic(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="traffic"):
    """What one trial asked of the cluster. ``work`` counts objects delivered: ``{"list pods": 1000, "watch pods": 0}``.

    ``digest`` is a hash over the ordered (method, path, sorted query, status) of all requests: equal digests, equal
    work.
    """

    requests: int
    bytes_sent: int  # response bodies, after compression
    connections: int
    first_request_ns: int | None
    work: dict[str, int]
    digest: str
    errors: int = 0  # responses with status >= 400
    open_watches: dict[str, int] = {}
    faults: dict[str, int] = {}  # requests that a fault struck, by its kind
    notes: tuple[str, ...] = ()  # what else a person should know of it


class Glance(msgspec.Struct, frozen=True, tag_field="type", tag="glance"):
    """Write out what requests have ended, and tell of the watches that are open (answer: Glimpse).

    Cheaper than ``collect``, and for the whole life of a watch: what it delivered so far is not written.
    """


class OpenWatch(msgspec.Struct, frozen=True, kw_only=True):
    """A watch that is open; ``heard_ns``: the end of the last tenth of a second in which it delivered something."""

    number: int  # of its request
    resource: str
    ns: int  # when it arrived
    events: int
    heard_ns: int | None = None


class Glimpse(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="glimpse"):
    """What goes on at the cluster."""

    watches: tuple[OpenWatch, ...] = ()


class AddFault(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="fault"):
    """Let this go wrong too, from now on (answer: Done)."""

    fault: ApiFault


class ClearFaults(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="clear_faults"):
    """End all faults, or those of a kind (answer: Done)."""

    kind: FaultKind | None = None


class Deny(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="deny"):
    """Deny what this rule says too (answer: Done)."""

    rule: str


class AllowAll(msgspec.Struct, frozen=True, tag_field="type", tag="allow_all"):
    """Deny nothing any more (answer: Done)."""


class Done(msgspec.Struct, frozen=True, tag_field="type", tag="done"):
    """Answer to what changes the mock: it is so from now on."""


class ResetDone(msgspec.Struct, frozen=True, tag_field="type", tag="reset_done"):
    """Answer to ``reset``: the server is as new."""


class SetChurn(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="set_churn"):
    """Change by itself like this from now on, instead of how it did before; None: no more (answer: Churned)."""

    churn: Churn | None = None


class Churned(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="churned"):
    """What the churn that ended has done in ``seconds``: ``events`` changes, and ``missed`` that it did not come to."""

    events: int = 0
    missed: int = 0
    seconds: float = 0.0


class Scale(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="scale"):
    """Give a deployment (``namespace/name``) so many replicas, or the cluster so many ``pods`` more (below 0: fewer).

    ``empty``: have all workloads and pods deleted.

    Answer, once all pods that shall be are ready and the others gone: Scaled.
    """

    deployment: str = ""
    replicas: int = 0
    pods: int = 0
    empty: bool = False


class Scaled(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="scaled"):
    """What ``scale`` asked for is so, with ``pods`` in the whole cluster."""

    pods: int


class SubmitBatch(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="submit"):
    """Create, touch or delete objects as somebody else than the target does (answer, once that is done: Submitted)."""

    batch: Batch


class Submitted(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="submitted"):
    """What ``submit`` asked for is done, to ``count`` objects."""

    count: int


MockRequest = (
    MockConfig
    | Reset
    | Expect
    | ExpectQuiet
    | Collect
    | Glance
    | AddFault
    | ClearFaults
    | Deny
    | AllowAll
    | SetChurn
    | Scale
    | SubmitBatch
)


class Populate(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="populate"):
    """Put nodes and pods of a shape into a real cluster, labelled as ``owner``'s; at most ``rate`` requests a second.

    What is there already of the same owner stays. Answers: Populating, now and then; Populated.
    """

    owner: str
    shape: str  # path of the shape file
    pods: int | None = None
    seed: int = 1
    rate: float = 600.0


class Populating(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="populating"):
    """So many ``pods`` are there, ``of`` so many."""

    pods: int
    of: int


class Populated(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="populated"):
    """All ``pods`` are there; their nodes are kept alive from here on by the gateway, or by kwok: ``run_by``."""

    pods: int
    run_by: str


GatewayRequest = Reset | Expect | ExpectQuiet | Collect | Glance | SetChurn | Scale | Populate
MockAnswer = (
    MockReady
    | MockError
    | ResetDone
    | Reached
    | Traffic
    | Glimpse
    | Done
    | Churned
    | Scaled
    | Submitted
    | Populating
    | Populated
)


class GatewayConfig(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="gateway"):
    """The gateway's first message: where it listens, and ``access`` to the cluster (a ``client.access.Access``).

    Without ``writes`` only what reads passes. Answer: MockReady.
    """

    access: dict[str, Any]
    writes: bool = False
    host: str = "127.0.0.1"
    port: int = 0  # 0: any free one
    certificate: str  # PEM paths
    key: str
    token: str
    record: str = ""  # path of a record of requests from the start on, bounded in size; "": none until a reset
    control: str = ""  # path of a Unix socket that takes the same messages; "": none
