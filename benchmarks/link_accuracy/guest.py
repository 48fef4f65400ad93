"""Runs a command as root where the kernel has netem: ``python -m benchmarks.link_accuracy.guest COMMAND...``.

In user-mode-linux, with this machine's files (read-only, but for /tmp) and a clock that skips all waiting.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.link_accuracy.kernel import KERNEL
from benchmarks.link_accuracy.netem import as_machine
from benchmarks.link_accuracy.oracle import INIT, ROOT, boot

STATUS = "GUEST ended with "


def main() -> None:
    """Boot, show what the command prints, and exit with its status."""
    if os.getpid() == 1:
        as_machine(_run)
        return
    if not KERNEL.exists():
        sys.exit(f"no kernel {KERNEL}: python -m benchmarks.link_accuracy.kernel builds it")
    with tempfile.TemporaryDirectory() as folder:
        init = Path(folder) / "init"
        command = (sys.executable, "-m", "benchmarks.link_accuracy.guest", *sys.argv[1:])
        init.write_text(INIT.format(root=ROOT, command=shlex.join(command)))
        init.chmod(0o755)
        said = _boot(init)
    sys.exit(int(said) if said else "the guest went down before the command ended")


def _boot(init: Path) -> str:
    """Show what is printed; the command's status, "" if it never ended."""
    status = ""
    with subprocess.Popen(boot(KERNEL, init), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as guest:
        assert guest.stdout is not None
        for line in guest.stdout:
            if line.startswith(STATUS):
                status = line.removeprefix(STATUS).strip()
            else:
                print(line, end="", flush=True)
    return status


def _run() -> None:
    for folder in ("/dev/shm", "/tmp"):
        subprocess.run(("mount", "-t", "tmpfs", "tmpfs", folder), check=True)
    subprocess.run(("ip", "link", "set", "lo", "up"), check=True)
    environment = {**os.environ, "HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(sys.argv[1:], env=environment, check=False)
    print(f"{STATUS}{done.returncode}", flush=True)


if __name__ == "__main__":
    main()
