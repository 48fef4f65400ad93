"""In which order an API server names its groups: the priorities that its APIServices give them."""

from __future__ import annotations

# kubernetes pkg/controlplane/apiserver: aggregator; the aggregator itself comes first.
PRIORITIES = {
    "": 18_000,
    "apiregistration.k8s.io": 20_000,
    "apps": 17_800,
    "events.k8s.io": 17_750,
    "authentication.k8s.io": 17_700,
    "authorization.k8s.io": 17_600,
    "autoscaling": 17_500,
    "batch": 17_400,
    "certificates.k8s.io": 17_300,
    "networking.k8s.io": 17_200,
    "policy": 17_100,
    "rbac.authorization.k8s.io": 17_000,
    "storage.k8s.io": 16_800,
    "admissionregistration.k8s.io": 16_700,
    "apiextensions.k8s.io": 16_700,
    "scheduling.k8s.io": 16_600,
    "coordination.k8s.io": 16_500,
    "node.k8s.io": 16_300,
    "discovery.k8s.io": 16_200,
    "resource.k8s.io": 16_200,
    "flowcontrol.apiserver.k8s.io": 16_100,
    "storagemigration.k8s.io": 15_800,
    "metrics.k8s.io": 100,
}
CUSTOM = 1_000  # of groups that definitions make


def group_order(group: str) -> tuple[int, str]:
    """What groups are sorted by."""
    return (-PRIORITIES.get(group, CUSTOM), group)
