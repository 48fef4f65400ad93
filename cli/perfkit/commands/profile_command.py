"""``perfkit profile`` from arguments to exit code, and the profiles of ``perfkit run --profile``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from perfkit.commands.preparation import prepare
from perfkit.commands.profile_files import written
from perfkit.commands.profiling import profile_each
from perfkit.errors import Exit
from perfkit.profilers.tools import find_tools
from perfkit.storage import labels
from perfkit.storage.files import shown as as_typed
from perfkit.views.console import stderr
from perfkit.views.profile import SUMMARY_SCHEMA

if TYPE_CHECKING:
    from perfkit.commands.choices import Choices


def profile_all(choices: Choices, profilers: str, step: str, output: str) -> Exit:
    """Profile, and sum up what was captured; exit code 3 where nothing was.

    Raises:
        PerfkitError: the command line asks for what does not exist, or the cluster fails.
    """
    tools = find_tools(profilers)
    prepared = prepare(choices)
    folder = labels.local_folder(choices.label or labels.default_label())
    taken = profile_each(prepared, tools, step, folder)
    sys.stdout.write(written([each.shown for each in taken], output, SUMMARY_SCHEMA))
    stderr().print(f"\nProfiles {as_typed(folder)}", markup=False, soft_wrap=True, style="dim")
    return Exit.OK if taken else Exit.TARGET_FAILED
