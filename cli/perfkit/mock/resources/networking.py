"""Services, their endpoints, ingresses and network policies."""

from __future__ import annotations

from hashlib import shake_128
from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.columns import AGED, NAMED, NONE, joined, pairs, reading, selector, table, value
from perfkit.mock.resources.description import Column, Resource, proxy_of, status_of
from perfkit.mock.resources.rules import duplicate, find, immutable, invalid, label_name, required, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfkit.mock.schema.validation import Problem

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_OPENED = frozenset({"NodePort", "LoadBalancer"})  # types with a port on every node


def _digest(obj: Mapping[str, Any], salt: str) -> bytes:
    """What chooses addresses and ports: the same object gets the same ones."""
    return shake_128(f"{salt}/{find(obj, 'metadata.uid', '')}".encode()).digest(4)


def _service_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    kind = spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    obj.setdefault("status", {"loadBalancer": {}})
    if kind == "ExternalName":
        return
    if not spec.get("clusterIP"):
        random = _digest(obj, "clusterIP")
        spec["clusterIP"] = f"10.{96 + random[0] % 16}.{random[1]}.{1 + random[2] % 254}"
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    spec.setdefault("internalTrafficPolicy", "Cluster")
    for number, port in enumerate(spec.get("ports") or ()):
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
        if kind in _OPENED and not port.get("nodePort"):
            port["nodePort"] = 30000 + int.from_bytes(_digest(obj, f"nodePort/{number}")[:2], "big") % 2768
    if kind in _OPENED:
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)


def _service_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    spec = obj["spec"]
    kind, ports = spec.get("type"), spec.get("ports") or ()
    found: list[Problem] = []
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        found.append(required("spec.ports"))
    found += _port_problems(ports)
    if kind not in _TYPES:
        found.append(unsupported("spec.type", kind, _TYPES))
    if before is not None and kind == find(before, "spec.type") != "ExternalName":
        found += _address_problems(obj, before)
    return found


