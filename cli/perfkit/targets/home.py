"""The fresh home: a target finds nothing of the user's, and nothing that an earlier trial left."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PREFIX = "perfkit-home-"
KEPT_FROM_USER = ("PATH", "LANG", "TZ")  # and LC_*: what a program needs to run as it does for its user


@contextlib.contextmanager
def fresh_home() -> Iterator[Path]:
    """An empty folder with mode 0700, removed afterwards whatever is in it."""
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        yield home
    finally:
        remove_tree(home)


def remove_tree(folder: Path) -> None:
    """Remove a folder, read-only ones inside it too; what still cannot be removed stays."""
    shutil.rmtree(folder, onerror=_make_writable)


def _make_writable(function: Callable[..., object], path: str, _error: object) -> None:
    with contextlib.suppress(OSError):
        os.chmod(Path(path).parent, stat.S_IRWXU)
        if Path(path).is_dir() and not Path(path).is_symlink():
            os.chmod(path, stat.S_IRWXU)
            shutil.rmtree(path, ignore_errors=True)
        else:
            function(path)


def home_environment(home: Path) -> dict[str, str]:
    """The environment of a target: everything that programs keep files under points into ``home``."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT_FROM_USER or name.startswith("LC_")}
    folders = {
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_STATE_HOME": home / ".local" / "state",
        "XDG_RUNTIME_DIR": home / ".run",
        "TMPDIR": home / ".tmp",
        "KUBECACHEDIR": home / ".kube" / "cache",
    }
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {**kept, "HOME": str(home), "TERM": "dumb", **{name: str(folder) for name, folder in folders.items()}}


def write_kubeconfig(home: Path, text: str) -> Path:
    """The kubeconfig in ``home``, readable by its owner alone."""
    path = home / "kubeconfig"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return path
