"""``perfkit bisect`` from start to exit code: what is asked for, begun or gone on with, and what came out."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from perfkit import bundled
from perfkit.commands.at_commit import single
from perfkit.commands.bisection.pursuit import Pursuit
from perfkit.commands.preparation import prepare
from perfkit.errors import Exit, InterruptedRunError, UsageError
from perfkit.measure.machine import machine_facts
from perfkit.model.catalogue import BY_NAME
from perfkit.storage import bisections, labels
from perfkit.storage.bisections import Bisection, Book
from perfkit.storage.limits import named
from perfkit.targets.claims import claimed_folder
from perfkit.targets.repository import Repository
from perfkit.targets.runs import SCRATCH
from perfkit.views.bisection import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.commands.choices import Choices
    from perfkit.commands.formats import TableJsonOrMarkdown
    from perfkit.model.metrics import Metric
    from perfkit.storage.bisections import Find


@dataclass(frozen=True, slots=True)
class Request:
    """What is sought, between which commits, as typed."""

    metric: str | None = None
    good: str | None = None
    bad: str | None = None
    build: str | None = None
    find: Find = "regressed"
    first_parent: bool = False
    keep: bool = False


def bisect_all(choices: Choices, request: Request, output: TableJsonOrMarkdown) -> Exit:
    """Bisect, or go on with it; 0 when one commit is named, 5 when doubt is left between some.

    Raises:
        PerfkitError: the ends do not differ, a build of theirs fails, or a run cannot start or go on.
    """
    with _opened(choices, request) as book, _resumable(book, kept=not choices.dry_run):
        pursuit = Pursuit.of(book)
        if choices.dry_run:
            return pursuit.rehearse()
        report = pursuit.pursue()
    show(output.value, report)
    return Exit.OK if len(report.suspects) == 1 and not report.doubt else Exit.UNCLEAR


# ---- beginning and going on


@contextlib.contextmanager
def _opened(choices: Choices, request: Request) -> Iterator[Book]:
    if choices.dry_run:
        with claimed_folder(SCRATCH) as folder:
            yield Book(folder, _begun(choices, request))
        return
    book = _found(choices, request) if choices.resume else bisections.begin(_begun(choices, request))
    with bisections.held(book):
        yield book


@contextlib.contextmanager
def _resumable(book: Book, *, kept: bool) -> Iterator[None]:
    """Say of an interruption how to go on."""
    try:
        yield
    except (KeyboardInterrupt, InterruptedRunError) as error:
        advice = f"go on with: perfkit bisect --resume --label {book.now.label}" if kept and book.now.asked else ""
        raise InterruptedRunError("interrupted" + ("; finished trials are kept" if advice else ""), advice) from error


def _begun(choices: Choices, request: Request) -> Bisection:
    """A bisection as asked for. All that can be wrong with it is found here. Raises UsageError, ScenarioError."""
    good, bad, metric = _needed(choices, request)
    repository = Repository.around(bundled.project_root())
    ends = repository.commit(good, "--good"), repository.commit(bad, "--bad")
    repository.lineage(*ends, first_parent=request.first_parent)
    (prepared,) = prepare(choices, ())
    return Bisection(
        label=labels.check_label(choices.label) if choices.label else f"bisect-{labels.default_label()}",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        good=(ends[0].id, good),
        bad=(ends[1].id, bad),
        metric=metric.name,
        find=request.find,
        first_parent=request.first_parent,
        build=request.build,
        keep=request.keep,
        scenario=single(prepared).scenario,
        machine=machine_facts(),
    )


def _needed(choices: Choices, request: Request) -> tuple[str, str, Metric]:
    if request.good is None or request.bad is None:
        raise UsageError(
            f"no {'--good' if request.good is None else '--bad'} commit", "name both: --good REF --bad REF"
        )
    if not choices.scenarios or request.metric is None:
        metrics = f"metrics are {', '.join(BY_NAME)}"
        raise UsageError("name a scenario and a metric: perfkit bisect … startup cpu.seconds", metrics)
    return request.good, request.bad, named(request.metric)


def _found(choices: Choices, request: Request) -> Book:
    """The bisection to go on with. Raises UsageError: it would be another, or another machine's."""
    if request != Request() or replace(choices, label=None, resume=False) != type(choices)():
        raise UsageError("--resume goes on with what was begun; nothing of it can change", "with it go --label and -o")
    book = bisections.find(choices.label)
    if book.now.machine != machine_facts():
        raise UsageError(f"{book.now.label} was begun on another machine", "bisect from the start here")
    return book
