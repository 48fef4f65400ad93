"""The whole first state of a cluster: one collection a resource, and the resourceVersion it stands at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.mock.generator.basics import basics
from perfkit.mock.generator.bootstrap import bootstrap
from perfkit.mock.generator.companions import Companions
from perfkit.mock.generator.definitions import definitions
from perfkit.mock.generator.maker import Maker
from perfkit.mock.generator.namespaces import namespaces
from perfkit.mock.generator.nodes import nodes
from perfkit.mock.generator.pods import Pods
from perfkit.mock.generator.troubled import TroubledNodes, TroubledPods
from perfkit.mock.generator.troubles import Troubles
from perfkit.mock.generator.workloads import plan
from perfkit.mock.resources.description import Resource  # noqa: TC001 - msgspec reads annotations at run time
from perfkit.mock.resources.metrics import METRICS_GROUP
from perfkit.mock.times import parse_time

if TYPE_CHECKING:
    from perfkit.mock.generator.collection import Collection
    from perfkit.mock.generator.shape import Shape

_FIRST_VERSION = 100_001  # a cluster has had a past


class Population(msgspec.Struct, frozen=True):
    """Collections by the resources' qualified names; ``version`` is above that of every object."""

    collections: dict[str, Collection]
    version: int
    epoch: int  # the simulated now, seconds since 1970
    defined: dict[str, list[Resource]] = {}  # what custom resource definitions make the server serve, by their names
    missing: frozenset[str] = frozenset()  # groups that other servers have


def populate(shape: Shape, seed: int) -> Population:
    """Lay out the cluster that ``shape`` and ``seed`` describe."""
    planned, epoch = plan(shape, seed), parse_time(shape.epoch)
    spaces = namespaces(planned, seed, epoch, _FIRST_VERSION)
    machines: Collection = nodes(planned, seed, epoch, _FIRST_VERSION + len(spaces))
    first = _FIRST_VERSION + len(spaces) + len(machines)
    pods = Pods(planned, seed, epoch, first)
    if shape.troubles is not None:
        troubles = Troubles(shape.troubles, seed, epoch)
        machines, pods = TroubledNodes(machines, troubles), TroubledPods(planned, seed, epoch, first, troubles)
    collections: dict[str, Collection] = {"namespaces": spaces, "nodes": machines, "pods": pods}
    maker = Maker(seed, epoch, _FIRST_VERSION + sum(map(len, collections.values())))
    collections |= Companions(planned, pods, maker).collections()
    collections |= basics(planned, maker)
    missing = frozenset() if shape.metrics_server else frozenset({METRICS_GROUP})
    collections |= bootstrap(maker, missing)
    custom, defined = definitions(shape.crds, maker)
    return Population(collections | custom, maker.version, epoch, defined, missing)
