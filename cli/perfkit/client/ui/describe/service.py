"""Services, with their endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfkit.client.ui.values import (
    NONE,
    UNSET,
    annotated,
    given,
    labels,
    listed,
    number,
    said,
    selector,
    table,
    tables,
)
from perfkit.errors import PerfkitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.client.ui.session import Related

_SHOWN: Final = 3  # endpoints of a port; the others are counted


def service(whole: Mapping[str, Any], related: Related) -> Iterator[str]:
    """A service."""
    metadata, spec = table(whole.get("metadata")), table(whole.get("spec"))
    yield f"Name:\t{said(metadata.get('name'))}"
    yield f"Namespace:\t{said(metadata.get('namespace'))}"
    yield from labels("Labels", metadata.get("labels"))
    yield from annotated("Annotations", metadata.get("annotations"))
    yield f"Selector:\t{selector(spec.get('selector')) or NONE}"
    yield f"Type:\t{said(spec.get('type'))}"
    yield from _addresses(whole)
    slices = _slices(metadata, related)
    for port in tables(spec, "ports"):
        yield from _port(port)
        yield f"Endpoints:\t{slices if isinstance(slices, str) else _endpoints(slices, said(port.get('name')))}"
    yield f"Session Affinity:\t{said(spec.get('sessionAffinity'))}"
    yield from given(
        ("External Traffic Policy", spec.get("externalTrafficPolicy")),
        ("Internal Traffic Policy", spec.get("internalTrafficPolicy")),
        ("HealthCheck NodePort", number(spec.get("healthCheckNodePort")) or None),
        ("LoadBalancer Source Ranges", _joined(spec.get("loadBalancerSourceRanges"))),
        ("Traffic Distribution", spec.get("trafficDistribution")),
    )


def _joined(values: Any) -> str:
    return ",".join(map(said, listed(values)))


def _addresses(whole: Mapping[str, Any]) -> Iterator[str]:
    spec = table(whole.get("spec"))
    yield from given(("IP Family Policy", spec.get("ipFamilyPolicy")))
    yield f"IP Families:\t{_joined(spec.get('ipFamilies')) or NONE}"
    yield f"IP:\t{said(spec.get('clusterIP'))}"
    yield f"IPs:\t{_joined(spec.get('clusterIPs')) or NONE}"
    ingress = tables(whole.get("status"), "loadBalancer.ingress")
    yield from given(
        ("External IPs", _joined(spec.get("externalIPs"))),
        ("Desired LoadBalancer IP", spec.get("loadBalancerIP")),
        ("External Name", spec.get("externalName")),
        ("LoadBalancer Ingress", ", ".join(map(_balancer, ingress))),
    )


def _balancer(ingress: Mapping[str, Any]) -> str:
    if not ingress.get("ip"):
        return said(ingress.get("hostname"))
    return said(ingress["ip"]) + (f" ({said(ingress['ipMode'])})" if ingress.get("ipMode") else "")


def _port(port: Mapping[str, Any]) -> Iterator[str]:
    name, protocol = said(port.get("name")) or UNSET, said(port.get("protocol"))
    yield f"Port:\t{name}\t{number(port.get('port'))}/{protocol}"
    yield f"TargetPort:\t{said(port.get('targetPort'), '0')}/{protocol}"
    yield from given(("AppProtocol", port.get("appProtocol")))
    if number(port.get("nodePort")):
        yield f"NodePort:\t{name}\t{number(port['nodePort'])}/{protocol}"


def _slices(metadata: Mapping[str, Any], related: Related) -> list[dict[str, Any]] | str:
    """The service's endpoint slices, or why they cannot be read."""
    path = f"/apis/discovery.k8s.io/v1/namespaces/{said(metadata.get('namespace'))}/endpointslices"
    try:
        return list(related.items(path, labels=f"kubernetes.io/service-name={said(metadata.get('name'))}"))
    except PerfkitError as error:
        return error.message


def _endpoints(slices: list[dict[str, Any]], port: str) -> str:
    """Addresses that are ready, a few of them."""
    if not slices:
        return NONE
    found = [address for each in slices for address in _ready(each, port)]
    more = f" + {len(found) - _SHOWN} more..." if len(found) > _SHOWN else ""
    return ",".join(found[:_SHOWN]) + more


def _ready(each: Mapping[str, Any], port: str) -> Iterator[str]:
    endpoints = [end for end in tables(each, "endpoints") if table(end, "conditions").get("ready") is not False]
    addresses = [said(address) for end in endpoints for address in listed(end, "addresses")[:1]]
    ports = tables(each, "ports")
    if not ports:  # of a headless service
        yield from addresses
    for told in ports:
        if said(told.get("name")) == port:
            number = said(told.get("port"))
            yield from (f"[{address}]:{number}" if ":" in address else f"{address}:{number}" for address in addresses)
