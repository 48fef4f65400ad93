"""Stands in for the engine: claims a run, starts a target that resists, and stops before each stage: engine.py FOLDER.

Prints each stage it has reached and waits for a line before it goes on.
"""

# ruff: noqa: T201 - a program: it prints, and loads no more than it needs

import os
import signal
import sys
from pathlib import Path

from perfkit.errors import PerfkitError
from perfkit.targets.home import fresh_home
from perfkit.targets.process import ProcessLauncher, become_subreaper
from perfkit.targets.runs import RunLock
from support.targets import behave


def reached(stage: str) -> None:
    print(stage, flush=True)
    sys.stdin.readline()


def main() -> None:
    folder = Path(sys.argv[1])
    become_subreaper()
    with RunLock() as run, fresh_home() as home:
        print(run.id, flush=True)
        reached("claimed")
        launcher = ProcessLauncher(run.id)
        reached("launched")
        running = launcher.start(
            behave("daemons", "3"), home=home, kubeconfig="{}", output=folder / "output", pattern="ready"
        )
        reached("started")
        assert running.wait_log(20) is not None
        reached("ready")
        if sys.argv[2:] == ["lose"]:
            os.kill(launcher.pid, signal.SIGKILL)
        try:
            usage = running.stop(0.1)
        except PerfkitError as error:
            print(error.message, flush=True)
        else:
            print(f"killed {usage.killed}", flush=True)
        reached("stopped")
        launcher.close()


main()
