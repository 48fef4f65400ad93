"""The changes that churn makes, each of one object, and how it chooses them."""

from __future__ import annotations

from hashlib import shake_128
from heapq import heappop, heappush
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Any

from perfkit.mock.agenda import TICKS
from perfkit.mock.generator.words import safe_text, uuid
from perfkit.mock.life.pod_body import PodBody
from perfkit.mock.life.recorder import Told
from perfkit.mock.resources.nodes import NODES
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.workloads import DEPLOYMENTS
from perfkit.mock.store import LAST_KEY, Change, Stored
from perfkit.mock.times import format_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.mock.life.recorder import Recorder
    from perfkit.mock.store import Run, Shelf, Store
    from perfkit.mock.writes.editor import Editor
    from perfkit.model.churn import Churn

_TRIES = 8  # at finding an object that can change in the way that was drawn
_SUFFIX = 5  # characters of a pod's name that differ from those of its siblings
_STARTING = 1.5  # seconds until a pod that replaces another runs
_ENDINGS = (("Error", 1), ("Error", 2), ("OOMKilled", 137))
_TROUBLES = (
    ("Unhealthy", "Warning", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
    ("BackOff", "Warning", "Back-off restarting failed container main in pod {name}"),
    ("Pulled", "Normal", 'Container image "registry.example.com/library/main:v1" already present on machine'),
    ("FailedMount", "Warning", 'MountVolume.SetUp failed for volume "config": configmap "settings" not found'),
)


class Acts:
    """One churn on one store: ``act`` makes the next change. Seeded: the same store gets the same changes."""

    def __init__(self, churn: Churn, store: Store, editor: Editor, recorder: Recorder, seed: int) -> None:
        self._store = store
        self._editor = editor
        self._recorder = recorder
        self._random = Random(f"churn/{seed}")
        self._kinds = list(churn.mix)
        self._weights = list(accumulate(churn.mix.values()))
        self._skew = churn.skew
        self._following: list[tuple[int, int, Callable[[], bool]]] = []  # from which tick on, which, what
        self._follows = 0
        self._names: dict[int, str] = {}  # keys of the pods in slots: generated, or come in the place of one
        prefix = f"{churn.namespace}/" if churn.namespace else ""
        self._pods = _slots(store.shelf(PODS), prefix)
        self._hot = self._random.sample(self._pods, min(churn.hot, len(self._pods)))
        self._deployments = _slots(store.shelf(DEPLOYMENTS), prefix)

    def act(self) -> bool:
        """Make one change; False where nothing can be changed."""
        with self._store.written_by("churn"):
            if self._following and self._following[0][0] <= self._store.clock.tick:
                return heappop(self._following)[2]()
            if any(self._draw() for _ in range(_TRIES)):
                return True
            # All pods are starting: one of them comes to it early.
            return bool(self._following) and heappop(self._following)[2]()

    def _draw(self) -> bool:
        kind = self._random.choices(self._kinds, cum_weights=self._weights)[0]
        acts: dict[str, Callable[[], bool]] = {
            "status": self._status,
            "restart": self._restart,
            "replace": self._replace,
            "event": self._event,
            "node": self._node,
            "rollout": self._rollout,
        }
        return acts[kind]()

    def _status(self) -> bool:
        pod = self._pod(self._slot())
        if pod is None:
            return False
        pod.flip_ready()
        return self._put(pod)

    def _restart(self) -> bool:
        pod = self._pod(self._slot())
        if pod is None:
            return False
        reason, code = self._random.choice(_ENDINGS)
        pod.restart(self._identity("container"), reason, code)
        return self._put(pod)

    def _replace(self) -> bool:
        """A pod goes; another of its replica set comes, and runs a little later."""
        slot = self._slot()
        pod = self._pod(slot)
        if pod is None or slot is None:
            return False
        key = self._key(slot)
        name = key.partition("/")[2][:-_SUFFIX] + safe_text(bytes.fromhex(self._identity("name"))[:_SUFFIX])
        self._store.apply(Change(PODS, key, None))
        successor = pod.successor(name, uuid(self._identity("uid")))
        self._names[slot] = f"{key.partition('/')[0]}/{name}"

        def run() -> bool:
            if self._store.shelf(PODS).one(self._names[slot], self._store.version) is None:
                return False
            successor.start(self._time, self._identity("container"))
            return self._put(successor)

        self._follow(0, lambda: self._put(successor.unstarted()))
        self._follow(_STARTING, run)
        return True

    def _follow(self, seconds: float, act: Callable[[], bool]) -> None:
        """Make ``act`` the next change, in ``seconds`` at the earliest."""
        self._follows += 1
        heappush(self._following, (self._store.clock.tick + int(seconds * TICKS), self._follows, act))

    def _event(self) -> bool:
        slot = self._slot()
        pod = None if slot is None else self._store.read(PODS, self._key(slot))
        if pod is None:
            return False
        reason, kind, message = self._random.choice(_TROUBLES)
        told = Told(reason=reason, message=message.format(**pod["metadata"]), type=kind, host=pod["spec"]["nodeName"])
        self._recorder.record(PODS, pod, told)
        return True

    def _node(self) -> bool:
        collection = self._store.shelf(NODES).collection
        if not len(collection):
            return False
        key = collection.key(self._random.randrange(len(collection)))
        node = self._store.read(NODES, key)
        if node is None:
            return False
        for condition in node["status"]["conditions"]:
            condition["lastHeartbeatTime"] = self._time
        self._store.apply(Change(NODES, key, node))
        return True

    def _rollout(self) -> bool:
        """What ``kubectl rollout restart`` does; the deployment's controller does the rest."""
        if not self._deployments:
            return False
        key = self._store.shelf(DEPLOYMENTS).collection.key(self._random.choice(self._deployments))
        deployment = self._store.read(DEPLOYMENTS, key)
        if deployment is None:
            return False
        annotate_restart(deployment, self._time)
        self._editor.set(DEPLOYMENTS, key, deployment)
        return True

    def _slot(self) -> int | None:
        """Where the next pod to change is, among those of the shape."""
        if not self._pods:
            return None
        if self._skew and self._random.random() < self._skew:
            return self._random.choice(self._hot)
        return self._random.choice(self._pods)

    def _key(self, slot: int) -> str:
        key = self._names.get(slot)
        if key is None:
            key = self._names[slot] = self._store.shelf(PODS).collection.key(slot)
        return key

    def _pod(self, slot: int | None) -> PodBody | None:
        """The pod in a slot, ready to be changed; None where there is none that could."""
        if slot is None:
            return None
        shelf, key = self._store.shelf(PODS), self._key(slot)
        run = shelf.one(key, self._store.version)
        if run is None:
            return None
        pod = PodBody.of(_stored(shelf, key, run), self._time)
        return pod if pod.complete else None

    def _put(self, pod: PodBody) -> bool:
        self._store.put(PODS, pod.written(self._store.version + 1))
        return True

    def _identity(self, what: str) -> str:
        return shake_128(f"{what}/{self._store.version}/{self._random.random()}".encode()).hexdigest(32)

    @property
    def _time(self) -> str:
        return format_time(self._store.now)


def annotate_restart(deployment: dict[str, Any], time: str) -> None:
    """Give a deployment's template another ``restartedAt``, in place."""
    metadata = deployment["spec"]["template"].setdefault("metadata", {})
    annotations = metadata.get("annotations") or {}
    metadata["annotations"] = {**annotations, "kubectl.kubernetes.io/restartedAt": time}
    deployment["metadata"]["generation"] = deployment["metadata"].get("generation", 1) + 1


def _slots(shelf: Shelf, prefix: str) -> range:
    """The positions of the generated objects whose keys begin with ``prefix``."""
    return range(shelf.collection.bisect(prefix), shelf.collection.bisect(prefix + LAST_KEY))


def _stored(shelf: Shelf, key: str, run: Run) -> Stored:
    return run if isinstance(run, Stored) else Stored(key, next(shelf.bodies([run])), shelf.facts(run))
