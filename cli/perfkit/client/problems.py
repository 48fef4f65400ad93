"""What can go wrong between this client and a cluster."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from perfkit.errors import ClusterError, UsageError


class AccessError(UsageError):
    """The kubeconfig is missing, unreadable, or asks for something this client cannot do."""


class ConnectionLostError(ClusterError):
    """The server cannot be reached, hung up, or sent what is not its protocol. Worth another try."""


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
