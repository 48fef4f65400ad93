"""When a cron job's time comes: five fields in cron's form, by UTC."""

from __future__ import annotations

import time
from typing import Final

_NAMED: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_WORDS: Final[tuple[dict[str, int], ...]] = (
    {},
    {},
    {},
    {
        word: number
        for number, word in enumerate(
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
        )
    },
    {word: number for number, word in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])},
)
_MINUTE = 60
_FURTHEST = 366 * 24 * 60  # minutes that are looked through


def next_time(schedule: str, after: int) -> int | None:
    """The first moment of a schedule after ``after`` (seconds since 1970); None where it never comes within a year.

    Raises:
        ValueError: it cannot be read.
    """
    fields = _NAMED.get(schedule.strip(), schedule).split()
    if len(fields) != len(_RANGES):
        raise ValueError(f"{schedule!r} has {len(fields)} fields, not five")
    minutes, hours, days, months, weekdays = (
        _read(field, bounds, words) for field, bounds, words in zip(fields, _RANGES, _WORDS, strict=True)
    )
    weekdays |= {0} if 7 in weekdays else set()
    free = fields[2].startswith("*"), fields[4].startswith("*")
    moment = (after // _MINUTE + 1) * _MINUTE
    for _ in range(_FURTHEST):
        now = time.gmtime(moment)
        by_day, by_weekday = now.tm_mday in days, (now.tm_wday + 1) % 7 in weekdays
        right_day = by_day and by_weekday if any(free) else by_day or by_weekday
        if now.tm_mon not in months or not right_day:
            moment += (24 * 60 - now.tm_hour * 60 - now.tm_min) * _MINUTE
        elif now.tm_hour not in hours:
            moment += (60 - now.tm_min) * _MINUTE
        elif now.tm_min not in minutes:
            moment += _MINUTE
        else:
            return moment
    return None


def _read(field: str, bounds: tuple[int, int], words: dict[str, int]) -> set[int]:
    found: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        low, dash, high = span.partition("-")
        if span in {"*", "?"}:
            first, last = bounds
        else:
            first = words[low] if low in words else int(low)
            last = first if not (dash or step) else bounds[1]
            if dash:
                last = words[high] if high in words else int(high)
        if not bounds[0] <= first <= last <= bounds[1] or (step and int(step) < 1):
            raise ValueError(f"{part!r} is not within {bounds[0]} to {bounds[1]}")
        found.update(range(first, last + 1, int(step or 1)))
    return found
