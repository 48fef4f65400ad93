"""Threads of our own, and events in place of time."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from perfkit.client import CancelledError
from perfkit.client.flights import Flights
from perfkit.client.notices import Change, Notices
from perfkit.client.workers import Workers, current_task
from perfkit.errors import UsageError

SOON = 30.0


def test_never_more_threads_than_asked_for_and_none_after_the_end() -> None:
    workers = Workers(2, "test")
    running, release, most = [], threading.Event(), []

    def work() -> None:
        running.append(1)
        most.append(len(running))
        release.wait(SOON)
        running.pop()

    tasks = [workers.submit(work) for _ in range(6)]
    release.set()
    for task in tasks:
        task.result(SOON)
    assert max(most) <= 2
    assert workers.threads <= 2
    workers.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("test-")]
    with pytest.raises(UsageError, match="closed"):
        workers.submit(work)


def test_a_task_has_the_result_or_the_error_and_tells_when() -> None:
    workers = Workers(1, "test")
    told: list[Any] = []
    good = workers.submit(divmod, 7, 2)
    bad = workers.submit(divmod, 7, 0)
    assert good.result(SOON) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        bad.result(SOON)
    good.on_done(told.append)
    assert told == [good]
    workers.close()


def test_cancelling_interrupts_what_a_task_waits_for() -> None:
    workers = Workers(1, "test")
    waiting, interrupted = threading.Event(), threading.Event()

    def work() -> None:
        task = current_task()
        assert task is not None
        with task.interruptible(interrupted.set):
            waiting.set()
            assert interrupted.wait(SOON)
            task.pause(SOON)

    task = workers.submit(work)
    assert waiting.wait(SOON)
    task.cancel()
    with pytest.raises(CancelledError):
        task.result(SOON)
    workers.close()


def test_the_end_cancels_what_waits_and_what_runs() -> None:
    workers = Workers(1, "test")
    running = threading.Event()

    def work() -> None:
        task = current_task()
        assert task is not None
        running.set()
        task.pause(SOON)

    tasks = [workers.submit(work) for _ in range(3)]
    assert running.wait(SOON)
    workers.close()
    for task in tasks:
        with pytest.raises(CancelledError):
            task.result(SOON)


def test_of_identical_questions_one_is_asked() -> None:
    flights: Flights[int] = Flights()
    asked, answer, answers = [], threading.Event(), []

    def ask() -> int:
        asked.append(1)
        assert answer.wait(SOON)
        return 42

    threads = [threading.Thread(target=lambda: answers.append(flights.do("k", ask, CancelledError))) for _ in range(5)]
    for thread in threads:
        thread.start()
    while not asked:
        threading.Event().wait(0.001)
    answer.set()
    for thread in threads:
        thread.join(SOON)
    assert answers == [42] * 5
    assert len(asked) + flights.shared == 5


def test_an_error_is_for_all_who_asked_but_a_cancellation_is_not() -> None:
    flights: Flights[int] = Flights()
    outcomes: list[Any] = [CancelledError("not mine"), 7]
    waiting, go = threading.Event(), threading.Event()

    def ask() -> int:
        outcome: int | Exception = outcomes.pop(0)
        if isinstance(outcome, Exception):
            waiting.set()
            assert go.wait(SOON)
            raise outcome
        return outcome

    def cancelled() -> None:
        with pytest.raises(CancelledError):
            flights.do("k", ask, CancelledError)

    first = threading.Thread(target=cancelled)
    first.start()
    assert waiting.wait(SOON)
    got: list[int] = []
    second = threading.Thread(target=lambda: got.append(flights.do("k", ask, CancelledError)))
    second.start()
    go.set()
    first.join(SOON)
    second.join(SOON)
    assert got == [7]


def test_changes_that_come_quickly_are_told_together() -> None:
    notices, topic = Notices(3600.0), object()
    told: list[Change] = []
    first = threading.Event()

    def tell(change: Change) -> None:
        told.append(change)
        first.set()

    end = notices.subscribe(topic, tell)
    notices.tell(topic, 1, 1)
    assert first.wait(SOON)
    for version in range(2, 50):
        notices.tell(topic, 1, version)
    notices.tell(object(), 1, 99)
    end()
    notices.close()
    assert told == [Change(1, 1)]


def test_every_change_is_told_of_in_the_end() -> None:
    notices, topic = Notices(0.0), object()
    count, all_told = [0], threading.Event()

    def tell(change: Change) -> None:
        count[0] += change.count
        if change.version == 100:
            all_told.set()

    notices.subscribe(topic, tell)
    for version in range(1, 101):
        notices.tell(topic, 2, version)
    assert all_told.wait(SOON)
    notices.close()
    assert count[0] == 200
