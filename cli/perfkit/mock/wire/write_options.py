"""What a client may say beside the object that it writes or deletes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from perfkit.mock.resources.rules import forbidden, invalid, required, unsupported
from perfkit.mock.schema.validation import Problem
from perfkit.mock.wire.bodies import APPLY_PATCH
from perfkit.mock.wire.options import boolean, integer
from perfkit.mock.wire.status import bad_request, invalid_options

if TYPE_CHECKING:
    from collections.abc import Mapping

Validation = Literal["Strict", "Warn", "Ignore"]
Propagation = Literal["Background", "Foreground", "Orphan"]
_VALIDATIONS = ("Ignore", "Strict", "Warn")
_LONGEST_MANAGER = 128  # bytes
_PROPAGATIONS = ("Background", "Foreground", "Orphan")


class WriteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The query of a create, update or patch. ``manager`` is who writes, for managedFields."""

    dry_run: bool = False
    manager: str = "unknown"
    validation: Validation = "Warn"
    force: bool = False


class Preconditions(msgspec.Struct, frozen=True, rename={"version": "resourceVersion"}):
    """What must be so for a deletion to happen."""

    uid: str | None = None
    version: str | None = None


class DeleteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is said with a deletion. ``grace`` in seconds; None: the object's own."""

    dry_run: bool = False
    grace: int | None = None
    propagation: Propagation = "Background"
    preconditions: Preconditions = Preconditions()


def parse_write_options(query: Mapping[str, str], default_manager: str, kind: str) -> WriteOptions:
    """Read and check a query; ``kind`` is what it is called, such as CreateOptions. Raises ApiError (422)."""
    validation = query.get("fieldValidation") or "Warn"
    manager = query.get("fieldManager") or default_manager
    problems = _dry_run_problems([query["dryRun"]] if "dryRun" in query else [])
    if validation not in _VALIDATIONS:
        problems.append(unsupported("fieldValidation", validation, ("", *_VALIDATIONS)))
    if len(manager.encode()) > _LONGEST_MANAGER:
        problems.append(
            Problem("fieldManager", "FieldValueTooLong", f"Too long: may not be more than {_LONGEST_MANAGER} bytes")
        )
    if (at := next((at for at, letter in enumerate(manager) if not letter.isprintable()), None)) is not None:
        detail = f"invalid character U+{ord(manager[at]):04X} (at position {at})"
        problems.append(invalid("fieldManager", manager, detail))
    if problems:
        raise invalid_options(kind, problems)
    return WriteOptions(
        dry_run=bool(query.get("dryRun")),
        manager=manager,
        validation=validation,  # type: ignore[arg-type]  # one of _VALIDATIONS
        force=boolean(query.get("force")),
    )


def check_patch_options(query: Mapping[str, str], content_type: str) -> None:
    """An applier must say who it is, and only an applier may force. Raises ApiError (422)."""
    problems = []
    if content_type == APPLY_PATCH and not query.get("fieldManager"):
        problems.append(required("fieldManager", "is required for apply patch"))
    if content_type != APPLY_PATCH and "force" in query:
        problems.append(forbidden("force", "may not be specified for non-apply patch"))
    if problems:
        raise invalid_options("PatchOptions", problems)


def parse_delete_options(query: Mapping[str, str], body: Any, default: Propagation = "Background") -> DeleteOptions:
    """Read and check what came with a deletion: ``body`` (decoded JSON, None: none) counts before the query.

    Raises:
        ApiError: 400, something cannot be read; 422, a value that is none.
    """
    given: dict[str, Any] = {**_from_query(query), **(body if isinstance(body, dict) else {})}
    orphan = given.get("orphanDependents")
    propagation = given.get("propagationPolicy") or (
        "Orphan" if orphan else default if orphan is None else "Background"
    )
    asked = given.get("dryRun") or []
    asked = asked if isinstance(asked, list) else [asked]
    problems = _dry_run_problems(asked)
    if propagation not in _PROPAGATIONS:
        problems.append(unsupported("propagationPolicy", propagation, _PROPAGATIONS))
    if problems:
        raise invalid_options("DeleteOptions", problems)
    try:
        return msgspec.convert(
            {
                "dry_run": "All" in asked,
                "grace": given.get("gracePeriodSeconds"),
                "propagation": propagation,
                "preconditions": given.get("preconditions") or {},
            },
            DeleteOptions,
        )
    except msgspec.ValidationError as error:
        raise bad_request(f"the DeleteOptions cannot be read: {error}") from error


def _from_query(query: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {name: query[name] for name in ("propagationPolicy", "dryRun") if name in query}
    if query.get("gracePeriodSeconds"):
        found["gracePeriodSeconds"] = integer(query["gracePeriodSeconds"])
    if "orphanDependents" in query:
        found["orphanDependents"] = boolean(query["orphanDependents"])
    return found


def _dry_run_problems(asked: list[Any]) -> list[Problem]:
    return [] if set(map(str, asked)) <= {"", "All"} else [unsupported("dryRun", asked, ("All",))]
