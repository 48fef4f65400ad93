"""Whether targets did the same work, in words: what each was sent, what it watched, whether its screen was of use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfkit.statistics.work import Work


def told(seen: Mapping[str, tuple[Work, bool] | None]) -> str:
    """One line on what ``work_seen`` found of each target; of one that never did its work there is nothing to say."""
    good = {name: found for name, found in seen.items() if found is not None}
    if unsteady := [name for name, (_, steady) in good.items() if not steady]:
        return f"! not the same work in each trial: {', '.join(unsteady)}"
    works = {name: work for name, (work, _) in good.items()}
    if not works:
        return "  no trial tells what work it was"
    if len(set(works.values())) > 1:
        return "! not the same work: " + "; ".join(f"{name}: {_sent(work)}{_how(work)}" for name, work in works.items())
    name, work = next(iter(works.items()))
    if len(works) == 1:
        whose = f"{name}: " if len(seen) > 1 else ""
        return f"✓ {whose}{_sent(work)} delivered{_how(work)}"
    return f"✓ same work: {_sent(work)} delivered to each{_how(work)}"


def _sent(work: Work) -> str:
    return ", ".join(f"{number:,} {resource}" for resource, number in work.delivered if number) or "nothing"


def _how(work: Work) -> str:
    """``, watched, on screen``; which resources were watched only where it was not all that was delivered."""
    sent = {resource for resource, number in work.delivered if number}
    watched = "watched" if sent and sent == set(work.watched) else f"watching {', '.join(work.watched)}"
    parts = [*([watched] if work.watched else []), *(["on screen"] if work.on_screen else [])]
    return "".join(f", {part}" for part in parts)
