"""Reviews: questions that are put as objects, answered at once and not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from perfkit.mock.access import GROUPS, USER, Attempt, covers
from perfkit.mock.resources.rules import invalid
from perfkit.mock.times import format_time
from perfkit.mock.wire.bodies import read_object
from perfkit.mock.wire.status import invalid_object
from perfkit.mock.wire.write_options import WriteOptions
from perfkit.mock.writes import checking

if TYPE_CHECKING:
    from perfkit.mock.access import Access
    from perfkit.mock.exchange import Exchange
    from perfkit.mock.store import Store
    from perfkit.mock.wire.places import Place
    from perfkit.model.denial import Denial

_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_USER_INFO = {"username": USER, "groups": list(GROUPS)}


class Reviews:
    """Answers reviews: ``token`` is the one that this server takes."""

    def __init__(self, store: Store, access: Access, token: str) -> None:
        self._store = store
        self._access = access
        self._token = token

    async def create(self, exchange: Exchange, place: Place) -> None:
        """Answer a POST of a review. Raises ApiError."""
        resource = place.resource
        obj = read_object(exchange.content, exchange.header("content-type")).value
        checking.identify(obj, resource.api_version, resource.kind)
        obj.pop("status", None)
        shaped, _ = checking.shape(obj, resource, WriteOptions())
        metadata = {}
        if resource.kind == "SelfSubjectReview":
            metadata = {"creationTimestamp": format_time(self._store.now)}
        answer = {**shaped, "metadata": metadata, "status": self._status(place, shaped.get("spec") or {})}
        await exchange.reply(201, msgspec.json.encode(answer) + b"\n")

    def _status(self, place: Place, spec: dict[str, Any]) -> dict[str, Any]:
        match place.resource.kind:
            case "SelfSubjectRulesReview":
                return self._rules(spec.get("namespace") or "")
            case "TokenReview":
                known = spec.get("token") == self._token
                return (
                    {"authenticated": True, "user": _USER_INFO}
                    if known
                    else {"user": {}, "error": "invalid bearer token"}
                )
            case "SelfSubjectReview":
                return {"userInfo": _USER_INFO}
        return self._decision(place, spec)

    def _decision(self, place: Place, spec: dict[str, Any]) -> dict[str, Any]:
        asked = spec.get("resourceAttributes")
        if not asked and not spec.get("nonResourceAttributes"):
            detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
            raise invalid_object(place.resource, "", [invalid("spec", None, detail)])
        if not asked:
            return {"allowed": True}
        part = f"/{asked['subresource']}" if asked.get("subresource") else ""
        attempt = Attempt(
            verb=asked.get("verb", ""),
            resource=asked.get("resource", "") + part,
            group=asked.get("group", ""),
            namespace=asked.get("namespace", "") or place.namespace,
            name=asked.get("name", ""),
        )
        if self._access.allows(attempt):
            return {"allowed": True}
        return {"allowed": False, "reason": "the mock was told to deny it"}

    def _rules(self, namespace: str) -> dict[str, Any]:
        """All that is allowed in a namespace: one rule where nothing is denied, else what is left of each resource."""
        denials = [denial for denial in self._access.denials if denial.namespace in {"", namespace}]
        everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
        rules = (
            [everything]
            if not denials
            else list(filter(None, map(self._rule(denials, namespace), self._store.catalog)))
        )
        urls = [{"verbs": ["*"], "nonResourceURLs": ["*"]}]
        return {"resourceRules": rules, "nonResourceRules": urls, "incomplete": False}

    def _rule(self, denials: list[Denial], namespace: str) -> Any:
        def rule(resource: Any) -> dict[str, Any] | None:
            left = [
                verb
                for verb in _VERBS
                if not any(covers(d, Attempt(verb, resource.name, resource.group, namespace)) for d in denials)
            ]
            return {"verbs": left, "apiGroups": [resource.group], "resources": [resource.name]} if left else None

        return rule
