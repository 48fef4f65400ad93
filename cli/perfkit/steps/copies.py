"""Many clients at once: a target that is several of itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from perfkit import bundled

if TYPE_CHECKING:
    from perfkit.model.scenario import TargetSpec


def copied(target: TargetSpec, copies: int) -> TargetSpec:
    """The target, or a small program that runs so many of it at once and ends when all have, with the worst status.

    They share home and kubeconfig, as clients of one user do, and the output.
    """
    if copies == 1:
        return target
    program = bundled.folder("fixtures/hooks") / "copies.py"
    command = (sys.executable, "-I", "-S", str(program), str(copies), *target.command)
    return msgspec.structs.replace(target, command=command)