def _address_problems(obj: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[Problem]:
    asked = find(obj, "spec.clusterIP")
    if asked != find(before, "spec.clusterIP"):
        yield invalid("spec.clusterIPs[0]", [asked], "may not change once set")


def _port_problems(ports: Any) -> Iterator[Problem]:
    for number, port in enumerate(ports):
        name, protocol = port.get("name"), port.get("protocol")
        if len(ports) > 1 and not name:
            yield required(f"spec.ports[{number}].name")
        elif name and any(other.get("name") == name for other in ports[:number]):
            yield duplicate(f"spec.ports[{number}].name", name)
        if protocol not in _PROTOCOLS:
            yield unsupported(f"spec.ports[{number}].protocol", protocol, _PROTOCOLS)
        for field in ("port", "targetPort"):
            target = port.get(field, 0)
            if isinstance(target, int) and not 0 < target < 65536:
                yield invalid(f"spec.ports[{number}].{field}", target, "must be between 1 and 65535, inclusive")


def _external(obj: dict[str, Any]) -> str:
    spec = obj.get("spec") or {}
    addresses = list(spec.get("externalIPs") or ())
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName") or NONE)
    if spec.get("type") == "LoadBalancer":
        given = find(obj, "status.loadBalancer.ingress", ())
        addresses += [point.get("ip") or point.get("hostname", "") for point in given]
        return ",".join(addresses) or "<pending>"
    return joined(addresses)


def _ports(obj: dict[str, Any]) -> str:
    return joined(
        f"{port['port']}{':' + str(port['nodePort']) if port.get('nodePort') else ''}/{port.get('protocol', 'TCP')}"
        for port in find(obj, "spec.ports", ())
    )


SERVICES = Resource(
    name="services",
    singular="service",
    kind="Service",
    namespaced=True,
    short_names=("svc",),
    categories=("all",),
    subresources=(proxy_of("Service"), status_of("Service")),
    named=label_name,
    assigned=("spec.clusterIP", "spec.clusterIPs", "spec.ipFamilies", "spec.ipFamilyPolicy"),
    fields={"metadata.name": "", "metadata.namespace": "", "spec.clusterIP": "", "spec.type": ""},
    defaults=_service_defaults,
    validate=_service_problems,
    **table(
        NAMED,
        (Column("Type", "How the service can be reached."), value("spec.type")),
        (Column("Cluster-IP", "Address within the cluster."), value("spec.clusterIP")),
        (Column("External-IP", "Addresses outside the cluster."), reading(_external)),
        (Column("Port(s)", "Ports, with those of the nodes after a colon."), reading(_ports)),
        AGED,
        (Column("Selector", "Labels of its pods.", 1), reading(lambda obj: pairs(find(obj, "spec.selector")))),
    ),
)

_SHOWN = 3  # of a list that may be long


def _shortened(texts: list[str]) -> str:
    more = f" + {len(texts) - _SHOWN} more..." if len(texts) > _SHOWN else ""
    return joined(texts[:_SHOWN]) + more


def _endpoints(obj: dict[str, Any]) -> str:
    return _shortened(
        [
            f"{address['ip']}:{port['port']}"
            for subset in obj.get("subsets") or ()
            for port in subset.get("ports") or ()
            for address in subset.get("addresses") or ()
        ]
    )


ENDPOINTS = Resource(
    name="endpoints",
    singular="endpoints",
    kind="Endpoints",
    list_kind="EndpointsList",
    deprecation="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    namespaced=True,
    short_names=("ep",),
    **table(NAMED, (Column("Endpoints", "Addresses and ports."), reading(_endpoints)), AGED),
)


def _slice_ports(obj: dict[str, Any]) -> str:
    return _shortened([str(port.get("port", "*")) for port in obj.get("ports") or ()]).replace(NONE, "<unset>")


def _slice_endpoints(obj: dict[str, Any]) -> str:
    addresses = [address for point in obj.get("endpoints") or () for address in point.get("addresses") or ()]
    return _shortened(addresses).replace(NONE, "<unset>")


def _slice_defaults(obj: dict[str, Any]) -> None:
    obj["ports"] = obj.get("ports") or None
    for point in obj.get("endpoints") or ():
        point.setdefault("conditions", {})


def _slice_problems(obj: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Problem]:
    found = [] if obj.get("addressType") else [required("addressType")]
    for number, point in enumerate(obj.get("endpoints") or ()):
        if not point.get("addresses"):
            found.append(required(f"endpoints[{number}].addresses"))
    return [*found, *immutable("addressType", obj, before)]


ENDPOINT_SLICES = Resource(
    group="discovery.k8s.io",
    name="endpointslices",
    singular="endpointslice",
    kind="EndpointSlice",
    namespaced=True,
    counts_generations=True,
    counted_metadata=("labels",),
    assigned=("ports",),
    defaults=_slice_defaults,
    validate=_slice_problems,
    **table(
        NAMED,
        (Column("AddressType", "Kind of the addresses."), value("addressType")),
        (Column("Ports", "Ports of the endpoints."), reading(_slice_ports)),
        (Column("Endpoints", "Addresses of the endpoints."), reading(_slice_endpoints)),
        AGED,
    ),
)


def _hosts(obj: dict[str, Any]) -> str:
    hosts = [rule.get("host") for rule in find(obj, "spec.rules", ()) if rule.get("host")]
    return _shortened(hosts) if hosts else "*"


def _balancers(obj: dict[str, Any]) -> str:
    given = find(obj, "status.loadBalancer.ingress", ())
    return ",".join(point.get("ip") or point.get("hostname", "") for point in given)


def _ingress_defaults(obj: dict[str, Any]) -> None:
    obj.setdefault("status", {"loadBalancer": {}})


def _ingress_problems(obj: Mapping[str, Any], _: Mapping[str, Any] | None) -> list[Problem]:
    if find(obj, "spec.rules") or find(obj, "spec.defaultBackend"):
        return []
    return [invalid("spec", obj.get("spec") or None, "either `defaultBackend` or `rules` must be specified")]


INGRESSES = Resource(
    group="networking.k8s.io",
    name="ingresses",
    singular="ingress",
    kind="Ingress",
    namespaced=True,
    short_names=("ing",),
    subresources=(status_of("Ingress"),),
    counts_generations=True,
    defaults=_ingress_defaults,
    validate=_ingress_problems,
    **table(
        NAMED,
        (Column("Class", "Which controller serves it."), value("spec.ingressClassName")),
        (Column("Hosts", "Hosts that it answers for."), reading(_hosts)),
        (Column("Address", "Addresses of its load balancer."), reading(_balancers)),
        (Column("Ports", "Ports that it listens on."), reading(lambda o: "80, 443" if find(o, "spec.tls") else "80")),
        AGED,
    ),
)


def _policy_defaults(obj: dict[str, Any]) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    spec.setdefault("policyTypes", ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])


NETWORK_POLICIES = Resource(
    group="networking.k8s.io",
    name="networkpolicies",
    singular="networkpolicy",
    kind="NetworkPolicy",
    namespaced=True,
    short_names=("netpol",),
    counts_generations=True,
    defaults=_policy_defaults,
    **table(
        NAMED,
        (
            Column("Pod-Selector", "Labels of the pods it is for."),
            reading(lambda o: selector(find(o, "spec.podSelector"))),
        ),
        AGED,
    ),
)
