"""What is told before a run."""

import msgspec

from perfkit.commands.running import warmup_seconds
from perfkit.model.churn import Churn
from perfkit.model.scenario import Idle, Launch, Quit, Repeat, Stir
from support.fakes import scenario, spec

BUSY = Stir(name="busy", churn=Churn(rate=20.0), duration=120.0)
SOAK = msgspec.structs.replace(
    scenario(),
    targets=(spec("one"), spec("two")),
    steps=(Launch(), Idle(duration=3.0), BUSY, Quit()),
    repeat=Repeat(warmup=1),
)


def test_warm_ups_last_as_long_as_their_steps_of_all_targets_and_cells() -> None:
    assert warmup_seconds([SOAK]) == 2 * 123.0
    assert warmup_seconds([SOAK, SOAK]) == 4 * 123.0


def test_without_a_warm_up_there_is_nothing_to_wait_for() -> None:
    assert warmup_seconds([msgspec.structs.replace(SOAK, repeat=Repeat(warmup=0))]) == 0
