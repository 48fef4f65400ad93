"""The file that pyperf opens, as ``perfkit run`` writes it beside each result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from perfkit.errors import ResultError
from perfkit.storage.pyperf_export import suite

if TYPE_CHECKING:
    from perfkit.model.result import Result


def export(result: Result) -> str:
    """One Benchmark a target and metric, one Run a good trial; failed trials are counted in the metadata.

    Raises:
        ResultError: pyperf could not open the file: it refuses one without a benchmark, and samples that are not > 0.
    """
    document = suite(result)
    if document is None:
        raise ResultError(
            f"{result.label}: no metric has samples that pyperf takes (of good trials, all above zero)",
            "the other formats show failed trials: perfkit export --format csv",
        )
    return msgspec.json.encode(document).decode() + "\n"
