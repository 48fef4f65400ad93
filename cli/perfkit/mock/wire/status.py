"""Errors as the API server tells them: Status objects (apimachinery, ``api/errors``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.mock.resources.description import Resource


class ApiError(Exception):
    """An error with its HTTP code. ``metadata`` and ``details`` go into the Status object as they are."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self._reason = reason
        self._details = details
        self._metadata = metadata or {}

    @property
    def status(self) -> dict[str, Any]:
        """The Status object."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": self._metadata,
            "status": "Failure",
            "message": str(self),
            "reason": self._reason,
            **({} if self._details is None else {"details": self._details}),
            "code": self.code,
        }

    def encode(self) -> bytes:
        """The Status object as JSON."""
        return msgspec.json.encode(self.status)


def unauthorized() -> ApiError:
    """No bearer token, or the wrong one."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def not_found(resource: Resource, name: str) -> ApiError:
    """An object that does not exist."""
    details = {"name": name, **({"group": resource.group} if resource.group else {}), "kind": resource.name}
    return ApiError(404, "NotFound", f'{resource.qualified} "{name}" not found', details=details)


def no_such_resource() -> ApiError:
    """A subresource or verb at a place that has none."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", details={})


def method_not_allowed() -> ApiError:
    """A method that the resource does not serve."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message, details={})


def not_acceptable(supported: str) -> ApiError:
    """None of the media types in Accept can be served."""
    return ApiError(406, "NotAcceptable", f"only the following media types are accepted: {supported}")


def bad_request(message: str) -> ApiError:
    """A query that cannot be read."""
    return ApiError(400, "BadRequest", message)


def expired(message: str, continue_token: str = "") -> ApiError:
    """A past state that is no longer kept; ``continue_token`` leads on inconsistently."""
    return ApiError(410, "Expired", message, metadata={"continue": continue_token} if continue_token else None)


def internal_error() -> ApiError:
    """A fault of ours."""
    return ApiError(500, "InternalError", "Internal error occurred: see the log of the mock server", details={})


def too_large_version(asked: int, current: int) -> ApiError:
    """A resourceVersion that lies in the future."""
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    details = {"causes": causes, "retryAfterSeconds": 1}
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return ApiError(504, "Timeout", message, details=details)


def invalid_options(problems: Sequence[tuple[str, str, str]]) -> ApiError:
    """List options that contradict each other; ``problems`` are (field, reason, message)."""
    texts = [f"{field}: {message}" for field, _, message in problems]
    joined = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    causes = [{"reason": reason, "message": message, "field": field} for field, reason, message in problems]
    return ApiError(
        422,
        "Invalid",
        f'ListOptions.meta.k8s.io "" is invalid: {joined}',
        details={"group": "meta.k8s.io", "kind": "ListOptions", "causes": causes},
    )
