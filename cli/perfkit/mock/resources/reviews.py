"""The reviews of authentication and authorization: resources that can only be created, and are not kept."""

from __future__ import annotations

from perfkit.mock.resources.columns import AGED, NAMED, table
from perfkit.mock.resources.description import Resource

_AUTHENTICATION = "authentication.k8s.io"
_AUTHORIZATION = "authorization.k8s.io"


def _review(group: str, kind: str, *, namespaced: bool = False) -> Resource:
    return Resource(
        group=group,
        name=f"{kind.lower()}s",
        singular=kind.lower(),
        kind=kind,
        namespaced=namespaced,
        verbs=("create",),
        **table(NAMED, AGED),
    )


REVIEWS = (
    _review(_AUTHENTICATION, "SelfSubjectReview"),
    _review(_AUTHENTICATION, "TokenReview"),
    _review(_AUTHORIZATION, "LocalSubjectAccessReview", namespaced=True),
    _review(_AUTHORIZATION, "SelfSubjectAccessReview"),
    _review(_AUTHORIZATION, "SelfSubjectRulesReview"),
    _review(_AUTHORIZATION, "SubjectAccessReview"),
)
REVIEWED = frozenset(resource.qualified for resource in REVIEWS)
