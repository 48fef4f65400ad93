"""What the engine says to its children over their lifelines, and what they answer.

Every message is one JSON object with a ``type``. Times are CLOCK_MONOTONIC nanoseconds, which all processes of one
machine share. The launcher is a single stdlib-only file and cannot import this module; its docstring repeats its part.
"""

from __future__ import annotations

import msgspec


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


class MockReady(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="listening"):
    """Answer to ``config``: it listens and answers."""

    port: int
    pods: int
    resource_version: int
    sees_queues: bool = True  # False: this system hides socket queues, and Reached means sent instead of read


class MockError(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="error"):
    """The mock cannot do what it was told; ``advice`` says what would help."""

    message: str
    advice: str = ""


class Reset(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="reset"):
    """Return to the first state, close all connections' watches, and log requests to ``record`` (a path) from now on.

    Answer: ResetDone.
    """

    record: str


class Expect(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="expect"):
    """Tell once when this has happened *and was read by the client* (answer: Reached). Replaces an earlier one.

    ``verb`` is ``watch`` (open, initial state sent) or ``get``, ``list``… (answered with 2xx; of a paged list the last
    page).
    """

    verb: str
    resource: str


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


class ResetDone(msgspec.Struct, frozen=True, tag_field="type", tag="reset_done"):
    """Answer to ``reset``: the server is as new."""


MockRequest = MockConfig | Reset | Expect | Collect
MockAnswer = MockReady | MockError | ResetDone | Reached | Traffic
