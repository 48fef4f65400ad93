"""What a client may say beside the object that it writes or deletes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from perfkit.mock.wire.options import boolean, integer
from perfkit.mock.wire.status import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

Validation = Literal["Strict", "Warn", "Ignore"]
Propagation = Literal["Background", "Foreground", "Orphan"]
_VALIDATIONS = ("Ignore", "Strict", "Warn")
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


def parse_write_options(query: Mapping[str, str], default_manager: str) -> WriteOptions:
    """Read and check a query. Raises ApiError (400)."""
    validation = query.get("fieldValidation") or "Warn"
    if validation not in _VALIDATIONS:
        raise bad_request(
            f'fieldValidation: Unsupported value: "{validation}": supported values: {_quoted(_VALIDATIONS)}'
        )
    manager = query.get("fieldManager") or default_manager
    if len(manager) > 128:
        raise bad_request("fieldManager: Too long: may not be more than 128 bytes")
    return WriteOptions(
        dry_run=_dry_run(query.get("dryRun")),
        manager=manager,
        validation=validation,  # type: ignore[arg-type]  # one of _VALIDATIONS
        force=boolean(query.get("force")),
    )


def parse_delete_options(query: Mapping[str, str], body: Any) -> DeleteOptions:
    """Read and check what came with a deletion: ``body`` (decoded JSON, None: none) counts before the query.

    Raises:
        ApiError: 400, something cannot be read.
    """
    given: dict[str, Any] = {**_from_query(query), **(body if isinstance(body, dict) else {})}
    orphan = given.get("orphanDependents")
    propagation = given.get("propagationPolicy") or ("Orphan" if orphan else "Background")
    if propagation not in _PROPAGATIONS:
        raise bad_request(
            f'invalid propagationPolicy: Unsupported value: "{propagation}": supported values: {_quoted(_PROPAGATIONS)}'
        )
    all_of = given.get("dryRun")
    try:
        return msgspec.convert(
            {
                "dry_run": _dry_run(all_of[0] if isinstance(all_of, list) and all_of else all_of or None),
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


def _dry_run(text: Any) -> bool:
    if text in {None, ""}:
        return False
    if text != "All":
        raise bad_request(f'dryRun: Unsupported value: "{text}": supported values: "All"')
    return True


def _quoted(values: tuple[str, ...]) -> str:
    return ", ".join(f'"{value}"' for value in values)
