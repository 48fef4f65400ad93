"""Run what was prepared: open the bench, run the session, keep the journal, write the result."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from perfkit import bundled
from perfkit.clusters.mock import MockCluster
from perfkit.engine.clock import MonotonicClock
from perfkit.engine.session import Session
from perfkit.engine.sweep import Sweep
from perfkit.engine.trial import Bench
from perfkit.errors import InterruptedRunError, UsageError
from perfkit.measure.machine import context_facts, machine_facts
from perfkit.model.events import RunStarted
from perfkit.model.metrics import CATALOGUE
from perfkit.model.result import Fingerprint
from perfkit.storage import fingerprint, labels
from perfkit.storage.commits import described
from perfkit.storage.journal import Header, Journal, Ledger, Resumed, Stopped
from perfkit.storage.pyperf_export import write_export
from perfkit.storage.results import write_result
from perfkit.targets.claims import claimed_folder
from perfkit.targets.process import ProcessLauncher, become_subreaper
from perfkit.targets.runs import SCRATCH, RunLock, sweep_leftovers
from perfkit.views.text import headline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from perfkit.commands.preparation import Choices, Prepared
    from perfkit.model.events import Emit
    from perfkit.model.metrics import Metric
    from perfkit.model.protocols import Cluster, Launcher
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


def execute(prepared: Prepared, journal: Journal, emit: Emit, *, dry_run: bool) -> Finished | None:
    """Run one scenario; whatever finishes is in the journal and, however it ends, in the result file.

    Returns:
        The result and its path; None after a dry run, which keeps nothing.

    Raises:
        InterruptedRunError: Ctrl-C or SIGTERM.
        ClusterError, StorageError: the run cannot go on.
    """
    started = time.monotonic()
    name = prepared.scenario.name
    try:
        with _bench(prepared, journal, emit) as session:
            sweep = Sweep([session], prepared.scenario.repeat.max_time)
            sweep.rehearse()
            stopped = [] if dry_run else sweep.run()
    except KeyboardInterrupt as error:
        raise _interrupted(journal, name, time.monotonic() - started) from error
    if not stopped:
        return None
    journal.write(Stopped(scenario=name, reason=stopped[0], elapsed=session.elapsed))
    return write(journal, name)


def write(journal: Journal, scenario: str) -> Finished:
    """Derive the result file and the pyperf export of a scenario from the journal."""
    result = journal.records[scenario].result()
    path = write_result(result, journal.folder)
    write_export(result, journal.folder)
    return Finished(result, path)


@contextlib.contextmanager
def _bench(prepared: Prepared, journal: Journal, emit: Emit) -> Iterator[Session]:
    """Everything open that a session needs; on the way out all of it is closed, whatever happened."""
    scenario = prepared.scenario
    become_subreaper()
    sweep_leftovers()
    with contextlib.ExitStack() as stack:
        run = stack.enter_context(RunLock())
        scratch = stack.enter_context(claimed_folder(SCRATCH))
        artifacts = labels.artifacts_folder(journal.folder, scenario.name)
        cluster = MockCluster(scenario.cluster, artifacts)
        stack.callback(cluster.close)
        cluster.open()
        launcher = ProcessLauncher(run.id)
        stack.callback(launcher.close)
        _begin(journal, _header(prepared, journal.folder.name, run.id, _Opened(cluster, launcher)))
        ledger = Ledger(journal, scenario.name)
        kept = sum(not trial.warmup for trial in ledger.trials)
        emit(RunStarted(headline(journal.records[scenario.name].result()), journal.folder.name, kept))
        bench = Bench(
            cluster=cluster,
            launcher=launcher,
            clock=MonotonicClock(),
            artifacts=artifacts,
            kept_homes=scratch / "homes",
        )
        yield Session(scenario, prepared.base, bench, ledger, emit)


@dataclass(frozen=True, slots=True)
class _Opened:
    cluster: Cluster
    launcher: Launcher


def _header(prepared: Prepared, label: str, run: str, opened: _Opened) -> Header:
    """What is about to be measured, with the sources that this machine offers."""
    scenario = prepared.scenario
    sources = {**opened.launcher.sources(), **opened.cluster.sources()}
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
            experiment=fingerprint.experiment(scenario, opened.cluster.describe()),
            method=fingerprint.method(sources),
            machine=machine_facts(),
            context=context_facts(),
        ),
        metrics=tuple(_with_source(metric, sources) for metric in CATALOGUE),
    )


def _with_source(metric: Metric, sources: Mapping[str, str]) -> Metric:
    return msgspec.structs.replace(metric, source=sources.get(metric.name, metric.source))


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


def _interrupted(journal: Journal, scenario: str, elapsed: float) -> InterruptedRunError:
    """Keep what there is as a result, and say how to go on."""
    if scenario not in journal.records:
        return InterruptedRunError("interrupted before the first trial")
    journal.write(Stopped(scenario=scenario, reason="interrupted", elapsed=elapsed))
    finished = write(journal, scenario)
    kept = sum(not trial.warmup for trial in finished.result.trials)
    return InterruptedRunError(
        f"interrupted; finished trials kept: {kept}",
        f"go on with: perfkit run --resume --label {journal.folder.name}",
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
