"""Two engines on one label, and an engine that is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from perfkit.errors import StorageError
from perfkit.storage.journal import Journal, read_journal

pytestmark = pytest.mark.functional

TESTS = Path(__file__).parents[2]

ENGINE = """
import sys
from pathlib import Path
from perfkit.storage.journal import Journal, Ledger
from support.stored import make_header, make_trial

journal = Journal(Path(sys.argv[1]))
journal.write(make_header())
for index in range(10**9):
    Ledger(journal, "startup").append(make_trial(index))
    print(index, flush=True)
"""


@pytest.mark.parametrize("trials", [1, 2, 20])
def test_a_killed_engine_loses_no_finished_trial_and_frees_its_label(trials: int, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENGINE, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(TESTS)},
    ) as engine:
        assert engine.stdout is not None
        said = [engine.stdout.readline() for _ in range(trials)]
        with pytest.raises(StorageError, match="another perfkit is writing"):
            Journal(tmp_path)
        engine.kill()
        said += engine.stdout.readlines()
    assert engine.returncode == -signal.SIGKILL
    with Journal(tmp_path) as journal:
        kept = [trial.index for trial in journal.records["startup"].trials]
    finished = [int(line) for line in said]
    assert kept[: len(finished)] == finished
    assert len(kept) <= len(finished) + 1  # the one that was synced, but not yet told
    assert len(read_journal(journal.path).records["startup"].trials) == len(kept)
