"""Run what was prepared: open the workshop, run the sessions, keep the journal, write the results."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from perfkit import bundled
from perfkit.commands.floors import spread_of
from perfkit.commands.workshop import Workshop
from perfkit.engine.session import Session
from perfkit.engine.sweep import Sweep
from perfkit.errors import InterruptedRunError, UsageError
from perfkit.measure.machine import context_facts, machine_facts
from perfkit.model.events import RunStarted
from perfkit.model.measured import measured
from perfkit.model.result import Fingerprint
from perfkit.storage import fingerprint, labels
from perfkit.storage.commits import described
from perfkit.storage.journal import Header, Journal, Ledger, Resumed, Stopped
from perfkit.storage.pyperf_export import write_export
from perfkit.storage.results import write_result
from perfkit.targets.claims import claimed_folder
from perfkit.targets.runs import SCRATCH
from perfkit.views.text import headline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from perfkit.commands.choices import Choices
    from perfkit.commands.preparation import Prepared
    from perfkit.engine.trial import Bench
    from perfkit.model.events import Emit
    from perfkit.model.metrics import Metric
    from perfkit.model.result import Result


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that ended, and where its result is."""

    result: Result
    path: Path


@contextlib.contextmanager
def open_journal(choices: Choices) -> Iterator[Journal]:
    """The journal that the run writes: of a new label, with --resume of one that exists, for a dry run of none.

    Raises:
        UsageError: --resume with what it cannot go together with.
        StorageError: the label is taken, or another engine writes it.
        ResultError: --resume finds nothing to go on with.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(claimed_folder(SCRATCH)) if choices.dry_run else _label_folder(choices)
        journal = stack.enter_context(Journal(folder))
        if choices.force and not choices.resume:
            labels.replace(journal)
        yield journal


def _label_folder(choices: Choices) -> Path:
    if choices.resume:
        stored = labels.find_label(choices.label) if choices.label else labels.latest()
        if stored.place != "local":
            raise UsageError(f"{stored.label} is a committed baseline: it is compared with, not gone on with")
        return stored.folder
    if choices.force and choices.label:
        return labels.results_folder() / "local" / labels.check_label(choices.label)
    return labels.new_folder(choices.label or labels.default_label())


def execute(
    cells: Sequence[Prepared], journal: Journal, listen: Callable[[Prepared], Emit], *, dry_run: bool
) -> list[Finished]:
    """Run one scenario, or all cells of a matrix; what finishes is in the journal and, however it ends, in results.

    Returns:
        The results and their paths; none after a dry run, which keeps nothing.

    Raises:
        UsageError: a dry run without a warm-up.
        InterruptedRunError: Ctrl-C or SIGTERM.
        ClusterError, LinkError, StorageError: the run cannot go on.
    """
    if dry_run and any(cell.scenario.repeat.warmup == 0 for cell in cells):
        raise UsageError("--dry-run without a warm-up: what that takes tells the plan", "have one, with -w 1")
    started = time.monotonic()
    try:
        with Workshop() as workshop:
            sweep = Sweep(
                [_session(workshop, cell, journal, listen(cell)) for cell in cells],
                cells[0].scenario.repeat.max_time,
            )
            sweep.rehearse()
            stopped = [] if dry_run else sweep.run()
    except KeyboardInterrupt as error:
        if dry_run:  # which leaves nothing to go on with
            raise InterruptedRunError("interrupted") from error
        raise _interrupted(journal, cells, time.monotonic() - started) from error
    done = list(zip(cells, stopped, strict=not dry_run))
    for cell, reason in done:
        journal.write(Stopped(scenario=cell.scenario.name, reason=reason, elapsed=sweep.elapsed))
    return [write(journal, cell.scenario.name) for cell, _ in done]


def write(journal: Journal, scenario: str) -> Finished:
    """Derive the result file and the pyperf export of a scenario from the journal."""
    result = journal.records[scenario].result()
    path = write_result(result, journal.folder)
    write_export(result, journal.folder)
    return Finished(result, path)


def _session(workshop: Workshop, prepared: Prepared, journal: Journal, emit: Emit) -> Session:
    """One experiment, its header in the journal."""
    scenario = prepared.scenario
    bench = workshop.bench(scenario, labels.artifacts_folder(journal.folder, scenario.name))
    _begin(journal, _header(prepared, journal.folder.name, workshop.run, bench))
    ledger = Ledger(journal, scenario.name)
    known = journal.records[scenario.name].result()
    emit(RunStarted(headline(known), journal.folder.name, sum(not trial.warmup for trial in ledger.trials)))
    return Session(scenario, prepared.base, bench, ledger, emit, spread=spread_of(known))


def _header(prepared: Prepared, label: str, run: str, bench: Bench) -> Header:
    """What is about to be measured, with the sources that this machine offers."""
    scenario = prepared.scenario
    sources = {**bench.launcher.sources(), **bench.cluster.sources()}
    return Header(
        run=run,
        label=label,
        created=_now(),
        scenario=scenario,
        scenario_hash=fingerprint.scenario_hash(scenario),
        seed=scenario.cluster.seed,
        base=prepared.base,
        commit=described(bundled.project_root()),
        fingerprint=Fingerprint(
            experiment=fingerprint.experiment(scenario, bench.cluster.describe()),
            method=fingerprint.method(scenario, sources),
            machine=machine_facts(),
            context=context_facts(),
        ),
        metrics=tuple(_with_source(metric, sources) for metric in measured(scenario, linked=bench.link is not None)),
    )


def _with_source(metric: Metric, sources: Mapping[str, str]) -> Metric:
    return msgspec.structs.replace(metric, source=sources.get(metric.parsed.whole, metric.source))


def _begin(journal: Journal, header: Header) -> None:
    """Write the header of a new run, or that an old one goes on, if it is the same experiment on the same machine."""
    record = journal.records.get(header.scenario.name)
    if record is None:
        journal.write(header)
        return
    found = fingerprint.compare(record.header.fingerprint, header.fingerprint)
    if record.header.scenario_hash != header.scenario_hash or found.refused or found.machine:
        differences = "; ".join(map(str, (*found.refused, *found.machine))) or "the scenario or a target has changed"
        raise UsageError(f"{header.label} cannot go on: {differences}", "start a new run, without --resume")
    journal.write(Resumed(scenario=header.scenario.name, at=_now(), repeat=header.scenario.repeat))


def _interrupted(journal: Journal, cells: Sequence[Prepared], elapsed: float) -> InterruptedRunError:
    """Keep what there is as results, and say how to go on."""
    begun = [cell.scenario.name for cell in cells if cell.scenario.name in journal.records]
    if not begun:
        return InterruptedRunError("interrupted before the first trial")
    for name in begun:
        journal.write(Stopped(scenario=name, reason="interrupted", elapsed=elapsed))
    finished = [write(journal, name) for name in begun]
    kept = sum(not trial.warmup for each in finished for trial in each.result.trials)
    return InterruptedRunError(
        f"interrupted; finished trials kept: {kept}",
        f"go on with: perfkit run --resume --label {journal.folder.name}",
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
