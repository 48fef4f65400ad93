"""What becomes of a container: read off what it is to run, as far as a simulation can."""

from __future__ import annotations

import re
from hashlib import shake_128
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

ANNOTATION = "perfkit.dev/fate"
_UNPULLABLE = ".invalid"  # top-level domain that can never exist (RFC 2606)
_EXIT = re.compile(r"\bexit\s+(\d+)")
_SLEEP = re.compile(r"\bsleep\s+(\d+(?:\.\d+)?)")
_TASK = (2.0, 4.0)  # seconds that what shall end runs: the least, and the width above it
_CRASH = (1.0, 3.0)


class Fate(msgspec.Struct, frozen=True):
    """After ``seconds`` (None: never) the container ends with ``code`` because of ``reason``."""

    seconds: float | None = None
    code: int = 0
    reason: str = "Completed"


def pullable(container: Mapping[str, Any], pod: Mapping[str, Any]) -> bool:
    """Whether there is such an image: not in a registry under ``.invalid``, nor where the annotation says ``image``."""
    registry = str(container.get("image", "")).partition("/")[0].partition(":")[0]
    return not registry.endswith(_UNPULLABLE) and _said(pod) != "image"


def fate_of(container: Mapping[str, Any], pod: Mapping[str, Any], run: int) -> Fate:
    """What becomes of the ``run``-th run of a container.

    The annotation ``perfkit.dev/fate`` decides (``crash``, ``oom``, ``complete``, ``fail``, ``run``); else ``false``,
    ``exit N`` and ``sleep N`` in its command; else a task (restartPolicy Never or OnFailure) completes after a while.
    """
    chance = shake_128(f"{pod['metadata']['uid']}/{container['name']}/{run}".encode()).digest(2)
    share = int.from_bytes(chance, "big") / 65536
    spread = {"task": _TASK[0] + share * _TASK[1], "crash": _CRASH[0] + share * _CRASH[1]}
    words = {
        "run": Fate(),
        "crash": Fate(spread["crash"], 1, "Error"),
        "fail": Fate(spread["crash"], 1, "Error"),
        "oom": Fate(spread["crash"], 137, "OOMKilled"),
        "complete": Fate(spread["task"]),
    }
    if (said := _said(pod)) in words:
        return words[said]
    endless = pod["spec"].get("restartPolicy", "Always") == "Always"
    return _by_command(container, None if endless else spread["task"])


def _by_command(container: Mapping[str, Any], seconds: float | None) -> Fate:
    line = " ".join([*(container.get("command") or ()), *(container.get("args") or ())])
    slept, code = _SLEEP.search(line), _EXIT.findall(line)
    if slept and (code or seconds is not None):
        seconds = float(slept[1])
    if code:
        status = int(code[-1]) & 255
        return Fate(seconds if seconds is not None else 1.0, status, "Error" if status else "Completed")
    if line.split(" ", 1)[0].rpartition("/")[2] == "false":
        return Fate(1.0, 1, "Error")
    return Fate(seconds)


def _said(pod: Mapping[str, Any]) -> str:
    return str((pod["metadata"].get("annotations") or {}).get(ANNOTATION, ""))
