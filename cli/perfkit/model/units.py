"""Numbers with units: what a person writes ("< 2 s", "100 MB", "5 min") as SI values, and back.

Everything inside perfkit is in base units: seconds, bytes, counts, fractions. KB is 1000, KiB 1024.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from perfkit.errors import ScenarioError

Dimension = Literal["time", "bytes", "count", "ratio", "rate"]

UNITS: Final[dict[str, tuple[Dimension, float]]] = {
    "ns": ("time", 1e-9),
    "us": ("time", 1e-6),
    "µs": ("time", 1e-6),
    "ms": ("time", 1e-3),
    "s": ("time", 1.0),
    "min": ("time", 60.0),
    "m": ("time", 60.0),
    "h": ("time", 3600.0),
    "B": ("bytes", 1.0),
    "KB": ("bytes", 1e3),
    "kB": ("bytes", 1e3),
    "MB": ("bytes", 1e6),
    "GB": ("bytes", 1e9),
    "KiB": ("bytes", 1024.0),
    "MiB": ("bytes", 1024.0**2),
    "GiB": ("bytes", 1024.0**3),
    "%": ("ratio", 0.01),
    "/s": ("rate", 1.0),
    "/min": ("rate", 1 / 60),
    "": ("count", 1.0),
}

NOUNS: Final[dict[Dimension, str]] = {
    "time": "a time",
    "bytes": "a number of bytes",
    "count": "a count",
    "ratio": "a percentage",
    "rate": "a rate",
}

_QUANTITY = re.compile(r"\s*([0-9][0-9_,]*(?:\.[0-9]+)?|\.[0-9]+)\s*([^\s0-9]*)\s*")


def parse_quantity(text: str, dimension: Dimension | None = None) -> tuple[float, Dimension]:
    """``"2 s"`` → ``(2.0, "time")``.

    Raises:
        ScenarioError: no number, an unknown unit, or not the asked-for dimension.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ScenarioError(f"{text!r} is not a number with a unit", "write e.g. '2 s', '100 MB', '5 %', '10'")
    number, unit = match.groups()
    if unit not in UNITS:
        raise ScenarioError(f"unknown unit {unit!r} in {text!r}", f"units are {', '.join(filter(None, UNITS))}")
    found, factor = UNITS[unit]
    if dimension is not None and found != dimension:
        raise ScenarioError(f"{text!r} is {NOUNS[found]}, not {NOUNS[dimension]}")
    return float(number.replace("_", "").replace(",", "")) * factor, found


def parse_duration(text: str) -> float:
    """``"5 min"``, ``"1m30s"``, ``"60"`` (seconds) as seconds; raises ScenarioError."""
    compact = text.replace(" ", "")
    parts = re.findall(r"[0-9.]+(?:ns|us|µs|ms|min|m|s|h)", compact)
    if parts and "".join(parts) == compact:
        return sum(parse_quantity(part, "time")[0] for part in parts)
    value, dimension = parse_quantity(text)
    if dimension not in {"time", "count"}:
        raise ScenarioError(f"{text!r} is not a duration", "write e.g. '90 s', '5 min', '1m30s'")
    return value


_BITS: Final = {"bit/s": 1.0, "kbit/s": 1e3, "Mbit/s": 1e6, "Gbit/s": 1e9}
_BIT_RATE = re.compile(r"\s*([0-9][0-9_,]*(?:\.[0-9]+)?|\.[0-9]+)\s*([kmg]?)bit(?:/s|ps)?\s*", re.IGNORECASE)


def parse_bit_rate(text: str) -> float:
    """``"20 Mbit/s"``, ``"750kbit"`` as bits per second; raises ScenarioError."""
    match = _BIT_RATE.fullmatch(text)
    if match is None:
        raise ScenarioError(f"{text!r} is not a bit rate", f"units are {', '.join(_BITS)}")
    number, prefix = match.groups()
    factor = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}[prefix.lower()]
    return float(number.replace("_", "").replace(",", "")) * factor


def format_bit_rate(rate: float) -> str:
    """Bits per second as a person reads them: ``20 Mbit/s``."""
    unit, factor = max(
        ((unit, factor) for unit, factor in _BITS.items() if factor <= max(rate, 1.0)), key=lambda x: x[1]
    )
    return f"{rate / factor:g} {unit}"


def _significant(value: float, digits: int = 3) -> str:
    """Three significant digits without an exponent: 0.0512, 1.23, 45.6, 789, 12,345."""
    if value == 0:
        return "0"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    return text if "e" not in text else f"{value:.6f}".rstrip("0").rstrip(".")


ROUNDED: Final = 0.9995  # of a unit: what is more is one of it in three digits, not 1,000 of the smaller


def format_value(value: float, dimension: Dimension) -> str:
    """A value in base units as a person reads it: ``1.25 s``, ``412 MiB``, ``1,203``, ``4.2 %``."""
    if dimension == "time":
        magnitude = abs(value)
        for unit, factor in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
            if magnitude >= factor * ROUNDED:
                return f"{_significant(value / factor)} {unit}"
        return "0 s" if value == 0 else f"{_significant(value / 1e-9)} ns"
    if dimension == "bytes":
        return _bytes(value, ("GiB", "MiB", "KiB"))
    if dimension == "ratio":
        return f"{_significant(value * 100)} %"
    if dimension == "rate":
        return f"{_significant(value)} /s"
    return f"{value:,.0f}" if float(value).is_integer() else _significant(value)


def format_beside(value: float, dimension: Dimension, limit: str) -> str:
    """The same beside a limit, as written: bytes are MB where it is in MB, MiB where it is in MiB."""
    if dimension == "bytes" and re.search(r"[kKMG]B$", limit):
        return _bytes(value, ("GB", "MB", "KB"))
    return format_value(value, dimension)


def _bytes(value: float, units: tuple[str, ...]) -> str:
    """In the largest of the units of which there is one."""
    for unit in units:
        factor = UNITS[unit][1]
        if abs(value) >= factor * ROUNDED:
            return f"{_significant(value / factor)} {unit}"
    return f"{value:,.0f} B"


def format_duration(seconds: float) -> str:
    """A span for people: ``9m41s``, ``45 s``, ``0.4 s``, ``2h05m``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    return f"{minutes // 60}h{minutes % 60:02d}m"


def human_duration(seconds: int) -> str:
    """An age as the API server prints it in tables: two or three figures (apimachinery, ``util/duration``)."""
    if seconds < -1:
        return "<invalid>"
    if seconds < 2 * 60:
        return f"{max(seconds, 0)}s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if days < 2 * 365:
        return f"{days}d"
    if days < 8 * 365:
        return _two(days // 365, "y", days % 365, "d")
    return f"{days // 365}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"
