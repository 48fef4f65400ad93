"""What an object holds, read without trust, and said as kubectl says it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from perfkit.model.units import human_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NONE: Final = "<none>"
UNSET: Final = "<unset>"
UNKNOWN: Final = "<unknown>"
_SHIFTED: Final = ("", "  ", "    ")
_LONGEST: Final = 140  # characters of an annotation that are shown
_HIDDEN: Final = "kubectl.kubernetes.io/last-applied-configuration"


def at(value: Any, path: str) -> Any:
    """What stands at ``spec.template``; None where nothing does."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def table(value: Any, path: str = "") -> dict[str, Any]:
    """A table, empty where there is none."""
    found = at(value, path) if path else value
    return found if isinstance(found, dict) else {}


def tables(value: Any, path: str = "") -> list[dict[str, Any]]:
    """Those of a list that are tables."""
    return [each for each in listed(value, path) if isinstance(each, dict)]


def listed(value: Any, path: str = "") -> list[Any]:
    """A list, empty where there is none."""
    found = at(value, path) if path else value
    return found if isinstance(found, list) else []


def said(value: Any, absent: str = "") -> str:
    """A value as Go prints it."""
    match value:
        case None:
            return absent
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{' '.join(map(said, value))}]"
        case _:
            return str(value)


def number(value: Any) -> int:
    """A whole number, 0 where there is none."""
    return value if isinstance(value, int) else 0


def truth(value: Any) -> str:
    """``True`` or ``False``."""
    return "True" if value is True else "False"


def _instant(value: Any) -> datetime | None:
    """A time of RFC 3339."""
    try:
        return datetime.fromisoformat(value) if value else None
    except (TypeError, ValueError):
        return None


def moment(value: Any, absent: str = "Mon, 01 Jan 0001 00:00:00 +0000") -> str:
    """A time as kubectl prints it, where this machine is."""
    instant = _instant(value)
    return absent if instant is None else instant.astimezone().strftime("%a, %d %b %Y %H:%M:%S %z")


def since(value: Any) -> str:
    """How long a time is past."""
    instant = _instant(value)
    if instant is None:
        return UNKNOWN
    return human_duration(int(time.time() - instant.replace(tzinfo=instant.tzinfo or UTC).timestamp()))


def between(begun: Any, ended: Any) -> str:
    """How long that took; empty where one of the times is missing."""
    first, last = _instant(begun), _instant(ended)
    return "" if first is None or last is None else human_duration(int((last - first).total_seconds()))


def several(title: str, values: Iterable[str], *, depth: int = 0) -> Iterator[str]:
    """One of a list a line, behind a title."""
    shift, head = _SHIFTED[depth], f"{title}:"
    for value in values:
        yield f"{shift}{head}\t{value}"
        head = ""
    if head:
        yield f"{shift}{head}\t{NONE}"


def labels(title: str, value: Any, *, depth: int = 0) -> Iterator[str]:
    """``key=value`` in the keys' order."""
    return several(title, (f"{key}={said(each)}" for key, each in sorted(table(value).items())), depth=depth)


def annotated(title: str, value: Any, *, depth: int = 0) -> Iterator[str]:
    """In the keys' order; long ones on lines of their own, and cut."""
    shown = [(key, said(each)) for key, each in sorted(table(value).items()) if key != _HIDDEN]
    return several(title, (line for key, each in shown for line in _annotation(key, each)), depth=depth)


def _annotation(key: str, value: str) -> Iterator[str]:
    value = value.removesuffix("\n")
    if len(key) + len(value) + 2 <= _LONGEST and "\n" not in value:
        yield f"{key}: {value}"
        return
    yield f"{key}:"
    for line in value.split("\n"):
        yield "  " + (line if len(line) <= _LONGEST - 2 else line[: _LONGEST - 2] + "...")


def controller(whole: Mapping[str, Any]) -> dict[str, Any]:
    """The owner that made an object; empty where none did."""
    owners = tables(whole.get("metadata"), "ownerReferences")
    return next((owner for owner in owners if owner.get("controller") is True), {})


def given(*pairs: tuple[str, Any]) -> Iterator[str]:
    """Titles with what is there: what is empty or missing is left out."""
    return (f"{title}:\t{said(value)}" for title, value in pairs if value not in (None, "", [], {}))


def selector(value: Any) -> str:
    """A label selector as text that the API takes, too; a table of labels alone is one."""
    if not {"matchLabels", "matchExpressions"} & set(table(value)):
        return ",".join(f"{key}={said(each)}" for key, each in sorted(table(value).items()))
    equal = [(key, f"{key}={said(each)}") for key, each in table(value, "matchLabels").items()]
    other = [(said(each.get("key")), _expression(each)) for each in tables(value, "matchExpressions")]
    return ",".join(text for _, text in sorted(equal + other))


def _expression(each: Mapping[str, Any]) -> str:
    key, values = said(each.get("key")), ",".join(sorted(map(said, listed(each.get("values")))))
    match each.get("operator"):
        case "Exists":
            return key
        case "DoesNotExist":
            return f"!{key}"
        case operator:
            return f"{key} {said(operator).lower()} ({values})"
