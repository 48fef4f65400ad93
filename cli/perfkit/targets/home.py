"""The fresh home: a target finds nothing of the user's, and nothing that an earlier trial left."""

from __future__ import annotations

import os
import site
from typing import TYPE_CHECKING, Final

from perfkit.targets.claims import claimed_folder
from perfkit.targets.runs import HOME, RUN_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from perfkit.model.scenario import TargetSpec

# What a target needs of the user's environment to start at all and to write dates and text as it does for its user.
# Nothing else passes: proxies would stand between target and cluster, GOMAXPROCS, GODEBUG or PYTHON* would change what
# is measured without a trace in the result. A target's own `environment` can set any of them.
PASSED: Final = frozenset({"PATH", "LD_LIBRARY_PATH", "LANG", "LANGUAGE", "TZ", "USER", "LOGNAME"})  # and LC_*

PIPE: Final = {"TERM": "dumb"}
TERMINAL: Final = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def fresh_home() -> AbstractContextManager[Path]:
    """An empty folder with mode 0700, removed afterwards whatever is in it. Raises StorageError."""
    return claimed_folder(HOME)


def passed(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of the user's environment that a target sees."""
    return {name: value for name, value in environment.items() if name in PASSED or name.startswith("LC_")}


def furnish(home: Path, kubeconfig: str) -> dict[str, str]:
    """Make the folders that programs expect in ``home`` and put a kubeconfig there; the variables that lead to them."""
    places = {
        "HOME": home,
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local/share",
        "XDG_STATE_HOME": home / ".local/state",
        "XDG_RUNTIME_DIR": home / ".run",
        "TMPDIR": home / ".tmp",
        "KUBECACHEDIR": home / ".kube/cache",
    }
    for folder in places.values():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    places["KUBECONFIG"] = home / ".kube/config"  # also where programs look that do not know the variable
    _write_secret(places["KUBECONFIG"], kubeconfig)
    return {name: str(path) for name, path in places.items()}


def put_files(home: Path, files: Mapping[str, str]) -> None:
    """Put what a client wants to find into ``home``: path from there → text."""
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def target_environment(places: Mapping[str, str], target: TargetSpec, run: str) -> dict[str, str]:
    """The whole environment of a target: passed on, then ours, then its own, then the mark by which it is found."""
    base = {"LANG": "C.UTF-8", **(TERMINAL if target.terminal else PIPE)}
    if site.ENABLE_USER_SITE:
        # What was installed by `pip install --user` lies in the user's real home.
        base["PYTHONUSERBASE"] = site.getuserbase()
    return {**base, **passed(os.environ), **places, **target.environment, RUN_VARIABLE: run}


def _write_secret(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
