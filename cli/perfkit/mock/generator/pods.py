"""Pods from the plan: a template per workload, a hash per pod."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache
from hashlib import shake_128
from typing import TYPE_CHECKING

import msgspec

from perfkit.mock.generator.nodes import node_ip, node_name
from perfkit.mock.generator.pod_object import pod_labels, pod_object
from perfkit.mock.generator.template import Template
from perfkit.mock.generator.words import COMPONENTS, TEAMS, safe_text, uuid
from perfkit.mock.resources.description import Facts
from perfkit.mock.times import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfkit.mock.generator.workloads import Plan, Workload

# Workloads whose templates (15 KB) and suffixes are kept; a LIST walks through them in order, so few are enough.
_KEPT = 64
_SUFFIX = 5
_MOMENTS = tuple(b"%02d:%02dZ" % divmod(second, 60) for second in range(3600))
# Seconds after creation at which a pod's start reaches each point, before jitter.
_STEPS = {
    "scheduled": 0,
    "sandboxed": 2,
    "init_1_started": 2,
    "init_1_finished": 4,
    "init_2_started": 5,
    "init_2_finished": 8,
    "initialized": 9,
    "started_1": 9,
    "started_2": 11,
    "ready": 19,
}
_LATEST = 3600 - 64
_DAYS = 60  # age of the oldest workload
_SELECTABLE = {
    "metadata.name": "",
    "metadata.namespace": "",
    "spec.nodeName": "",
    "spec.restartPolicy": "Always",
    "spec.schedulerName": "default-scheduler",
    "spec.serviceAccountName": "default",
    "spec.hostNetwork": "false",
    "status.phase": "Running",
    "status.podIP": "",
    "status.nominatedNodeName": "",
}


class Pods:
    """A ``Collection`` of all planned pods. ``first_version`` is the resourceVersion of the first."""

    def __init__(self, plan: Plan, seed: int, epoch: int, first_version: int) -> None:
        self._plan = plan
        self._seed = seed
        self._epoch = epoch
        self._first_version = first_version
        self._prefixes = [workload.prefix for workload in plan.workloads]
        self._nodes = [(node_name(number).encode(), node_ip(number).encode()) for number in range(plan.nodes)]
        self._owners: dict[str, int] = {}
        self._pod_template = Template.of(pod_object(plan.variables))
        self._label_template = Template.of(pod_labels())
        # Bound here and not on the methods: a cache on a method would outlive the instance.
        self._suffixes = lru_cache(_KEPT)(self._make_suffixes)
        self._template = lru_cache(_KEPT)(self._make_template)
        self.labels = lru_cache(_KEPT)(self._make_labels)  # of all pods of the workload at an index
        self.owner = lru_cache(_KEPT)(self._make_owner)  # the UID of that workload's replica set

    def __len__(self) -> int:
        return self._plan.offsets[-1]

    def key(self, position: int) -> str:
        """``namespace/name`` of the pod at ``position``."""
        index = self._workload_at(position)
        return self._prefixes[index] + self._suffixes(index)[position - self._plan.offsets[index]]

    def bisect(self, key: str) -> int:
        """The first position whose key is not below ``key``."""
        index = bisect_right(self._prefixes, key) - 1
        if index < 0:
            return 0
        prefix = self._prefixes[index]
        if not key.startswith(prefix):
            return self._plan.offsets[index + 1]
        return self._plan.offsets[index] + bisect_left(self._suffixes(index), key[len(prefix) :])

    def bodies(self, start: int, stop: int) -> Iterator[bytes]:
        """The pods from ``start`` up to ``stop`` as JSON without kind and apiVersion."""
        index = self._workload_at(start) if start < stop else 0
        while start < stop:
            offset, end = self._plan.offsets[index], min(stop, self._plan.offsets[index + 1])
            render = self._template(index).render
            for position in range(start, end):
                yield render(self._values(index, position - offset, position))
            start, index = end, index + 1

    def facts(self, position: int) -> Facts:
        """Labels and fields of one pod."""
        index = self._workload_at(position)
        namespace, name = self.key(position).split("/")
        node, _, pod_ip = self._place(position)
        fields = _SELECTABLE | {
            "metadata.name": name,
            "metadata.namespace": namespace,
            "spec.nodeName": node.decode(),
            "status.podIP": pod_ip.decode(),
        }
        return Facts(self.labels(index), fields, (self.owner(index),))

    def dependents(self, uid: str) -> Iterable[int]:
        """The positions of the pods of the replica set with this UID."""
        if not self._owners:
            self._owners = {self.owner(index): index for index in range(len(self._plan.workloads))}
        index = self._owners.get(uid)
        return () if index is None else range(self._plan.offsets[index], self._plan.offsets[index + 1])

    def serves(self, _: int) -> bool:
        """Whether the pod at a position is ready."""
        return True

    def serving(self, index: int) -> Iterator[tuple[str, str, str, str]]:
        """What ``members`` says of those that are ready."""
        offset = self._plan.offsets[index]
        return (member for replica, member in enumerate(self.members(index)) if self.serves(offset + replica))

    def ready(self, index: int) -> int:
        """How many pods of the workload at ``index`` are ready."""
        return sum(map(self.serves, range(self._plan.offsets[index], self._plan.offsets[index + 1])))

    def members(self, index: int) -> Iterator[tuple[str, str, str, str]]:
        """Name, UID, address and node of each pod of the workload at ``index``."""
        offset, end = self._plan.offsets[index], self._plan.offsets[index + 1]
        for position in range(offset, end):
            values = self._values(index, position - offset, position)
            uid = b"%(uid_1)s-%(uid_2)s-4%(uid_3)s-a%(uid_4)s-%(uid_5)s" % {k.encode(): v for k, v in values.items()}
            name = self.key(position).partition("/")[2]
            node, _, address = self._place(position)
            yield name, uid.decode(), address.decode(), node.decode()

    def _workload_at(self, position: int) -> int:
        return bisect_right(self._plan.offsets, position) - 1

    def _place(self, position: int) -> tuple[bytes, bytes, bytes]:
        """Node, its address, and the pod's. Neighbours in a workload go to different nodes: the scheduler spreads."""
        slot, number = divmod(position, len(self._nodes))
        node, host_ip = self._nodes[number]
        return node, host_ip, b"10.%d.%d.%d" % (64 + (number >> 8), number & 255, slot + 2)

    def _values(self, index: int, replica: int, position: int) -> dict[str, bytes]:
        workload = self._plan.workloads[index].number
        digest = shake_128(b"pod/%d/%d/%d" % (self._seed, workload, replica)).digest(192)
        text = digest.hex().encode()
        created = int.from_bytes(digest[:2], "big") % _LATEST
        node, host_ip, pod_ip = self._place(position)
        return {
            "suffix": self._suffixes(index)[replica].encode(),
            "volume": safe_text(digest[2:7]).encode(),
            "resource_version": b"%d" % (self._first_version + position),
            "uid_1": text[32:40],
            "uid_2": text[40:44],
            "uid_3": text[44:47],
            "uid_4": text[47:50],
            "uid_5": text[50:62],
            "container_1_id": text[64:128],
            "container_2_id": text[128:192],
            "init_1_id": text[192:256],
            "init_2_id": text[256:320],
            "sandbox_id": text[320:384],
            "node": node,
            "host_ip": host_ip,
            "pod_ip": pod_ip,
            "created": _MOMENTS[created],
            **{name: _MOMENTS[created + step + (digest[12] & 31)] for name, step in _STEPS.items()},
        }

    def _make_suffixes(self, index: int) -> list[str]:
        """The random ends of the pods' names, sorted, all different."""
        workload = self._plan.workloads[index]
        stream = shake_128(b"suffixes/%d/%d" % (self._seed, workload.number))
        wanted = workload.replicas
        found: set[str] = set()
        length = _SUFFIX * wanted
        while len(found) < wanted:
            random = stream.digest(length)
            found = {safe_text(random[at : at + _SUFFIX]) for at in range(0, length - _SUFFIX + 1, _SUFFIX)}
            length += _SUFFIX
        return sorted(found)

    def _make_owner(self, index: int) -> str:
        text = self._workload_digest(self._plan.workloads[index])[:19].hex()
        return uuid(text)

    def _make_labels(self, index: int) -> dict[str, str]:
        values = self.workload_values(self._plan.workloads[index])
        labels: dict[str, str] = msgspec.json.decode(self._label_template.render(values))
        return labels

    def _make_template(self, index: int) -> Template:
        return self._pod_template.bind(self.workload_values(self._plan.workloads[index]))

    def _workload_digest(self, workload: Workload) -> bytes:
        return shake_128(b"values/%d/%d" % (self._seed, workload.number)).digest(256)

    def workload_values(self, workload: Workload) -> dict[str, bytes]:
        """What all pods of a workload share, by the slots of the pod template."""
        digest = self._workload_digest(workload)
        text = digest.hex()
        hours = int.from_bytes(digest[:3], "big") % (_DAYS * 24) + 1
        values = {
            "namespace": workload.namespace,
            "workload": workload.name,
            "hash": workload.pod_hash,
            "owner_uid": uuid(text),
            "hour": format_time(self._epoch - hours * 3600)[:14],
            "restarted_at": format_time(self._epoch - hours * 3600 - digest[19]),
            "component": COMPONENTS[digest[20] % len(COMPONENTS)],
            "team": TEAMS[digest[21] % len(TEAMS)],
            "stage": ("production", "staging", "test")[digest[22] % 3],
            "track": ("stable", "canary")[digest[23] % 8 == 0],
            "group": f"g{digest[24] % 20:02d}",
            "version": f"v{digest[25] % 9}.{digest[26] % 30}.{digest[27] % 60}",
            "commit": text[56:96],
            "database": f"pg-{digest[28] % 40:02d}",
            "cpu": ("250m", "500m", "1", "2")[digest[29] % 4],
            "memory": ("256Mi", "512Mi", "1Gi", "4Gi")[digest[30] % 4],
            "config_checksum": text[100:164],
            "secret_checksum": text[164:228],
            "digest_1": text[228:292],
            "digest_2": text[292:356],
            "digest_init": text[356:420],
        }
        settings = {f"setting_{number}": text[at : at + 32] for number, at in enumerate(range(0, 480, 120))}
        return {name: value.encode() for name, value in (values | settings).items()}
