"""What a bisection seeks, and the answer to the question whether one commit has it."""

from __future__ import annotations

from typing import Literal

import msgspec

Side = Literal["good", "bad", "unclear", "broken"]


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """From where on a commit counts as bad: its harm against the good one, on a logarithmic or a plain scale.

    ``size`` is below zero where an improvement is sought; None: what is sought is that the target fails.
    """

    size: float | None
    logarithmic: bool = False
    failing: float = 0.0  # the share of the bad commit's trials that failed, where that is what is sought


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """On which side of the threshold a commit lies, and how likely that is wrong.

    ``broken``: it fails, and that is not what is sought.
    """

    side: Side
    error: float = 0.0
