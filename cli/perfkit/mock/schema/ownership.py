"""Who owns which field: ``metadata.managedFields``, kept on every write, and server-side apply, which reads them.

Source of the rules: sigs.k8s.io/structured-merge-diff (``merge``) and apimachinery's ``managedfields``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.schema.fieldsets import (
    NOTHING,
    Fields,
    Keyless,
    Path,
    difference,
    fields_of,
    shown,
    with_containers,
    without,
)
from perfkit.mock.schema.managed import Managed, Owner, read, shown_owner, with_managed
from perfkit.mock.schema.merging import merged
from perfkit.mock.schema.shaping import pruned
from perfkit.mock.schema.typed import untyped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.schema.types import Schema

_BEFORE_FIRST_APPLY = "before-first-apply"
# What the server sets or what names the object is nobody's.
_UNOWNED_METADATA = frozenset(
    {
        "name", "namespace", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "uid",
        "generation", "resourceVersion", "managedFields",
    }
)  # fmt: skip


class Writer(msgspec.Struct, frozen=True):
    """Who writes: the field manager, the version it writes in, when (RFC 3339, seconds), and by which subresource."""

    manager: str
    api_version: str
    time: str
    subresource: str = ""


class ApplyInvalid(Exception):  # noqa: N818 - the configuration is invalid
    """An applied configuration that cannot be. ``code`` is the HTTP status that the API server answers with."""

    def __init__(self, message: str, code: int = 500) -> None:
        super().__init__(message)
        self.code = code


class ApplyConflict(Exception):  # noqa: N818 - it is the field's word: a conflict
    """Applied fields that others own: 409 Conflict. ``causes`` are those of the Status object."""

    def __init__(self, conflicts: Mapping[Owner, Fields]) -> None:
        found = [(shown_owner(owner), path) for owner, paths in conflicts.items() for path in sorted(paths)]
        found.sort(key=lambda conflict: conflict[0])
        self.causes = [
            {"reason": "FieldManagerConflict", "message": f"conflict with {name}", "field": shown(path)}
            for name, path in found
        ]
        super().__init__(_conflict_message(found))


def default_manager(user_agent: str) -> str:
    """What a writer that names no field manager is called."""
    return user_agent.partition("/")[0][:128] or "unknown"


def track(schema: Schema, before: Mapping[str, Any] | None, after: Mapping[str, Any], writer: Writer) -> dict[str, Any]:
    """``after`` with the managedFields that a create (``before`` None), an update or a patch leaves."""
    managed = _base(before, after)
    if managed is None or (before is not None and not managed.owned):
        return with_managed(after, managed or Managed({}, {}))
    try:
        changes = difference(schema, _ownable(before or {}), _ownable(after))
    except Keyless:  # a list that nobody can apply to; the write itself is none of our business
        return with_managed(after, managed)
    managed = managed.without(changes.changed | changes.removed)
    if changes.changed:
        owner = Owner(writer.manager, "Update", writer.api_version, writer.subresource)
        managed = managed.plus(owner, managed.owned.get(owner, NOTHING) | changes.changed, writer.time).capped()
    return with_managed(after, managed)


def apply(
    schema: Schema, live: Mapping[str, Any] | None, applied: Mapping[str, Any], writer: Writer, *, force: bool
) -> dict[str, Any]:
    """The live object (None: create it) with an applied configuration; equal to ``live`` where nothing changes.

    Fields that this manager applied before and no longer does go, unless others own them too.

    Raises:
        ApplyConflict: others own fields that would change, and ``force`` is off.
        ApplyInvalid: the configuration holds managedFields, unknown fields, or elements of lists without their key or
            twice.
    """
    if (applied.get("metadata") or {}).get("managedFields"):
        raise ApplyInvalid("metadata.managedFields must be nil", 400)
    wrong = untyped(schema, applied)
    if wrong:
        raise ApplyInvalid(wrong)
    owner = Owner(writer.manager, "Apply", writer.api_version, writer.subresource)
    try:
        return _applied(schema, live, pruned(schema, applied), _Applying(owner, writer.time, force))
    except Keyless as error:
        raise ApplyInvalid(f"failed to create typed live object: {error}") from error


class _Applying(msgspec.Struct, frozen=True):
    owner: Owner
    time: str
    force: bool


def _applied(
    schema: Schema, live: Mapping[str, Any] | None, applied: Mapping[str, Any], applying: _Applying
) -> dict[str, Any]:
    managed = _applied_onto(schema, live, applying)
    before = managed.owned.get(applying.owner, NOTHING)
    now = fields_of(schema, _ownable(applied))
    present = live or {name: applied[name] for name in ("apiVersion", "kind") if name in applied}
    others = {owner: fields for owner, fields in managed.owned.items() if owner != applying.owner}
    # What names the object is nobody's, but nobody may give it up.
    owned = fields_of(schema, applied).union(*others.values())
    result = _give_up(schema, merged(schema, present, applied), before, owned)
    changes = difference(schema, _ownable(present), _ownable(result))
    conflicts = {owner: fields & changes.changed for owner, fields in others.items() if fields & changes.changed}
    if conflicts and not applying.force:
        raise ApplyConflict(conflicts)
    left = Managed(others, managed.times).without(changes.changed | changes.removed)
    unchanged = not (changes.changed or changes.removed) and live is not None and applying.owner in managed.times
    time = managed.times[applying.owner] if unchanged and before == now else applying.time
    return with_managed(result, left.plus(applying.owner, now, time) if now else left)


def _applied_onto(schema: Schema, live: Mapping[str, Any] | None, applying: _Applying) -> Managed:
    """Who owns what before an apply. What nobody is known to own belongs to who was there before the first apply."""
    if live is None:
        return Managed({}, {})
    managed = read(live)
    if managed.owned:
        return managed
    owner = Owner(_BEFORE_FIRST_APPLY, "Update", applying.owner.api_version)
    return managed.plus(owner, fields_of(schema, _ownable(live)), applying.time)


def _give_up(schema: Schema, result: dict[str, Any], before: Fields, owned: Fields) -> dict[str, Any]:
    """Take out what a manager applied before and nobody owns now."""
    if before <= owned:
        return result
    before = with_containers(schema, before)
    everything = with_containers(schema, fields_of(schema, result))
    first = without(schema, result, before)
    gone = everything - with_containers(schema, fields_of(schema, first))
    second = without(schema, result, gone - with_containers(schema, owned))
    gone = everything - with_containers(schema, fields_of(schema, second))
    reduced: dict[str, Any] = without(schema, result, gone & before)
    return reduced


def _ownable(obj: Mapping[str, Any]) -> dict[str, Any]:
    """The object without what nobody owns."""
    kept = {name: value for name, value in obj.items() if name not in {"apiVersion", "kind"}}
    if isinstance(kept.get("metadata"), dict):
        kept["metadata"] = {name: value for name, value in kept["metadata"].items() if name not in _UNOWNED_METADATA}
        if not kept["metadata"]:
            del kept["metadata"]
    return kept


def _base(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Managed | None:
    """The entries that an update starts from; None where the client has cleared them."""
    sent = (after.get("metadata") or {}).get("managedFields")
    if isinstance(sent, list) and len(sent) == 1 and not sent[0]:
        return None
    ours = read(after)
    return ours if ours.owned or before is None else read(before)


def _conflict_message(found: list[tuple[str, Path]]) -> str:
    if len(found) == 1:
        name, path = found[0]
        return f"Apply failed with 1 conflict: conflict with {name}: {shown(path)}"
    lines: list[str] = []
    for name in dict.fromkeys(name for name, _ in found):
        lines.append(f"conflicts with {name}:")
        lines += [f"- {shown(path)}" for other, path in found if other == name]
    return f"Apply failed with {len(found)} conflicts: " + "\n".join(lines)
