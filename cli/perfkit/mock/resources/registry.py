"""All resources that the mock serves: those that every server has, and those that clients define."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.resources.access import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES
from perfkit.mock.resources.addresses import INGRESS_CLASSES, IP_ADDRESSES, SERVICE_CIDRS
from perfkit.mock.resources.admission import ADMISSION
from perfkit.mock.resources.autoscaling import HORIZONTAL_POD_AUTOSCALERS, LEASES, POD_DISRUPTION_BUDGETS
from perfkit.mock.resources.autoscaling_v1 import HORIZONTAL_POD_AUTOSCALERS_V1
from perfkit.mock.resources.batch import CRON_JOBS, JOBS
from perfkit.mock.resources.certificates import POD_CERTIFICATE_REQUESTS, SIGNING_REQUESTS, TRUST_BUNDLES
from perfkit.mock.resources.classes import PRIORITY_CLASSES, RUNTIME_CLASSES
from perfkit.mock.resources.configuration import CONFIG_MAPS, SECRETS, SERVICE_ACCOUNTS
from perfkit.mock.resources.control_plane import (
    API_SERVICES,
    BINDINGS,
    COMPONENT_STATUSES,
    STORAGE_VERSION_MIGRATIONS,
)
from perfkit.mock.resources.csi import CSI
from perfkit.mock.resources.custom import DEFINITIONS, defined
from perfkit.mock.resources.devices import DEVICES
from perfkit.mock.resources.events import EVENTS, EVENTS_V1
from perfkit.mock.resources.flow_control import FLOW_SCHEMAS, PRIORITY_LEVELS
from perfkit.mock.resources.limits import LIMIT_RANGES, RESOURCE_QUOTAS
from perfkit.mock.resources.metrics import METRICS
from perfkit.mock.resources.namespaces import NAMESPACES
from perfkit.mock.resources.networking import ENDPOINT_SLICES, ENDPOINTS, INGRESSES, NETWORK_POLICIES, SERVICES
from perfkit.mock.resources.nodes import NODES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.reviews import REVIEWS
from perfkit.mock.resources.templates import CONTROLLER_REVISIONS, POD_TEMPLATES, REPLICATION_CONTROLLERS
from perfkit.mock.resources.volumes import PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, STORAGE_CLASSES
from perfkit.mock.resources.workloads import DAEMON_SETS, DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from perfkit.mock.resources.description import Resource

RESOURCES: tuple[Resource, ...] = (
    *(CONFIG_MAPS, ENDPOINTS, EVENTS, NAMESPACES, NODES, PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS, SECRETS),
    *(SERVICE_ACCOUNTS, SERVICES, DEFINITIONS, DAEMON_SETS, DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS),
    *(HORIZONTAL_POD_AUTOSCALERS, CRON_JOBS, JOBS, LEASES, ENDPOINT_SLICES, EVENTS_V1, *METRICS, INGRESSES),
    *(NETWORK_POLICIES, POD_DISRUPTION_BUDGETS, CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES),
    *(STORAGE_CLASSES, *REVIEWS, *CSI, *DEVICES, *ADMISSION, SIGNING_REQUESTS, TRUST_BUNDLES, POD_CERTIFICATE_REQUESTS),
    *(BINDINGS, COMPONENT_STATUSES, LIMIT_RANGES, POD_TEMPLATES, REPLICATION_CONTROLLERS, RESOURCE_QUOTAS),
    *(CONTROLLER_REVISIONS, HORIZONTAL_POD_AUTOSCALERS_V1, INGRESS_CLASSES, IP_ADDRESSES, SERVICE_CIDRS),
    *(PRIORITY_CLASSES, RUNTIME_CLASSES, FLOW_SCHEMAS, PRIORITY_LEVELS, STORAGE_VERSION_MIGRATIONS, API_SERVICES),
)


def find(group: str, version: str, name: str) -> Resource | None:
    """The resource of every server at ``group``/``version`` called ``name`` (plural), or None."""
    return _BY_PLACE.get((group, version, name))


_BY_PLACE = {(resource.group, resource.version, resource.name): resource for resource in RESOURCES}


class Catalog:
    """The resources that one server serves now. ``generation`` grows with every change of them."""

    def __init__(
        self, defined_at_first: Mapping[str, list[Resource]] | None = None, missing: Container[str] = ()
    ) -> None:
        """Of every server's resources those of the ``missing`` groups are not served here."""
        self._defined = dict(defined_at_first or {})
        self._missing = missing
        self.generation = 0

    def __iter__(self) -> Iterator[Resource]:
        """All of them."""
        yield from (resource for resource in RESOURCES if resource.group not in self._missing)
        for resources in self._defined.values():
            yield from resources

    def find(self, group: str, version: str, name: str) -> Resource | None:
        """The resource at ``group``/``version`` called ``name`` (plural), or None."""
        known = find(group, version, name)
        if known is not None and group not in self._missing:
            return known
        candidates = self._defined.get(f"{name}.{group}", ())
        return next((resource for resource in candidates if resource.version == version), None)

    def of_kind(self, api_version: str, kind: str) -> Resource | None:
        """The resource whose objects call themselves so, or None."""
        wanted = (api_version, kind)
        return next((resource for resource in self if (resource.api_version, resource.kind) == wanted), None)

    def define(self, name: str, definition: Mapping[str, Any] | None) -> None:
        """Serve what a CustomResourceDefinition defines, or what the one of that ``name`` did no longer (None)."""
        self.generation += 1
        if definition is None:
            self._defined.pop(name, None)
        else:
            self._defined[name] = defined(definition)
