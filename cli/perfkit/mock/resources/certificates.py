"""Requests for certificates, and bundles of those that are trusted. Nobody here signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.access import GROUPS, USER
from perfkit.mock.resources.columns import AGED, NAMED, NONE, pairs, reading, table, value
from perfkit.mock.resources.description import Column, Resource, Subresource, status_of
from perfkit.mock.resources.rules import find, path_name, required
from perfkit.model.units import human_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.mock.schema.validation import Problem

_GROUP = "certificates.k8s.io"


def _signing_defaults(obj: dict[str, Any]) -> None:
    """Who asks is whoever has the token."""
    spec = obj.setdefault("spec", {})
    spec["username"] = USER
    spec["groups"] = list(GROUPS)


def _needed(*fields: str) -> Any:
    def problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
        return [required(f"spec.{field}") for field in fields if not find(obj, f"spec.{field}")]

    return problems


def _types(obj: dict[str, Any]) -> list[str]:
    return [condition["type"] for condition in find(obj, "status.conditions", ())]


def _condition(obj: dict[str, Any]) -> str:
    types = _types(obj)
    state = next((kind for kind in ("Denied", "Approved") if kind in types), "Pending")
    failed, issued = "Failed" in types, bool(find(obj, "status.certificate"))
    return f"{state}{',Failed' * failed}{',Issued' * issued}"


def _duration(obj: dict[str, Any]) -> str:
    seconds = find(obj, "spec.expirationSeconds")
    return NONE if seconds is None else human_duration(seconds)


_SIGNER = (Column("SignerName", "Who signs it."), value("spec.signerName"))

SIGNING_REQUESTS = Resource(
    group=_GROUP,
    name="certificatesigningrequests",
    singular="certificatesigningrequest",
    kind="CertificateSigningRequest",
    namespaced=False,
    short_names=("csr",),
    subresources=(
        Subresource(name="approval", kind="CertificateSigningRequest"),
        status_of("CertificateSigningRequest"),
    ),
    fields={"metadata.name": "", "spec.signerName": ""},
    assigned=("spec.username", "spec.groups"),
    defaults=_signing_defaults,
    validate=_needed("request", "usages", "signerName"),
    **table(
        NAMED,
        AGED,
        _SIGNER,
        (Column("Requestor", "Who asked for it."), value("spec.username", "")),
        (Column("RequestedDuration", "How long it shall be valid."), reading(_duration)),
        (Column("Condition", "What became of it."), reading(_condition)),
    ),
)

TRUST_BUNDLES = Resource(
    group=_GROUP,
    name="clustertrustbundles",
    singular="clustertrustbundle",
    kind="ClusterTrustBundle",
    namespaced=False,
    fields={"metadata.name": "", "spec.signerName": ""},
    storage="certificates.k8s.io/v1beta1",
    named=path_name,
    validate=_needed("trustBundle"),
    **table(NAMED, _SIGNER),
)


def _state(obj: dict[str, Any]) -> str:
    types = _types(obj)
    return next((kind for kind in reversed(types) if kind in {"Issued", "Denied", "Failed"}), "Pending")


def _pod_defaults(obj: dict[str, Any]) -> None:
    obj.setdefault("spec", {}).setdefault("maxExpirationSeconds", 86400)


POD_CERTIFICATE_REQUESTS = Resource(
    group=_GROUP,
    name="podcertificaterequests",
    singular="podcertificaterequest",
    kind="PodCertificateRequest",
    namespaced=True,
    subresources=(status_of("PodCertificateRequest"),),
    fields={"metadata.name": "", "spec.signerName": "", "spec.podName": "", "spec.nodeName": ""},
    storage="certificates.k8s.io/v1beta1",
    defaults=_pod_defaults,
    validate=_needed("signerName", "podName", "podUID", "serviceAccountName", "nodeName"),
    **table(
        NAMED,
        (Column("PodName", "The pod that asks."), value("spec.podName", "")),
        (Column("ServiceAccountName", "The account of the pod."), value("spec.serviceAccountName", "")),
        (Column("NodeName", "The node of the pod."), value("spec.nodeName", "")),
        (Column("SignerName", "Who signs it."), value("spec.signerName", "")),
        (Column("State", "What became of it."), reading(_state)),
        (
            Column("UnverifiedUserAnnotations", "What the pod says beside."),
            reading(lambda obj: pairs(find(obj, "spec.unverifiedUserAnnotations"))),
        ),
    ),
)
