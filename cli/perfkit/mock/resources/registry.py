"""All resources that the mock serves."""

from __future__ import annotations

from perfkit.mock.resources.description import Resource  # noqa: TC001
from perfkit.mock.resources.namespaces import NAMESPACES
from perfkit.mock.resources.nodes import NODES
from perfkit.mock.resources.pods import PODS

RESOURCES: tuple[Resource, ...] = (NAMESPACES, NODES, PODS)


def find(group: str, version: str, name: str) -> Resource | None:
    """The resource at ``group``/``version`` called ``name`` (plural), or None."""
    return _BY_PLACE.get((group, version, name))


_BY_PLACE = {(resource.group, resource.version, resource.name): resource for resource in RESOURCES}
