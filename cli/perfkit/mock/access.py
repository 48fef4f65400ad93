"""Who may do what: everything, save what the cluster was told to deny."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.mock.wire.status import ApiError
from perfkit.model.denial import Denial, parse_denial

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfkit.mock.resources.description import Resource
    from perfkit.mock.wire.places import Place

USER = "perfkit"
GROUPS = ("system:masters", "system:authenticated")


class Attempt(msgspec.Struct, frozen=True):
    """What somebody wants to do; ``resource`` is the plural name, with ``/`` and the subresource if there is one."""

    verb: str
    resource: str
    group: str = ""
    namespace: str = ""
    name: str = ""

    @classmethod
    def at(cls, verb: str, place: Place) -> Attempt:
        """A verb at a place."""
        part = f"/{place.subresource}" if place.subresource else ""
        return cls(verb, place.resource.name + part, place.resource.group, place.namespace, place.name)


def covers(denial: Denial, attempt: Attempt) -> bool:
    """Whether a rule forbids an attempt."""
    qualified = f"{attempt.resource}.{attempt.group}"
    return (
        not {"*", attempt.verb}.isdisjoint(denial.verbs)
        and not {"*", attempt.resource, qualified}.isdisjoint(denial.resources)
        and denial.namespace in {"", attempt.namespace}
    )


class Access:
    """Decides on attempts."""

    def __init__(self, denials: Iterable[str] = ()) -> None:
        self.denials: tuple[Denial, ...] = tuple(map(parse_denial, denials))

    def deny(self, *rules: str) -> None:
        """Deny this too. Raises ScenarioError."""
        self.denials += tuple(map(parse_denial, rules))

    def allow_all(self) -> None:
        """Deny nothing any more."""
        self.denials = ()

    def allows(self, attempt: Attempt) -> bool:
        """Whether an attempt may go on."""
        return not any(covers(denial, attempt) for denial in self.denials)

    def check(self, attempt: Attempt, resource: Resource) -> None:
        """Raises ApiError (403) for what is denied."""
        if self.allows(attempt):
            return
        where = f'in the namespace "{attempt.namespace}"' if attempt.namespace else "at the cluster scope"
        called = f'{resource.qualified} "{attempt.name}"' if attempt.name else resource.qualified
        detail = (
            f'User "{USER}" cannot {attempt.verb} resource "{attempt.resource}" in API group "{attempt.group}" {where}'
        )
        group = {"group": attempt.group} if attempt.group else {}
        details = {**({"name": attempt.name} if attempt.name else {}), **group, "kind": attempt.resource.split("/")[0]}
        raise ApiError(403, "Forbidden", f"{called} is forbidden: {detail}", details=details)
