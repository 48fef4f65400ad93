"""``perfkit doctor --noise``: run one target against itself, and keep what that tells of this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from perfkit.commands.preparation import Prepared, prepare, prepare_resumed
from perfkit.commands.running import run_each
from perfkit.errors import InterruptedRunError, TargetError, UsageError
from perfkit.model.noise import Noise
from perfkit.statistics.noise import FEWEST_PAIRS, measure
from perfkit.storage import labels
from perfkit.storage.fingerprint import narrowed
from perfkit.storage.journal import Journal
from perfkit.storage.noise import measuring_folder, unfinished_folder, write_noise
from perfkit.targets.claims import remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perfkit.commands.choices import Choices
    from perfkit.model.result import Result
    from perfkit.model.scenario import TargetSpec


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One A/A measurement: the run, what it tells, and where that is kept."""

    result: Result
    noise: Noise
    path: Path


def measure_all(choices: Choices) -> Iterator[Measured]:
    """Each scenario asked for, with each program that it would measure on both sides; stored one by one.

    To resume is to go on with the measurement that was interrupted last.

    Raises:
        ResultError: there is nothing to go on with.
        UsageError: no target is named, or too few pairs fit the time.
        TargetError: the target fails too often.
        PerfkitError: as ``run_each``.
    """
    if choices.resume:
        with Journal(unfinished_folder()) as journal:
            (prepared,) = prepare_resumed(choices, journal)
            yield _measure(prepared, journal)
        return
    for prepared in prepare(choices, ()):
        programs = {target.program: target for target in prepared.scenario.targets}
        for target in programs.values():
            yield _begin(twins(prepared, target))


def twins(prepared: Prepared, target: TargetSpec) -> Prepared:
    """The same scenario with one target on both sides, and one look, at the end."""
    # Names of one length: a target's home lies in a folder of its name, and even that may shift a program's memory.
    pair = tuple(msgspec.structs.replace(target, name=f"{target.name}-{side}") for side in "ab")
    scenario = prepared.scenario
    repeat = msgspec.structs.replace(scenario.repeat, pairs=scenario.repeat.pairs[-1:])
    return replace(prepared, scenario=msgspec.structs.replace(scenario, targets=pair, repeat=repeat), base=pair[0].name)


def noise_of(result: Result) -> Noise:
    """What a run of twins tells.

    Raises:
        UsageError: time allowed too few pairs.
        TargetError: failed trials left too few.
    """
    target = result.scenario.targets[0]
    trials = [trial for trial in result.trials if not trial.warmup]
    failed = [trial for trial in trials if not trial.ok]
    metrics = measure(result)
    pairs = max((metric.pairs for metric in metrics), default=0)
    if not metrics and failed:
        raise TargetError(
            f"{result.scenario.name}: the target failed in {len(failed)} of {len(trials)} trials: {failed[-1].reason}",
            f"{FEWEST_PAIRS} pairs of good trials tell the noise",
        )
    if not metrics:
        raise UsageError(
            f"{result.scenario.name}: only {len(trials) // 2} pairs fitted the time; {FEWEST_PAIRS} tell the noise",
            "give it longer: perfkit doctor --noise --resume --max-time …, or -r for a number of pairs",
        )
    return Noise(
        created=result.created,
        scenario=result.scenario.name,
        program=target.program,
        version=target.version,
        pairs=pairs,
        failed=len(failed),
        fingerprint=narrowed(result, target.name),
        metrics=metrics,
    )


def _begin(prepared: Prepared) -> Measured:
    with Journal(measuring_folder(prepared.scenario)) as journal:
        labels.replace(journal)
        return _measure(prepared, journal)


def _measure(prepared: Prepared, journal: Journal) -> Measured:
    """Run twins. Once the floor is stored, the trials are not kept: their worth is in the spread."""
    try:
        (finished,) = run_each([prepared], journal, dry_run=False)
        noise = noise_of(finished.result)
    except InterruptedRunError as error:
        advice = "go on with: perfkit doctor --noise --resume" if error.advice else ""
        raise InterruptedRunError(f"{error.message}; no noise floor was stored", advice) from error
    except TargetError:
        remove_tree(journal.folder)
        raise
    path = write_noise(noise)
    remove_tree(journal.folder)
    return Measured(result=finished.result, noise=noise, path=path)
