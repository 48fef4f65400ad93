"""Results and gates in the formats that a CI reads: annotations with a job summary, JUnit, and all that others read."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perfkit.commands.formats import Output
from perfkit.commands.output import show, written
from perfkit.storage.files import writing
from perfkit.views.annotations import workflow_commands
from perfkit.views.console import stderr
from perfkit.views.junit import junit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.commands.formats import CheckOutput
    from perfkit.commands.output import Shown
    from perfkit.statistics.gates import Gate

SUMMARY: Final = "GITHUB_STEP_SUMMARY"  # the file whose Markdown GitHub shows below a job


def tell(output: CheckOutput, shown: Sequence[Shown], schema: str, gates: Sequence[Gate]) -> None:
    """Write what was found to stdout in one format. Raises StorageError: the job summary cannot be written."""
    if output == "github":
        sys.stdout.write(workflow_commands(gates))
        _tell_github(shown, schema)
    elif output == "junit":
        sys.stdout.write(junit(gates))
    else:
        show(Output(output), shown, schema)
    sys.stdout.flush()


def _tell_github(shown: Sequence[Shown], schema: str) -> None:
    """The table below the job where GitHub takes it, else in the log."""
    summary = os.environ.get(SUMMARY)
    if not summary:
        stderr().out(written(Output.TABLE, shown, schema), highlight=False)
        return
    path = Path(summary)
    with writing(path), path.open("a", encoding="utf-8") as file:
        file.write(written(Output.MARKDOWN, shown, schema))
