"""Claims: each gets a volume, at once or when the first pod that uses it has a node, as its class says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perfkit.mock.life.recorder import Told
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find
from perfkit.mock.resources.volumes import PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, STORAGE_CLASSES
from perfkit.mock.store import LAST_KEY

if TYPE_CHECKING:
    from perfkit.mock.life.hands import Hands
    from perfkit.mock.life.queue import Queue

NAME = "persistentvolumeclaims"
_DEFAULT = "storageclass.kubernetes.io/is-default-class"
_PROTECTION = "kubernetes.io/pvc-protection"
_PROVISIONING = 0.5  # seconds
_BINDER = "persistentvolume-controller"


class Claims:
    """The controller that binds claims to volumes."""

    def __init__(self, hands: Hands, queue: Queue) -> None:
        self._hands = hands
        self._queue = queue

    def used_by(self, pod: dict[str, Any]) -> None:
        """A pod has got its node: what it claims is wanted now."""
        for volume in pod["spec"].get("volumes") or ():
            name = find(volume, "persistentVolumeClaim.claimName")
            if name:
                self._queue.add(NAME, f"{pod['metadata']['namespace']}/{name}", _PROVISIONING)

    def sync(self, key: str) -> None:
        """Bind a claim, if it is its time."""
        claim = self._hands.read(PERSISTENT_VOLUME_CLAIMS, key)
        if claim is None or find(claim, "status.phase") == "Bound" or "deletionTimestamp" in claim["metadata"]:
            return
        name = find(claim, "spec.storageClassName", self._default_class())
        storage_class = self._hands.read(STORAGE_CLASSES, name) if name else None
        if storage_class is None:
            self._bind_existing(claim, name or "")
        elif storage_class.get("volumeBindingMode") != "WaitForFirstConsumer" or self._in_use(claim):
            self._bind(claim, self._provision(claim, storage_class))
        else:
            message = "waiting for first consumer to be created before binding"
            self._tell(claim, "WaitForFirstConsumer", message)

    def _default_class(self) -> str:
        store = self._hands.store
        shelf = store.shelf(STORAGE_CLASSES)
        for key in list(shelf.keys("", LAST_KEY, store.version)):
            found = self._hands.read(STORAGE_CLASSES, key)
            if found and (found["metadata"].get("annotations") or {}).get(_DEFAULT) == "true":
                return key
        return ""

    def _in_use(self, claim: dict[str, Any]) -> bool:
        metadata = claim["metadata"]
        namespace = metadata["namespace"]
        for key in self._hands.store.shelf(PODS).changed_between(f"{namespace}/", f"{namespace}/{LAST_KEY}"):
            pod = self._hands.read(PODS, key)
            volumes = find(pod, "spec.volumes", ()) if find(pod, "spec.nodeName") else ()
            if any(find(each, "persistentVolumeClaim.claimName") == metadata["name"] for each in volumes):
                return True
        return False

    def _provision(self, claim: dict[str, Any], storage_class: dict[str, Any]) -> dict[str, Any]:
        metadata, spec = claim["metadata"], claim["spec"]
        provisioner = storage_class.get("provisioner", "")
        name = f"pvc-{metadata['uid']}"
        volume = {
            "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": provisioner}},
            "spec": {
                "capacity": {"storage": spec["resources"]["requests"]["storage"]},
                "csi": {"driver": provisioner, "volumeHandle": name},
                "accessModes": spec["accessModes"],
                "claimRef": _reference(claim),
                "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
                "storageClassName": storage_class["metadata"]["name"],
                "volumeMode": spec.get("volumeMode", "Filesystem"),
            },
            "status": {"phase": "Bound"},
        }
        self._hands.create(PERSISTENT_VOLUMES, volume)
        self._tell(claim, "ProvisioningSucceeded", f"Successfully provisioned volume {name}", provisioner)
        return volume

    def _bind_existing(self, claim: dict[str, Any], storage_class: str) -> None:
        """Bind a volume that somebody made, if one fits."""
        store = self._hands.store
        for key in list(store.shelf(PERSISTENT_VOLUMES).keys("", LAST_KEY, store.version)):
            volume = self._hands.read(PERSISTENT_VOLUMES, key)
            fits = (
                volume is not None
                and find(volume, "status.phase") == "Available"
                and find(volume, "spec.storageClassName", "") == storage_class
                and set(claim["spec"]["accessModes"]) <= set(find(volume, "spec.accessModes", ()))
            )
            if volume is not None and fits:
                spec = {**volume["spec"], "claimRef": _reference(claim)}
                self._hands.write(PERSISTENT_VOLUMES, {**volume, "spec": spec, "status": {"phase": "Bound"}})
                self._bind(claim, volume)
                return
        told = "no persistent volumes available for this claim and no storage class is set"
        self._tell(claim, "FailedBinding", told)

    def _bind(self, claim: dict[str, Any], volume: dict[str, Any]) -> None:
        metadata = claim["metadata"]
        finalizers = [*dict.fromkeys([*(metadata.get("finalizers") or ()), _PROTECTION])]
        notes = {**(metadata.get("annotations") or {}), "pv.kubernetes.io/bind-completed": "yes"}
        spec = {
            **claim["spec"],
            "volumeName": volume["metadata"]["name"],
            "storageClassName": find(volume, "spec.storageClassName", ""),
        }
        status = {
            "phase": "Bound",
            "accessModes": volume["spec"]["accessModes"],
            "capacity": volume["spec"]["capacity"],
        }
        changed = {**metadata, "finalizers": finalizers, "annotations": notes}
        self._hands.write(PERSISTENT_VOLUME_CLAIMS, {**claim, "metadata": changed, "spec": spec, "status": status})

    def release(self, key: str) -> None:
        """A claim is to go: once no pod uses it, nothing holds it."""
        claim = self._hands.read(PERSISTENT_VOLUME_CLAIMS, key)
        if claim is None or "deletionTimestamp" not in claim["metadata"] or self._in_use(claim):
            return
        finalizers = [each for each in claim["metadata"].get("finalizers") or () if each != _PROTECTION]
        if finalizers != claim["metadata"].get("finalizers"):
            metadata = {**claim["metadata"], "finalizers": finalizers}
            self._hands.write(PERSISTENT_VOLUME_CLAIMS, {**claim, "metadata": metadata})
            volume = find(claim, "spec.volumeName")
            found = self._hands.read(PERSISTENT_VOLUMES, volume) if volume else None
            if found is not None and find(found, "spec.persistentVolumeReclaimPolicy") == "Delete":
                self._hands.delete(PERSISTENT_VOLUMES, volume)
            elif found is not None:
                self._hands.set_status(PERSISTENT_VOLUMES, found, {"phase": "Released"})

    def _tell(self, claim: dict[str, Any], reason: str, message: str, component: str = _BINDER) -> None:
        told = Told(reason=reason, message=message, component=component)
        self._hands.tell(PERSISTENT_VOLUME_CLAIMS, claim, told)


def _reference(claim: dict[str, Any]) -> dict[str, Any]:
    metadata = claim["metadata"]
    return {
        "kind": "PersistentVolumeClaim",
        "apiVersion": "v1",
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "uid": metadata["uid"],
    }
