"""Back and forth in what was commanded."""

from __future__ import annotations

import pytest

from perfkit.client.ui.commands import Show
from perfkit.client.ui.history import MOST, History


@pytest.mark.parametrize("commanded", [2, MOST, MOST + 1, MOST + 5])
def test_the_one_before_is_found_however_many_were_commanded(commanded: int) -> None:
    history = History()
    for number in range(commanded):
        history.add(Show(str(number)))
    assert history.swap() == Show(str(commanded - 2))
    assert history.swap() == Show(str(commanded - 1))


def test_nothing_is_before_the_first() -> None:
    history = History()
    history.add(Show("pods"))
    assert history.swap() is None
