"""Projects in a git repository, as a CI has them checked out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from support.git import git
from support.targets import PROGRAMS

Completed = subprocess.CompletedProcess[str]

SCENARIO = """\
schema = 1
title = "burns"
cluster.shape = "tiny"
repeat = { pairs = [PAIRS], max_time = "5 min" }
[[step]]
do = "launch"
timeout = "2 s"
"""
# Shared machines disturb times by tens of per cent; these tests are about the gate, so only CPU and counts decide.
LIMITS = """\
[[limit]]
metric = "startup.ready"
limit = "+900 %"
[[limit]]
metric = "memory.peak"
limit = "+900 %"
[[limit]]
metric = "cpu.seconds"
limit = "CPU"
"""
# A client that says in a file of its own how much CPU it uses, and makes no other difference.
CLIENT = f"""\
import pathlib, runpy, sys
burn = (pathlib.Path(__file__).parent / "burn.txt").read_text().split()
sys.argv = ["burn.py", *burn]
runpy.run_path({str(PROGRAMS / "burn.py")!r})
"""


class GitProject:
    """A repository with a project whose client burns what ``burn.txt`` says; ``main`` is its branch."""

    def __init__(self, folder: Path, *, pairs: int = 15, limit: str = "+30 %") -> None:
        self.folder = folder
        self.temporary = folder.parent / f"{folder.name}-tmp"
        for each in (folder / "scenarios", self.temporary):
            each.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch", "main")
        command = json.dumps([sys.executable, "-S", "client.py"])
        self.write("perfkit.toml", f'schema = 1\n[target]\nname = "mine"\ncommand = {command}\nready = "exit"\n')
        self.write("client.py", CLIENT)
        self.write("scenarios/startup.toml", SCENARIO.replace("PAIRS", str(pairs)) + LIMITS.replace("CPU", limit))
        self.write(".gitignore", "results/\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def commit(self, burn: str) -> None:
        self.write("burn.txt", burn)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", burn)

    def git(self, *words: str) -> str:
        return git(self.folder, *words)

    def environment(self, **more: str) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI_"))}
        return {**clean, "TMPDIR": str(self.temporary), "XDG_STATE_HOME": str(self.temporary / "state"), **more}

    def perfkit(self, *words: str, check: int | None = None, **environment: str) -> Completed:
        """Run perfkit here; with ``check``, its exit code must be that."""
        done = subprocess.run(
            [sys.executable, "-m", "perfkit", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=240,
            env=self.environment(**environment),
            check=False,
        )
        if check is not None:
            assert done.returncode == check, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def assert_clean(self) -> None:
        """No work tree but the person's own, no folder of ours left."""
        assert len(self.git("worktree", "list").splitlines()) == 1
        assert [path.name for path in self.temporary.glob("perfkit-*") if "-runs-" not in path.name] == []
