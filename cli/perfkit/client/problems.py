"""What can go wrong between this client and a cluster."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

import msgspec

from perfkit.errors import ClusterError, UsageError

# What OpenSSL says beside the reason: its own name for it, and the line of Python's source.
_OPENSSL = re.compile(r"^\[(SSL): [A-Z0-9_]+\] (certificate verify failed)?|^\[(SSL)\] | \(_ssl\.c:\d+\)$")

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError)  # what decoding raises of a server's bytes


class AccessError(UsageError):
    """The kubeconfig is missing, unreadable, or asks for something this client cannot do."""


class ConnectionLostError(ClusterError):
    """The server cannot be reached, hung up, or sent what is not its protocol. Worth another try."""


class ProxyError(OSError):
    """What lies between does not lead to the cluster."""


class LoginError(ConnectionLostError):
    """The login has run out, and its plug-in gives no other now."""


class CancelledError(ClusterError):
    """Whoever asked does not want the answer any more."""


class UnknownResourceError(UsageError):
    """The cluster serves no such resource."""


class Status(msgspec.Struct, gc=False):
    """The API's own account of a failure: body of an error response, object of an ERROR event."""

    message: str = ""
    code: int = 0


class ApiError(ClusterError):
    """The API server refused; ``code`` is the HTTP status, ``retry_after`` the seconds it asks to wait (or None)."""

    def __init__(self, status: Status, retry_after: float | None = None) -> None:
        super().__init__(f"the API server answers {status.code}: {status.message}")
        self.code = status.code
        self.retry_after = retry_after

    @property
    def busy(self) -> bool:
        """Whether the server only has too much to do: the same question later may be answered."""
        return self.code == HTTPStatus.TOO_MANY_REQUESTS or self.retry_after is not None

    @property
    def absent(self) -> bool:
        """Whether there is no such object."""
        return self.code == HTTPStatus.NOT_FOUND

    @property
    def expired(self) -> bool:
        """Whether the resourceVersion or continue token asked for is no longer held: the remedy is to list anew."""
        return self.code == HTTPStatus.GONE


def lost(server: str, error: Exception) -> ConnectionLostError:
    """A server that cannot be reached or hung up: why, in a line, and what to look at."""
    why = reason(error)
    if isinstance(error, ProxyError):
        advice = "does the proxy lead there?"
    elif why.startswith("certificate verify failed"):
        advice = "do the kubeconfig's certificate-authority and tls-server-name fit?"
    else:
        advice = "is the cluster up?"
    return ConnectionLostError(f"{server}: {why}", advice)


def reason(error: Exception) -> str:
    """What went wrong, as the system and OpenSSL say it, without where in their sources."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return _OPENSSL.sub(lambda found: found[2] or ("TLS: " if found[1] or found[3] else ""), said)
