"""Limits: a bound on a metric, absolute (``< 2 s``) or against the base (``+5 %``, ``+0``)."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from perfkit.errors import ScenarioError
from perfkit.model.units import NOUNS, Dimension, parse_quantity

Operator = Literal["<", "<=", ">", ">=", "==", "+", "-"]

_LIMIT = re.compile(r"\s*(<=|>=|==|<|>|\+|-|−)\s*(.+)")


class Limit(msgspec.Struct, frozen=True):
    """One bound. ``value`` is in base units, or a fraction of the base where ``relative`` is True.

    ``+5 %`` allows growth up to 5 %; ``+0`` allows none; ``-10 %`` (where higher is better) allows a loss of 10 %.
    """

    operator: Operator
    value: float
    relative: bool = False  # the value is a fraction of the base
    written: str = ""  # as a person wrote it, for tables

    @property
    def against_base(self) -> bool:
        """Whether the bound is on the change from base to head; else it is on the head alone."""
        return self.operator in {"+", "-"}

    @classmethod
    def parse(cls, text: str, kind: Dimension) -> Limit:
        """Read a limit for a metric of ``kind``; raises ScenarioError when the dimension does not fit."""
        match = _LIMIT.fullmatch(text)
        if match is None:
            raise ScenarioError(f"{text!r} is not a limit", "write '< 2 s', '<= 100 MB', '== 4', '+5 %' or '+0'")
        sign = match[1].replace("−", "-")
        operator: Operator = next(o for o in ("<=", ">=", "==", "<", ">", "+", "-") if o == sign)
        value, dimension = parse_quantity(match[2])
        written = f"{sign}{match[2].strip()}" if sign in "+-" else f"{sign} {match[2].strip()}"
        if operator in {"+", "-"} and dimension == "ratio":
            return cls(operator, value, relative=True, written=written)
        if dimension == "count" and value == 0:
            return cls(operator, 0.0, written=written)
        if dimension != kind:
            raise ScenarioError(f"limit {text!r} is {NOUNS[dimension]}, but the metric is {NOUNS[kind]}")
        return cls(operator, value, written=written)

    def holds(self, value: float) -> bool:
        """Whether an absolute limit holds for ``value`` (base units)."""
        match self.operator:
            case "<":
                return value < self.value
            case "<=":
                return value <= self.value
            case ">":
                return value > self.value
            case ">=":
                return value >= self.value
            case "==":
                return value == self.value
            case _:
                raise ValueError(f"{self.operator} is a limit against the base")
