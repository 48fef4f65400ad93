"""Errors as the API server tells them: Status objects (apimachinery, ``api/errors``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.schema.validation import Problem


class ApiError(Exception):
    """An error with its HTTP code. ``metadata`` and ``details`` go into the Status object as they are."""

    content_type = "application/json"

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
            **({"reason": self._reason} if self._reason else {}),
            **({} if self._details is None else {"details": self._details}),
            "code": self.code,
        }

    @property
    def headers(self) -> dict[str, str]:
        """Headers beside it, named with underscores: when to come back, where that is known."""
        seconds = (self._details or {}).get("retryAfterSeconds")
        return {"retry_after": str(seconds)} if seconds else {}

    def encode(self) -> bytes:
        """The Status object as JSON."""
        return msgspec.json.encode(self.status)


def unauthorized() -> ApiError:
    """No bearer token, or the wrong one."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def not_found(resource: Resource, name: str) -> ApiError:
    """An object that does not exist."""
    message = f'{resource.qualified} "{name}" not found'
    return ApiError(404, "NotFound", message, details=_named(resource, name))


def no_such_resource() -> ApiError:
    """A subresource or verb at a place that has none."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", details={})


def method_not_allowed() -> ApiError:
    """A method that the resource does not serve."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message, details={})


def not_acceptable(supported: str) -> ApiError:
    """A media type in Accept is served, but not as Accept has it."""
    return ApiError(406, "NotAcceptable", f"only the following media types are accepted: {supported}")


def no_representation(available: str) -> ApiError:
    """No media type in Accept is served at a path at all."""
    message = f"406: Not Acceptable\n\nAvailable representations: {available}"
    return ApiError(406, "NotAcceptable", message, details={})


def bad_request(message: str) -> ApiError:
    """A query that cannot be read."""
    return ApiError(400, "BadRequest", message)


def expired(message: str, continue_token: str = "") -> ApiError:
    """A past state that is no longer kept; ``continue_token`` leads on inconsistently."""
    return ApiError(410, "Expired", message, metadata={"continue": continue_token} if continue_token else None)


def versioned_creation() -> ApiError:
    """A new object that says which version it is of (the API server has no better code for it)."""
    return ApiError(500, "", "resourceVersion should not be set on objects to be created")


def internal_error() -> ApiError:
    """A fault of ours."""
    return ApiError(500, "InternalError", "Internal error occurred: see the log of the mock server", details={})


def too_large_version(asked: int, current: int) -> ApiError:
    """A resourceVersion that lies in the future."""
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    details = {"causes": causes, "retryAfterSeconds": 1}
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return ApiError(504, "Timeout", message, details=details)


def too_large(limit: int) -> ApiError:
    """A body that is larger than any that is read."""
    return ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {limit}")


def unsupported_media(supported: Sequence[str]) -> ApiError:
    """A body of a kind that is not read here."""
    listed = ", ".join(supported)
    message = f"the body of the request was in an unknown format - accepted media types include: {listed}"
    return ApiError(415, "UnsupportedMediaType", message)


def unread_patch() -> ApiError:
    """A patch of a kind that nobody knows."""
    return ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", details={})


def already_exists(resource: Resource, name: str) -> ApiError:
    """An object to create that is there."""
    return ApiError(
        409, "AlreadyExists", f'{resource.qualified} "{name}" already exists', details=_named(resource, name)
    )


def unmet(resource: Resource, name: str, detail: str) -> ApiError:
    """A precondition of a deletion that does not hold."""
    message = f'Operation cannot be fulfilled on {resource.qualified_kind} "{name}": {detail}'
    group = {"group": resource.group} if resource.group else {}
    return ApiError(409, "Conflict", message, details={"name": name, **group, "kind": resource.kind})


def conflict(resource: Resource, name: str, detail: str, causes: Sequence[dict[str, str]] = ()) -> ApiError:
    """A write that would undo another one."""
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {detail}'
    details = {**_named(resource, name), **({"causes": list(causes)} if causes else {})}
    return ApiError(409, "Conflict", message, details=details)


def forbidden(resource: Resource, name: str, detail: str, causes: Sequence[dict[str, str]] = ()) -> ApiError:
    """A request that is not allowed."""
    called = f'{resource.qualified} "{name}"' if name else resource.qualified
    details = {**_named(resource, name), **({"causes": list(causes)} if causes else {})}
    return ApiError(403, "Forbidden", f"{called} is forbidden: {detail}", details=details)


def invalid_object(resource: Resource, name: str, problems: Sequence[Problem]) -> ApiError:
    """An object that breaks rules of its resource."""
    details = {**_named(resource, name), "kind": resource.kind}
    return _invalid(f'{resource.qualified_kind} "{name}"', problems, details)


def invalid_options(kind: str, problems: Sequence[Problem]) -> ApiError:
    """Options (of ``kind``, such as ListOptions) that are none or contradict each other."""
    return _invalid(f'{kind}.meta.k8s.io ""', problems, {"group": "meta.k8s.io", "kind": kind})


def _invalid(called: str, problems: Sequence[Problem], details: dict[str, Any]) -> ApiError:
    texts = [f"{problem.field}: {problem.message}" for problem in problems]
    joined = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    causes = [{"reason": problem.reason, "message": problem.message, "field": problem.field} for problem in problems]
    return ApiError(422, "Invalid", f"{called} is invalid: {joined}", details={**details, "causes": causes})


def _named(resource: Resource, name: str) -> dict[str, Any]:
    named = {"name": name} if name else {}
    return {**named, **({"group": resource.group} if resource.group else {}), "kind": resource.name}
