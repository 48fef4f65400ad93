"""What workloads keep: volume claims, and the volumes that they are bound to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.generator.per_workload import PerWorkload, stored
from perfkit.mock.resources.volumes import PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES

if TYPE_CHECKING:
    from perfkit.mock.generator.collection import Collection
    from perfkit.mock.generator.workloads import Workload


class Claims(PerWorkload):
    """Of every eighth workload."""

    def claims(self) -> Collection:
        """A claim each."""
        return self._of(PERSISTENT_VOLUME_CLAIMS, stored, _claim, self._volume_claim)

    def volumes(self) -> Collection:
        """The volume of each claim."""
        count = self._count(stored)
        return self._maker.collection(PERSISTENT_VOLUMES, count, self._volume_names, self._volume)

    def _volume_names(self) -> dict[str, int]:
        return {self._volume_name(index): index for index in self._indices(stored)}

    def _volume_name(self, index: int) -> str:
        workload = self._plan.workloads[index]
        uid = self._maker.uid(PERSISTENT_VOLUME_CLAIMS, f"{workload.namespace}/{_claim(workload)}")
        return f"pvc-{uid}"

    def _volume_claim(self, index: int) -> dict[str, Any]:
        size = {"storage": "10Gi"}
        return {
            "metadata": {"labels": self._labels(index), "finalizers": ["kubernetes.io/pvc-protection"]},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": size},
                "volumeName": self._volume_name(index),
                "storageClassName": "standard",
                "volumeMode": "Filesystem",
            },
            "status": {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": size},
        }

    def _volume(self, index: int) -> dict[str, Any]:
        workload = self._plan.workloads[index]
        claim = {
            "kind": "PersistentVolumeClaim",
            "apiVersion": "v1",
            "namespace": workload.namespace,
            "name": _claim(workload),
        }
        return {
            "spec": {
                "capacity": {"storage": "10Gi"},
                "csi": {"driver": "csi.example.com", "volumeHandle": self._volume_name(index)},
                "accessModes": ["ReadWriteOnce"],
                "claimRef": claim,
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": "standard",
                "volumeMode": "Filesystem",
            },
            "status": {"phase": "Bound"},
        }


def _claim(workload: Workload) -> str:
    return f"data-{workload.name}"
