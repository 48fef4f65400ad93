"""What may pass to a real cluster. Read-only by force: what is not known to be harmless is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.mock.wire.request_info import PathError, Place, locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ADVICE: Final = "the gateway of perfkit passes what reads; --allow-writes lets everything through"

_READS: Final = frozenset({"GET", "HEAD"})
_PARTS: Final = frozenset({"", "status", "scale", "log", "approval", "resize", "ephemeralcontainers"})  # GETs that read
# Questions about oneself, which are asked by POST and leave nothing behind.
_SELF_REVIEWS: Final = frozenset(
    {
        "selfsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectrulesreviews.authorization.k8s.io",
        "selfsubjectreviews.authentication.k8s.io",
    }
)
# What some servers take for another method or another user than the request's own.
_DISGUISES: Final = ("x-http-method", "x-http-method-override", "x-method-override", "x-remote-user")
IMPERSONATION: Final = "impersonate-"
_PASSED: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "content-type",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "kubectl-command",
        "kubectl-session",
        "user-agent",
    }
)


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Who may come in, and whether all may pass or only what reads."""

    token: str
    writes: bool = False


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by their names. One that comes several times is a list, as the protocols that a client of exec speaks."""
    headers: dict[str, str] = {}
    for name, text in pairs:
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request's head. ``path`` is as it came, ``headers`` by their names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str]

    @property
    def upgrade(self) -> bool:
        """Whether the client wants to speak another protocol from here on."""
        words = {word.strip().lower() for word in self.headers.get("connection", "").split(",")}
        return "upgrade" in words or "upgrade" in self.headers


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request goes, and why it does not: ``refusal`` is empty for one that passes."""

    place: Place
    refusal: str = ""


def judge(asked: Asked, *, writes: bool) -> Judgement:
    """Whether a request passes; with ``writes`` all do that can be understood."""
    try:
        place = locate(asked.method, asked.path, asked.query)
    except (PathError, UnicodeDecodeError):
        return Judgement(place=Place(path=""), refusal="its path can be understood in more than one way")
    return Judgement(place=place, refusal=_disguised(asked) or ("" if writes else _refusal(asked, place)))


def _disguised(asked: Asked) -> str:
    """What no request may bring, whatever is allowed."""
    for name in asked.headers:
        if name in _DISGUISES:
            return f"it says in {name} that it is something else"
    return ""


def _refusal(asked: Asked, place: Place) -> str:
    if any(name.startswith(IMPERSONATION) for name in asked.headers):
        return "it asks in another user's name"
    if asked.upgrade:
        return "it asks for another protocol, as exec, attach and port-forward do"
    if place.verb == "proxy" or place.subresource not in _PARTS:
        return f"{place.resource}/{place.subresource or 'proxy'} reaches into what runs there"
    if asked.method in _READS or _is_self_review(asked, place):
        return ""
    return f"{place.verb or asked.method} may change something"


def _is_self_review(asked: Asked, place: Place) -> bool:
    return (
        asked.method == "POST"
        and place.verb == "create"
        and place.qualified in _SELF_REVIEWS
        and not (place.name or place.namespace or place.subresource)
    )


def passed(headers: Mapping[str, str], *, writes: bool) -> dict[str, str]:
    """What of a request's headers goes on to the cluster: never who asks, nor how it is sent."""
    return {
        name: value for name, value in headers.items() if name in _PASSED or (writes and name.startswith(IMPERSONATION))
    }
