"""A request as faults see it, and whom they describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.mock.access import Attempt  # noqa: TC001 - msgspec reads annotations at run time

if TYPE_CHECKING:
    from perfkit.model.faults import ApiFault


class Request(msgspec.Struct, frozen=True):
    """Who wants to do what; ``from_past``: it goes on from a state that was seen before (a watch, or a list)."""

    attempt: Attempt
    agent: str = ""
    from_past: bool = False


def describes(fault: ApiFault, request: Request) -> bool:
    """Whether a fault is about such a request."""
    return _can_strike(fault, request) and _names(fault, request)


def _can_strike(fault: ApiFault, request: Request) -> bool:
    if fault.kind == "410":
        return request.from_past
    if fault.kind in {"drop", "silent"}:
        return request.attempt.verb == "watch"
    if fault.kind == "conflict":
        return request.attempt.verb in {"update", "patch", "delete"}
    return fault.kind not in {"restart", "token"}  # these strike connections and credentials


def _names(fault: ApiFault, request: Request) -> bool:
    attempt = request.attempt
    name, slash, part = attempt.resource.partition("/")
    resources = {attempt.resource, f"{name}.{attempt.group}{slash}{part}"}
    return (
        _among({attempt.verb}, fault.verb)
        and _among(resources, fault.resource)
        and _among({attempt.namespace}, fault.namespace)
        and fault.agent in request.agent
    )


def _among(given: set[str], wanted: str) -> bool:
    """``wanted`` is a list with commas; the empty one wants all."""
    return not wanted or not given.isdisjoint(wanted.split(","))
