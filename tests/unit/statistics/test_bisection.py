"""A search names the culprit, whatever the history, whatever cannot be tested, in spite of wrong answers."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.statistics.bisection import CONFIDENCE, MOST_ANSWERS, Search, Suspects, answers_needed

Parents = list[list[int]]


def linear(length: int) -> Parents:
    return [[place - 1] if place else [] for place in range(length)]


@st.composite
def histories(draw: st.DrawFn) -> Parents:
    """Histories with merges; the last commit descends from all others."""
    length = draw(st.integers(1, 24))
    parents: Parents = [[]]
    for place in range(1, length):
        parents.append(draw(st.lists(st.integers(0, place - 1), max_size=2, unique=True)))
    heads = set(range(length - 1)) - {parent for own in parents for parent in own}
    parents[-1] = sorted({*parents[-1], *heads})
    return parents


def has(parents: Parents, commit: int, culprit: int) -> bool:
    return commit == culprit or any(has(parents, parent, culprit) for parent in parents[commit])


def searched(
    parents: Parents,
    culprit: int,
    *,
    error: float = 0.01,
    wrong: float = 0.0,
    skipped: Sequence[int] = (),
    seed: int = 0,
) -> tuple[Suspects, int]:
    """Search with a judge that is wrong with probability ``wrong``; what is left, and how often it was asked."""
    search, chance, asked = Search(parents), random.Random(seed), 0
    while (commit := search.next()) is not None:
        if commit in skipped:
            search.skip(commit)
            continue
        asked += 1
        search.answer(commit, bad=has(parents, commit, culprit) ^ (chance.random() < wrong), error=error)
    return search.suspects(), asked


@pytest.mark.parametrize("length", [1, 2, 3, 7, 16, 33])
def test_every_position_of_the_culprit_in_a_line_is_named(length: int) -> None:
    for culprit in range(length):
        suspects, asked = searched(linear(length), culprit)
        assert suspects.commits == (culprit,)
        assert suspects.probability >= CONFIDENCE
        assert asked <= math.ceil(math.log2(length)) + 4


@given(parents=histories(), data=st.data())
def test_the_culprit_is_named_in_any_history_with_merges(parents: Parents, data: st.DataObject) -> None:
    culprit = data.draw(st.integers(0, len(parents) - 1))
    assert searched(parents, culprit)[0].commits == (culprit,)


@given(parents=histories(), data=st.data())
def test_what_cannot_be_tested_leaves_no_more_suspects_than_it_must(parents: Parents, data: st.DataObject) -> None:
    culprit = data.draw(st.integers(0, len(parents) - 1))
    skipped = data.draw(st.sets(st.integers(0, len(parents) - 1)))
    suspects, _ = searched(parents, culprit, skipped=sorted(skipped))
    testable = [commit for commit in range(len(parents) - 1) if commit not in skipped]
    alike = [
        other
        for other in range(len(parents))
        if all(has(parents, commit, other) == has(parents, commit, culprit) for commit in testable)
    ]
    assert suspects.commits == tuple(alike)


@pytest.mark.parametrize("length", [5, 20])
@pytest.mark.parametrize("wrong", [0.01, 0.05, 0.1])
def test_with_answers_that_err_as_often_as_stated_the_name_is_right_as_often_as_promised(
    length: int, wrong: float
) -> None:
    """CONFIDENCE, less three standard errors of 200 searches."""
    right = alone = 0
    for seed in range(200):
        culprit = seed % length
        suspects, _ = searched(linear(length), culprit, error=wrong, wrong=wrong, seed=seed)
        right += culprit in suspects.commits
        alone += len(suspects.commits) == 1
    assert right / 200 >= CONFIDENCE - 3 * math.sqrt(CONFIDENCE * (1 - CONFIDENCE) / 200)
    assert alone / 200 >= 0.95


@given(parents=histories(), seed=st.integers(0, 1000))
def test_a_judge_that_tosses_a_coin_does_not_keep_it_going_for_ever(parents: Parents, seed: int) -> None:
    suspects, asked = searched(parents, 0, wrong=0.5, seed=seed)
    assert suspects.commits
    assert asked <= MOST_ANSWERS * len(parents)


def test_the_bad_end_alone_needs_no_question() -> None:
    assert searched(linear(1), 0) == (Suspects((0,), 1.0), 0)


def test_the_first_question_halves_the_history_and_exact_answers_need_no_second_one() -> None:
    assert Search(linear(16)).next() in {7, 8}
    assert answers_needed(linear(16), 0.001) == 4
    assert answers_needed(linear(16), 0.0125) == 6


def test_where_nothing_can_be_tested_all_are_suspected() -> None:
    assert searched(linear(4), 2, skipped=range(4))[0].commits == (0, 1, 2, 3)


@pytest.mark.parametrize("error", [0.0, 0.5, 0.9])
def test_an_answer_without_information_or_doubt_is_refused(error: float) -> None:
    with pytest.raises(ValueError, match="coin"):
        Search(linear(3)).answer(0, bad=True, error=error)


def test_a_history_out_of_order_or_empty_is_refused() -> None:
    with pytest.raises(ValueError, match="before its parent"):
        Search([[1], []])
    with pytest.raises(ValueError, match="a commit to suspect"):
        Search([])
