"""Kubernetes quantities: ``500m``, ``1.5Gi``, ``2e3``; exact, and said as the API server says them."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

import msgspec

NANO: Final = 10**9  # nothing smaller is told apart
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: Final = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_UNITS: Final = {name: 10 ** (9 + power) for name, power in _DECIMAL.items()} | {
    name: 1024**power * NANO for power, name in enumerate(_BINARY) if name
}
_FORM: Final = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)")


class Quantity(msgspec.Struct, frozen=True):
    """So many billionths, told in Ki, Mi, Gi (``binary``), in k, M, G, or in e3, e6, e9."""

    nanos: int = 0
    form: Literal["decimal", "binary", "exponent"] = "decimal"

    @classmethod
    def of(cls, text: Any) -> Quantity:
        """Read one; what is none is nothing at all."""
        match = _FORM.fullmatch(str(text))
        if match is None or not (match[2] or match[3]):
            return cls()
        sign, whole, fraction, exponent, unit = match.groups(default="")
        scale = 10 ** max(9 + int(exponent), 0) if exponent else _UNITS[unit]
        nanos = -(-int(whole + fraction) * scale // 10 ** len(fraction))
        form: Any = "exponent" if exponent else "binary" if unit.endswith("i") else "decimal"
        return cls(-nanos if sign == "-" else nanos, form)

    def __add__(self, other: Quantity) -> Quantity:
        """Said as the first that is something."""
        return Quantity(self.nanos + other.nanos, self.form if self.nanos else other.form)

    @property
    def milli(self) -> int:
        """Thousandths, rounded up: of a core, say."""
        return -(-self.nanos // 10**6)

    @property
    def whole(self) -> int:
        """Whole ones, rounded up: bytes, say."""
        return -(-self.nanos // NANO)

    def __str__(self) -> str:
        if self.form == "binary" and abs(self.nanos) >= 1024 * NANO:
            return _binary(self.whole)
        return _decimal(self.nanos, exponent=self.form == "exponent")


def _binary(value: int) -> str:
    power = 0
    while value % 1024 == 0 and power < len(_BINARY) - 1:
        value, power = value // 1024, power + 1
    return f"{value}{_BINARY[power]}"


def _decimal(nanos: int, *, exponent: bool) -> str:
    if not nanos:
        return "0"
    unit = next(name for name in reversed(_DECIMAL) if nanos % _UNITS[name] == 0)
    power = _DECIMAL[unit]
    return f"{nanos // _UNITS[unit]}{unit if not exponent else f'e{power}' if power else ''}"
