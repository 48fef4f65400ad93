"""How a cluster changes by itself: how often, what, where. Said by a shape, a step, or ``perfkit cluster set``."""

from __future__ import annotations

from typing import Final

import msgspec

KINDS: Final = ("status", "restart", "replace", "event", "node", "rollout")
FASTEST: Final = 20_000.0  # events a second
DEFAULT_MIX: Final[dict[str, float]] = {"status": 6.0, "restart": 1.0, "replace": 1.0, "event": 1.0, "node": 1.0}


class Churn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rate`` events a second, and every ``every`` seconds ``burst`` more at once; an event is a change of one object.

    Of the changes the kinds have shares as in ``mix``: ``status`` (a pod becomes ready or unready), ``restart`` (of a
    container), ``replace`` (a pod goes and another comes: three events), ``event`` (an Event object), ``node`` (a
    heartbeat), ``rollout`` (a deployment's pods are replaced one by one, which comes on top of the rate). ``skew`` of
    those of pods befall the same ``hot`` pods. ``namespace`` confines them to one.
    """

    rate: float = 0.0
    mix: dict[str, float] = msgspec.field(default_factory=lambda: dict(DEFAULT_MIX))
    skew: float = 0.0
    hot: int = 10
    namespace: str = ""
    burst: int = 0
    every: float = 0.0  # seconds

    def problem(self) -> str:
        """What is wrong with it; empty: nothing."""
        rules = {
            f"mix knows {', '.join(KINDS)}": self.mix.keys() <= set(KINDS),
            f"rate must be from 0 to {FASTEST:,.0f} a second": 0 <= self.rate <= FASTEST,
            "mix needs shares from 0 up, one of them above": all(share >= 0 for share in self.mix.values())
            and any(self.mix.values()),
            "skew must be from 0 to 1": 0 <= self.skew <= 1,
            "hot must be at least 1": self.hot >= 1,
            "burst and every come together: so many events every so many seconds": (self.burst > 0) == (self.every > 0),
            "burst must be from 0 to 100,000": 0 <= self.burst <= 100_000,
            "every must be at least 0.01 s": self.every == 0 or self.every >= 0.01,
        }
        return next((rule for rule, kept in rules.items() if not kept), "")
