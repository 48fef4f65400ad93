"""``perfkit export`` from arguments to exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from perfkit.commands.asked_metrics import check_patterns, with_metrics
from perfkit.commands.output import deliver, deliver_bytes
from perfkit.errors import Exit
from perfkit.profilers.files import in_format, read_profile
from perfkit.storage import results
from perfkit.storage.exports.registry import export, exporter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perfkit.model.result import Result


def export_one(name: str | None, format_: str, output: str, metrics: Sequence[str] = ()) -> Exit:
    """Write a stored result, or one target of it, in a format; ``output`` is a path, or ``-`` for stdout.

    ``metrics``: patterns of those to write beside the usual ones.

    Raises:
        UsageError: there is no such format.
        ResultError: the result is not there, not readable, or holds nothing to export.
        StorageError: the file cannot be written.
    """
    exporter(format_)  # a format that is not there is told before anything is read
    loaded = results.load(name) if name else results.load_latest()
    result = loaded.result if loaded.target is None else _only(loaded.result, loaded.target)
    check_patterns([result], metrics)
    text = export(with_metrics(result, metrics), format_)
    if not result.complete:
        sys.stderr.write(f"! {result.label} is not complete: exported is what has finished so far\n")
    deliver(text, output)
    return Exit.OK


def export_profile(path: Path, format_: str, output: str) -> Exit:
    """Write a profile in another format. Raises UsageError, ResultError, StorageError."""
    deliver_bytes(in_format(read_profile(path), format_), output)
    return Exit.OK


def _only(result: Result, target: str) -> Result:
    """The same result as if it had had that one target."""
    specs = tuple(spec for spec in result.scenario.targets if spec.name == target)
    return msgspec.structs.replace(
        result,
        scenario=msgspec.structs.replace(result.scenario, targets=specs),
        base=result.base if result.base == target else None,
        trials=tuple(trial for trial in result.trials if trial.target == target),
    )
