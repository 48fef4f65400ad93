"""What each look may risk: the sum over a run is what is promised, whatever looks are planned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.model.scenario import DEFAULT_LOOKS
from perfkit.statistics.looks import ALPHA, OK_ALPHA, Risk, risk, share

schedules = st.sets(st.integers(1, 500), min_size=1, max_size=20).map(lambda looks: tuple(sorted(looks)))


@given(schedules)
def test_all_looks_together_spend_what_ok_may_err(planned: tuple[int, ...]) -> None:
    assert sum(risk(look, planned).ok_alpha for look in planned) == pytest.approx(OK_ALPHA)


@given(schedules, st.integers(1, 600))
def test_a_run_that_time_ends_spends_the_rest(planned: tuple[int, ...], pairs: int) -> None:
    looks = [look for look in planned if look < pairs] + [pairs]
    if pairs not in planned and pairs < planned[-1]:
        assert sum(risk(look, planned).ok_alpha for look in looks) == pytest.approx(OK_ALPHA)
    assert 0 < risk(pairs, planned).ok_alpha <= OK_ALPHA


@given(schedules, st.integers(1, 40))
def test_looks_and_heads_together_never_accuse_more_often_than_one_in_a_hundred(
    planned: tuple[int, ...], sharing: int
) -> None:
    """Half of the two-sided α is the wrong direction; the time may end a run at one look more than planned."""
    alpha = risk(planned[0], planned, sharing).alpha
    assert (len(planned) + 1) * sharing * alpha / 2 <= 0.00875 + 1e-12


def test_the_default_looks_have_the_full_alpha_of_a_look() -> None:
    assert {risk(look, DEFAULT_LOOKS).alpha for look in DEFAULT_LOOKS} == {ALPHA} == {share(1)}


def test_a_fixed_number_of_pairs_has_the_full_alpha_of_ok() -> None:
    assert risk(30, (30,)) == Risk(ALPHA, OK_ALPHA)


def test_an_early_look_must_be_surer() -> None:
    spent = [risk(look, DEFAULT_LOOKS).ok_alpha for look in DEFAULT_LOOKS]
    assert spent[0] == pytest.approx(0.01 * (15 / 80) ** 2)
    assert spent[-1] == pytest.approx(0.01 * (1 - (60 / 80) ** 2))
