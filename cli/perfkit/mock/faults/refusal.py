"""The errors that faults answer with, worded as the API server words them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.mock.wire import tokens
from perfkit.mock.wire.status import ApiError

if TYPE_CHECKING:
    from perfkit.model.faults import ApiFault


class TooManyRequestsError(ApiError):
    """No seat for it: the one error in plain text (apiserver, ``filters/priority-and-fairness.go``)."""

    content_type = "text/plain; charset=utf-8"

    def __init__(self, retry_after: int) -> None:
        super().__init__(429, "TooManyRequests", "Too many requests, please try again later.")
        self._retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """When to come back."""
        return {"retry_after": str(self._retry_after), "x_content_type_options": "nosniff"}

    def encode(self) -> bytes:
        """Its text."""
        return f"{self}\n".encode()


def refusal(fault: ApiFault, continue_token: str = "") -> ApiError:
    """The error of a fault that refuses. Raises ApiError for a token that is none."""
    details = {} if fault.retry_after is None else {"retryAfterSeconds": fault.retry_after}
    match fault.kind:
        case "500":
            causes = [{"message": "a fault was asked for"}]
            return ApiError(
                500, "InternalError", "Internal error occurred: a fault was asked for", details={"causes": causes}
            )
        case "503":
            message = "the server is currently unable to handle the request"
            return ApiError(503, "ServiceUnavailable", message, details=details)
        case "504":
            message = "Timeout: request did not complete within the allotted timeout"
            return ApiError(504, "Timeout", message, details=details)
        case "410":
            return tokens.too_old(tokens.decode(continue_token))
        case _:
            return TooManyRequestsError(fault.retry_after or 1)
