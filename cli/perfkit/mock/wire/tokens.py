"""Continue tokens: base64url of ``{"v":"meta.k8s.io/v1","rv":N,"start":KEY}`` without padding."""

from __future__ import annotations

import base64
import binascii
import posixpath

import msgspec

from perfkit.mock.wire.status import ApiError, bad_request, expired

_VERSION = "meta.k8s.io/v1"
_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)
INCONSISTENT = -1  # as resourceVersion: go on with the present state


class Token(msgspec.Struct, frozen=True):
    """Where a list goes on: at ``start`` (relative to what is listed) in the state ``rv``."""

    v: str = ""
    rv: int = 0
    start: str = ""


def encode(version: int, start: str) -> str:
    """The token for going on at ``start``."""
    data = msgspec.json.encode({"v": _VERSION, "rv": version, "start": start})
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> Token:
    """Read a token.

    Raises:
        ApiError: 400, it is none of ours.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        token = msgspec.json.decode(data, type=Token)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise _invalid("continue key is not valid") from error
    if token.v != _VERSION:
        raise _invalid(f"continue key is not valid: server does not recognize this encoded version {token.v}")
    if token.rv == 0:
        raise _invalid("continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
    if not token.start:
        raise _invalid("continue key is not valid: encoded start key empty (version meta.k8s.io/v1)")
    rooted = "/" + token.start.removeprefix("/")
    # A start such as ../secrets would otherwise reach above what may be listed.
    if posixpath.normpath(rooted) != rooted:
        raise _invalid(f"continue key is not valid: {token.start}")
    return token


def too_old(token: Token) -> ApiError:
    """The error for a state that is no longer kept; it tells how to go on with the present one."""
    return expired(_TOO_OLD, encode(INCONSISTENT, token.start))


def _invalid(detail: str) -> Exception:
    return bad_request(f"invalid continue token: {detail}")
