"""Parts of one run, each from a machine of its own, as one result: their trials in the order of their blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.errors import ResultError
from perfkit.storage import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfkit.model.result import Fingerprint, Result, Trial


def merged(parts: Sequence[tuple[str, Result]], label: str) -> Result:
    """One result of parts, each with the node it ran on; no block is in two of them.

    Only trials of one block are ever compared with each other, and a block ran on one node.

    Raises:
        ResultError: they are not parts of one run.
    """
    (first_node, first), *others = parts
    for node, part in others:
        found = fingerprint.compare(first.fingerprint, part.fingerprint)
        if part.scenario_hash != first.scenario_hash or found.refused:
            why = "; ".join(map(str, found.refused)) or "a target of another version, or another scenario"
            raise ResultError(f"{node} and {first_node} did not run the same: {why}", "name the image by its digest")
    blocks = sum(part.scenario.repeat.pairs[-1] for _, part in parts)
    repeat = msgspec.structs.replace(first.scenario.repeat, pairs=(blocks,), first=0)
    return msgspec.structs.replace(
        first,
        label=label,
        scenario=msgspec.structs.replace(first.scenario, repeat=repeat),
        fingerprint=_joined([part.fingerprint for _, part in parts], [node for node, _ in parts]),
        trials=tuple(_trials(parts)),
        complete=all(part.complete for _, part in parts),
        stopped=next((part.stopped for _, part in parts if part.stopped != "pairs"), "pairs"),
        elapsed=max(part.elapsed for _, part in parts),
    )


def _trials(parts: Sequence[tuple[str, Result]]) -> list[Trial]:
    """All, numbered anew; artifacts stayed where they were made."""
    found = [(trial, node) for node, part in parts for trial in part.trials]
    found.sort(key=lambda each: each[0].block)  # warm-ups first; stable within a block
    return [
        msgspec.structs.replace(trial, index=index, node=node, artifacts=())
        for index, (trial, node) in enumerate(found)
    ]


def _joined(found: Sequence[Fingerprint], nodes: Sequence[str]) -> Fingerprint:
    """Of machines that differ, all of it: such a result compares with none of a single machine in its times."""
    context = _all([each.context for each in found]) | {"nodes": ", ".join(dict.fromkeys(nodes))}
    return msgspec.structs.replace(found[0], machine=_all([each.machine for each in found]), context=context)


def _all(facts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {key: " | ".join(sorted({each.get(key, "–") for each in facts})) for key in facts[0]}
