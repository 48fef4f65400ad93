from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfkit.client.health import Health

EVENTS = st.lists(st.tuples(st.floats(0, 30), st.sampled_from(["heard", "lost", "look"])), max_size=60)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def looked(health: Health) -> tuple[bool, float | None]:
    return health.trusted, health.staleness


def test_a_short_loss_leaves_it_trusted_and_a_long_one_does_not() -> None:
    clock = Clock()
    health = Health(stale_after=10, steady_after=5, clock=clock)
    assert looked(health) == (False, None)
    health.heard()
    health.lost("cut")
    clock.now = 9
    assert looked(health) == (True, 9)
    assert (health.connected, health.problem) == (False, "cut")
    clock.now = 11
    assert looked(health) == (False, 11)


def test_trust_comes_back_only_when_the_watch_stayed_well() -> None:
    clock = Clock()
    health = Health(stale_after=10, steady_after=5, clock=clock)
    health.heard()
    clock.now = 20
    assert looked(health) == (False, 20)
    health.heard()
    assert looked(health) == (False, 0)
    clock.now = 24
    health.lost("again")
    health.heard()
    clock.now = 28
    assert looked(health) == (False, 4)  # well since 24 only
    clock.now = 29.5
    assert looked(health) == (True, 5.5)
    assert health.problem == ""


@given(events=EVENTS)
def test_what_is_trusted_was_told_lately_and_trust_never_flutters(events: list[tuple[float, str]]) -> None:
    clock = Clock()
    health = Health(stale_after=10, steady_after=5, clock=clock)
    ended = None  # when trust ended last
    for pause, what in events:
        clock.now += pause
        if what == "heard":
            health.heard()
        elif what == "lost":
            health.lost("cut")
        trusted = health.trusted
        if trusted:
            assert health.staleness is not None
            assert health.staleness <= 10
            assert ended is None or clock.now - ended >= 5
            ended = None
        elif health.staleness is not None and ended is None:
            ended = clock.now
