"""The life of one cluster: what happens in it by itself, and how that is started, changed and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.mock.life.acts import Acts
from perfkit.mock.life.churn import Generator
from perfkit.mock.life.recorder import Recorder

if TYPE_CHECKING:
    from perfkit.mock.store import Store
    from perfkit.mock.writes.control_plane import ControlPlane
    from perfkit.model.churn import Churn
    from perfkit.model.control import Churned


class Life:
    """Everything that changes a store without being asked by a client. ``seed`` settles all chance."""

    def __init__(self, store: Store, plane: ControlPlane, seed: int) -> None:
        self._store = store
        self._plane = plane
        self._seed = seed
        self._recorder = Recorder(store)
        self._churn = Generator(store.clock)

    def reset(self) -> None:
        """Be as new; the store has been reset."""
        self._recorder.clear()
        self._churn.stop()

    def churn(self, churn: Churn | None) -> Churned:
        """Change like this from now on, or (None) no more; what the churn before has done."""
        self._store.clock.catch_up()
        done = self._churn.stop()
        if churn is not None:
            acts = Acts(churn, self._store, self._plane.editor, self._recorder, self._seed)
            self._churn.start(churn, acts.act)
        return done
