"""The four kinds of patches, applied to an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.resources.rules import invalid
from perfkit.mock.schema.ownership import ApplyConflict, ApplyInvalid, apply
from perfkit.mock.schema.patches import PatchMalformed, PatchRefused, TooManyOperations, json_patch, merge_patch
from perfkit.mock.schema.strategic import strategic_merge_patch
from perfkit.mock.wire.bodies import (
    APPLY_PATCH,
    JSON_PATCH,
    MERGE_PATCH,
    PATCHES,
    STRATEGIC_PATCH,
    media_type,
    read_json,
    read_yaml,
)
from perfkit.mock.wire.status import ApiError, bad_request, unread_patch, unsupported_media
from perfkit.mock.writes import checking, metadata
from perfkit.mock.writes.editor import Intent

if TYPE_CHECKING:
    from perfkit.mock.resources.description import Resource
    from perfkit.mock.writes.editor import Editor, Written


def patch(editor: Editor, intent: Intent, body: bytes, content_type: str) -> Written:
    """Change an object by a patch. Raises ApiError."""
    kind = media_type(content_type)
    if kind not in PATCHES or (kind == STRATEGIC_PATCH and intent.resource.defined is not None):
        if kind not in PATCHES and not intent.resource.defined:
            raise unread_patch()
        raise unsupported_media([name for name in PATCHES if name != STRATEGIC_PATCH or not intent.resource.defined])
    decoded = read_yaml(body) if kind == APPLY_PATCH else read_json(body)
    intent = Intent(intent.place, intent.options, decoded.duplicates)
    if kind == APPLY_PATCH:
        return _apply(editor, intent, decoded.value)
    result = patched(editor.read(intent.place), kind, decoded.value, intent.resource)
    shown = msgspec.json.encode(result, order="sorted").decode()
    try:
        return editor.update(intent, result)
    except checking.StrictError as error:
        raise _invalid_patch(shown, error.findings) from error


def patched(obj: dict[str, Any], kind: str, value: Any, resource: Resource) -> dict[str, Any]:
    """An object as a JSON, merge or strategic merge patch leaves it. Raises ApiError (400, 413, 422)."""
    try:
        result = _applied(obj, kind, value, resource)
    except PatchMalformed as error:
        raise bad_request(str(error)) from error
    except PatchRefused as error:
        raise _unprocessable(str(error)) from error
    except TooManyOperations as error:
        raise ApiError(413, "RequestEntityTooLarge", str(error)) from error
    if not isinstance(result, dict):
        raise _unprocessable("the patch leaves no object")
    return result


def _applied(obj: dict[str, Any], kind: str, value: Any, resource: Resource) -> Any:
    if kind == JSON_PATCH:
        return json_patch(obj, value)
    schema = resource.schema
    if kind == MERGE_PATCH or schema is None:
        return merge_patch(obj, value)
    return strategic_merge_patch(schema, obj, value)


def _unprocessable(message: str) -> ApiError:
    return ApiError(422, "Invalid", message, details={})


def _invalid_patch(patched: str, findings: str) -> ApiError:
    """Strict validation finds fault with what a patch leaves: 422, other than with a whole object."""
    problem = invalid("patch", patched, findings)
    cause = {"reason": problem.reason, "message": problem.message, "field": problem.field}
    message = f' "" is invalid: {problem.field}: {problem.message}'
    return ApiError(422, "Invalid", message, details={"causes": [cause]})


def _apply(editor: Editor, intent: Intent, applied: Any) -> Written:
    """Server-side apply: create what is not there, else merge what this manager says into it. Raises ApiError."""
    resource, place = intent.resource, intent.place
    schema = resource.schema
    if not isinstance(applied, dict) or schema is None:
        raise bad_request("the configuration to apply must be an object")
    if not applied.get("apiVersion") or not applied.get("kind"):
        raise bad_request("invalid object type: apiVersion and kind must be set in what is applied")
    checking.identify(applied, resource.api_version, resource.kind)
    if (applied["metadata"].get("name") or place.name) != place.name:
        raise bad_request(
            f"the name of the object ({applied['metadata']['name']}) does not match the name on the URL ({place.name})"
        )
    applied["metadata"]["name"] = place.name
    warnings = checking.examine(applied, resource, intent.options, intent.duplicates)
    try:
        live = editor.read(place)
    except ApiError as error:
        if error.code != 404 or place.subresource:
            raise
        live = None
    try:
        merged = apply(schema, live, _owned_part(applied, intent), editor.writer(intent), force=intent.options.force)
    except ApplyConflict as error:
        raise ApiError(409, "Conflict", str(error), details={"causes": error.causes}) from error
    except ApplyInvalid as error:
        raise ApiError(error.code, "BadRequest" if error.code == 400 else "", str(error)) from error
    merged = checking.complete(merged, resource)
    if live is None:
        return editor.adopt(intent, merged, warnings)
    metadata.carry_over(merged, live, resource)
    return editor.replace(intent, live, merged, warnings)


def _owned_part(applied: dict[str, Any], intent: Intent) -> dict[str, Any]:
    """What an applier at this place can own."""
    if intent.place.subresource == "status":
        return {name: value for name, value in applied.items() if name in {"apiVersion", "kind", "metadata", "status"}}
    if intent.resource.subresource("status"):
        return {name: value for name, value in applied.items() if name != "status"}
    return applied
