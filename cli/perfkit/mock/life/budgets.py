"""Disruption budgets: how many of their pods may go now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfkit.mock.life.hands import condition, with_condition
from perfkit.mock.resources.autoscaling import POD_DISRUPTION_BUDGETS
from perfkit.mock.writes.budgets import budget_status

if TYPE_CHECKING:
    from perfkit.mock.life.hands import Hands

NAME = "poddisruptionbudgets"


class Budgets:
    """The controller of disruption budgets."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands

    def sync(self, key: str) -> None:
        """Count a budget's pods again."""
        budget = self._hands.read(POD_DISRUPTION_BUDGETS, key)
        if budget is None:
            return
        status = budget_status(self._hands.store, budget)
        allowed = status["disruptionsAllowed"] > 0
        reason = "SufficientPods" if allowed else "InsufficientPods"
        new = condition("DisruptionAllowed", str(allowed), self._hands.time, reason=reason, message="")
        conditions = with_condition(list(status["conditions"]), new)
        self._hands.set_status(POD_DISRUPTION_BUDGETS, budget, {**status, "conditions": conditions})
