"""Webhooks and policies of admission: kept and shown, but not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, NAMED, reading, selector, table, value
from perfkit.mock.resources.description import Column, Resource, status_of
from perfkit.mock.resources.rules import find, required

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfkit.mock.schema.validation import Problem

_GROUP = "admissionregistration.k8s.io"
_MATCHED: dict[str, Any] = {"matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}}


def _fill(given: dict[str, Any], defaults: Mapping[str, Any]) -> None:
    for name, default in defaults.items():
        given.setdefault(name, {} if default == {} else default)


def _scoped(rules: Any) -> None:
    for rule in rules or ():
        rule.setdefault("scope", "*")


def _webhook_defaults(more: Mapping[str, Any]) -> Callable[[dict[str, Any]], None]:
    def fill(obj: dict[str, Any]) -> None:
        for hook in obj.get("webhooks") or ():
            _fill(hook, {**_MATCHED, "failurePolicy": "Fail", "timeoutSeconds": 10, **more})
            _scoped(hook.get("rules"))
            if find(hook, "clientConfig.service"):
                hook["clientConfig"]["service"].setdefault("port", 443)

    return fill


def _webhook_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    needed = ("name", "clientConfig", "sideEffects", "admissionReviewVersions")
    hooks = enumerate(obj.get("webhooks") or ())
    return [
        required(f"webhooks[{number}].{field}") for number, hook in hooks for field in needed if not hook.get(field)
    ]


def _webhooks(kind: str, more: Mapping[str, Any]) -> Resource:
    return Resource(
        group=_GROUP,
        name=f"{kind.lower()}s",
        singular=kind.lower(),
        kind=kind,
        namespaced=False,
        categories=("api-extensions",),
        fields={"metadata.name": ""},
        counts_generations=True,
        defaults=_webhook_defaults(more),
        validate=_webhook_problems,
        **table(
            NAMED,
            (
                Column("Webhooks", "Number of webhooks.", type="integer"),
                reading(lambda obj: len(obj.get("webhooks") or ())),
            ),
            AGED,
        ),
    )


MUTATING_WEBHOOKS = _webhooks("MutatingWebhookConfiguration", {"reinvocationPolicy": "Never"})
VALIDATING_WEBHOOKS = _webhooks("ValidatingWebhookConfiguration", {})


def _match(resources: Any) -> None:
    if isinstance(resources, dict):
        _fill(resources, _MATCHED)
        _scoped(resources.get("resourceRules"))
        _scoped(resources.get("excludeResourceRules"))


def _policy_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("failurePolicy", "Fail")
    _match(spec.get("matchConstraints"))


def _policy_problems(does: str) -> Callable[[Mapping[str, Any], Mapping[str, Any] | None], list[Problem]]:
    def problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
        spec = obj["spec"]
        found = [] if find(spec, "matchConstraints.resourceRules") else [required("spec.matchConstraints")]
        if not spec.get(does) and not (does == "validations" and spec.get("auditAnnotations")):
            found.append(required(f"spec.{does}"))
        return found

    return problems


def _parameters(obj: dict[str, Any]) -> str:
    kind = find(obj, "spec.paramKind")
    return f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else "<unset>"


def _policies(kind: str, does: str, **more: Any) -> Resource:
    return Resource(
        group=_GROUP,
        name=f"{kind.lower().removesuffix('y')}ies",
        singular=kind.lower(),
        kind=kind,
        namespaced=False,
        categories=("api-extensions",),
        fields={"metadata.name": ""},
        counts_generations=True,
        defaults=_policy_defaults,
        validate=_policy_problems(does),
        **table(
            NAMED,
            (
                Column(does.capitalize(), f"Number of {does}.", type="integer"),
                reading(lambda obj: len(find(obj, f"spec.{does}", ()))),
            ),
            (Column("ParamKind", "Kind of its parameters."), reading(_parameters)),
            AGED,
        ),
        **more,
    )


MUTATING_POLICIES = _policies("MutatingAdmissionPolicy", "mutations")
VALIDATING_POLICIES = _policies(
    "ValidatingAdmissionPolicy", "validations", subresources=(status_of("ValidatingAdmissionPolicy"),)
)


def _binding_defaults(obj: dict[str, Any]) -> None:
    _match(find(obj, "spec.matchResources"))


def _binding_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    return [] if find(obj, "spec.policyName") else [required("spec.policyName")]


def _parameter(obj: dict[str, Any]) -> str:
    given = find(obj, "spec.paramRef")
    if given and given.get("name"):
        return f"{given.get('namespace') or '*'}/{given['name']}"
    return selector(given["selector"]) if given and given.get("selector") else "<unset>"


def _bindings(kind: str) -> Resource:
    return Resource(
        group=_GROUP,
        name=f"{kind.lower()}s",
        singular=kind.lower(),
        kind=kind,
        namespaced=False,
        categories=("api-extensions",),
        fields={"metadata.name": ""},
        counts_generations=True,
        defaults=_binding_defaults,
        validate=_binding_problems,
        **table(
            NAMED,
            (Column("PolicyName", "The policy that it puts in force."), value("spec.policyName", "")),
            (Column("ParamRef", "Its parameters."), reading(_parameter)),
            AGED,
        ),
    )


MUTATING_BINDINGS = _bindings("MutatingAdmissionPolicyBinding")
VALIDATING_BINDINGS = _bindings("ValidatingAdmissionPolicyBinding")
ADMISSION = (
    *(MUTATING_POLICIES, MUTATING_BINDINGS, MUTATING_WEBHOOKS),
    *(VALIDATING_POLICIES, VALIDATING_BINDINGS, VALIDATING_WEBHOOKS),
)
