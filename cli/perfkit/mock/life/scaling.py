"""Another number of pods, on demand: of one deployment, or of the whole cluster."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from perfkit.errors import ClusterError
from perfkit.mock.resources.batch import CRON_JOBS, JOBS
from perfkit.mock.resources.pods import PODS
from perfkit.mock.resources.rules import find
from perfkit.mock.resources.workloads import DAEMON_SETS, DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS
from perfkit.mock.store import LAST_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfkit.mock.life.hands import Hands
    from perfkit.mock.life.views import View, Views
    from perfkit.mock.resources.description import Resource
    from perfkit.model.control import Scale

_LOOKS = 0.1  # seconds between looks at whether it is so
_AT_ONCE = 30  # pods that are deleted, with their workloads or without, before others have their turn
_LATE = 0.25  # seconds behind its time from which on a cluster has enough to do
# Who would bring pods back comes first; pods without a workload remain for the end.
_RUNNING = (CRON_JOBS, DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, JOBS, REPLICA_SETS, PODS)


class Scaling:
    """Scales deployments and waits for their pods. Which ones take part in a change of the cluster is seeded."""

    def __init__(self, hands: Hands, views: Views, seed: int) -> None:
        self._hands = hands
        self._views = views
        self._seed = seed

    def start(self, scale: Scale, done: Callable[[int], None]) -> None:
        """Begin; ``done(pods)`` is called when it is so. Raises ClusterError where it cannot be."""
        if scale.empty:
            self._delete(((resource, key) for resource in _RUNNING for key in self._keys(resource)), done)
            return
        wanted = {scale.deployment: scale.replicas} if scale.deployment else self._spread(scale.pods)
        before: set[str] = set()
        for key, replicas in wanted.items():
            deployment = self._hands.read(DEPLOYMENTS, key)
            if deployment is None:
                raise ClusterError(f"there is no deployment {key!r} to scale", "name it as namespace/name")
            before.update(pod.key for pod in self._pods(deployment))
            self._set(deployment, replicas)
        self._wait(list(wanted), before, done)

    def _delete(self, left: Iterator[tuple[Resource, str]], done: Callable[[int], None]) -> None:
        """Delete all that is ``left`` and still stands, a few at a time; then wait until there are no pods.

        No more while the last ones keep the cluster busy: it would answer nobody until all were gone.
        """
        busy = self._hands.store.clock.lag() > _LATE
        now = [] if busy else list(self._few(left))
        for resource, key in now:
            self._hands.delete(resource, key)
        if busy or now or self._keys(PODS):
            self._hands.after(_LOOKS, lambda: self._delete(left, done))
        else:
            done(0)

    def _few(self, left: Iterator[tuple[Resource, str]]) -> Iterator[tuple[Resource, str]]:
        """The next that still stand, until their pods are enough for once."""
        pods = 0
        while pods < _AT_ONCE and (each := next(left, None)):
            found = self._hands.read(*each)
            if found is not None:
                pods += find(found, "spec.replicas") or find(found, "status.currentNumberScheduled") or 1
                yield each

    def _keys(self, resource: Resource) -> list[str]:
        store = self._hands.store
        return list(store.shelf(resource).keys("", LAST_KEY, store.version))

    def _spread(self, more: int) -> dict[str, int]:
        """So many pods more among deployments: one after another grows to its double, or shrinks to nothing."""
        keys = self._keys(DEPLOYMENTS)
        Random(f"scale/{self._seed}/{self._hands.store.version}").shuffle(keys)
        wanted: dict[str, int] = {}
        left, before = abs(more), -1
        while left and left != before:
            before = left
            for key in keys:
                present = wanted.get(key, self._replicas(key))
                step = min(left, max(present, 1) if more > 0 else present)
                if step:
                    wanted[key] = present + step if more > 0 else present - step
                    left -= step
        if left:
            raise ClusterError(f"the deployments of this cluster are {left:,} pods short of that")
        return wanted

    def _replicas(self, key: str) -> int:
        return int(find(self._hands.read(DEPLOYMENTS, key), "spec.replicas", 1))

    def _set(self, deployment: dict[str, Any], replicas: int) -> None:
        if deployment["spec"]["replicas"] != replicas:
            generation = deployment["metadata"].get("generation", 1) + 1
            metadata = {**deployment["metadata"], "generation": generation}
            spec = {**deployment["spec"], "replicas": replicas}
            self._hands.write(DEPLOYMENTS, {**deployment, "metadata": metadata, "spec": spec})

    def _wait(self, keys: list[str], before: set[str], done: Callable[[int], None]) -> None:
        left = [key for key in keys if not self._settled(key, before)]
        if left:
            self._hands.after(_LOOKS, lambda: self._wait(left, before, done))
        else:
            done(len(self._keys(PODS)))

    def _settled(self, key: str, before: set[str]) -> bool:
        """Whether a deployment has as many pods as it wants, those that came are ready, and none is on its way out.

        One that was deleted wants nothing. How pods do that were there before is not this one's business.
        """
        deployment = self._hands.read(DEPLOYMENTS, key)
        if deployment is None:
            return True
        pods = self._pods(deployment)
        active = [pod for pod in pods if pod.active]
        enough = len(active) == int(deployment["spec"]["replicas"])
        return enough and all(pod.ready or pod.key in before for pod in active) and not any(pod.going for pod in pods)

    def _pods(self, deployment: dict[str, Any]) -> list[View]:
        """The pods of its replica sets."""
        sets = self._hands.owned(REPLICA_SETS, deployment["metadata"]["uid"])
        return [pod for found in sets for pod in self._views.controlled_by(found["metadata"]["uid"])]
