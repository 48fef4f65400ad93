"""Disruption budgets: how many of their pods may go now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.mock.life.hands import condition, with_condition
from perfkit.mock.resources.autoscaling import POD_DISRUPTION_BUDGETS
from perfkit.mock.resources.rules import find
from perfkit.mock.writes.budgets import counted_status

if TYPE_CHECKING:
    from perfkit.mock.life.hands import Hands
    from perfkit.mock.life.views import Views

NAME = "poddisruptionbudgets"


class Budgets:
    """The controller of disruption budgets."""

    def __init__(self, hands: Hands, views: Views) -> None:
        self._hands = hands
        self._views = views

    def sync(self, key: str) -> None:
        """Count a budget's pods again."""
        budget = self._hands.read(POD_DISRUPTION_BUDGETS, key)
        if budget is None:
            return
        selector = find(budget, "spec.selector")  # none selects nothing, an empty one all
        namespace = budget["metadata"]["namespace"]
        keys = [] if selector is None else self._hands.selected_pods(namespace, selector)
        pods = [pod for each in keys if (pod := self._views.of(each)) is not None]
        status = counted_status(budget, [pod.ready for pod in pods if not pod.going])
        allowed = status["disruptionsAllowed"] > 0
        reason = "SufficientPods" if allowed else "InsufficientPods"
        new = condition("DisruptionAllowed", str(allowed), self._hands.time, reason=reason, message="")
        conditions = with_condition(list(status["conditions"]), new)
        self._hands.set_status(POD_DISRUPTION_BUDGETS, budget, {**status, "conditions": conditions})
