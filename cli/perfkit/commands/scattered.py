"""``perfkit run --on``: the blocks of a run on several machines of a cluster, and one result of all."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from perfkit.commands.choices import Choices, Consent
from perfkit.commands.execution import Finished, write
from perfkit.commands.preparation import asked_scenarios, prepare
from perfkit.commands.real_clusters import confirm_job, tell_progress
from perfkit.errors import ResultError, ScenarioError, TargetError, UsageError
from perfkit.model.result import Result
from perfkit.model.units import parse_duration
from perfkit.storage.frames import framed, unframed
from perfkit.storage.journal import Entry, Header, Journal, Stopped
from perfkit.storage.merged import merged
from perfkit.storage.project import find_project
from perfkit.targets.claims import claimed_folder
from perfkit.targets.runs import SCRATCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.clusters.jobs import Part

TASK: Final = "PERFKIT_PART"  # the variable that tells a part what to do
_IMAGE: Final = re.compile(
    r"[\w\[][\w\[\]./:@-]*", re.ASCII
)  # the signs it may have; what they mean the registry knows
DEFAULT_LIMIT: Final = 3600.0  # seconds, where --max-time does not say


@dataclass(frozen=True, slots=True)
class Place:
    """Where parts run, as typed: ``context:NAME`` or ``kind:NAME``, an image, on how many machines."""

    on: str
    image: str | None
    workers: int


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a part does: its share of ``blocks``, by its index; ``choices`` as typed where the run was started."""

    choices: dict[str, Any]
    blocks: int
    each: int


def run_scattered(choices: Choices, place: Place, journal: Journal) -> Finished:
    """Have all blocks run in the cluster, and write what came back as one result.

    Raises:
        UsageError: what was asked for cannot be done there.
        ClusterError: the cluster does not run it.
        TargetError: a part failed.
        ResultError: parts came back incomplete, or are not of one run.
    """
    from perfkit.clusters.jobs import Work, run_job
    from perfkit.clusters.kinds import way_to

    kind, _, name = place.on.partition(":")
    if kind != "context" or not name:
        raise UsageError(f"--on {place.on!r}: allowed is context:NAME", "a kind cluster is context:kind-NAME")
    if choices.runs is None or place.image is None:
        raise UsageError("--on needs -r N and --image IMAGE", "the image holds perfkit, the project and its targets")
    if not _IMAGE.fullmatch(place.image):
        raise UsageError(f"--image {place.image!r} is no image", "such as registry.example/lab/perfkit:1")
    if len(choices.scenarios) > 1:
        raise UsageError(f"--on runs one scenario, not {len(choices.scenarios)}", "name one")
    with contextlib.suppress(ScenarioError):  # it may be in the image alone
        _check_one(len(asked_scenarios(choices, find_project())))
    if choices.cluster not in {None, "mock"}:
        raise UsageError("--on runs against the mock, one in each pod", "leave out --cluster")
    parts = min(place.workers, choices.runs)
    each = -(-choices.runs // parts)
    parts = -(-choices.runs // each)
    task = Task(choices=_sent(choices), blocks=choices.runs, each=each)
    confirm_job(name, f"a Job of {parts} pods of {place.image}, {choices.runs} blocks in all", choices.consent)
    work = Work(
        image=place.image,
        command=("python", "-m", "perfkit", "part"),
        environment={TASK: msgspec.json.encode(task).decode()},
        parts=parts,
        limit=int(parse_duration(choices.max_time) if choices.max_time else DEFAULT_LIMIT),
    )
    return _kept(merged(_results(run_job(work, way_to(name, tell_progress))), journal.folder.name), journal)


def run_part(text: str, index: int) -> None:
    """Run one part, in a pod; its result goes to stdout in frames. Raises PerfkitError."""
    from perfkit.commands.running import run_each

    task = msgspec.json.decode(text, type=Task)
    first = index * task.each
    choices = _received(task.choices, min(task.each, task.blocks - first))
    prepared = prepare(choices)
    _check_one(len(prepared))
    scenario = prepared[0].scenario
    shifted = msgspec.structs.replace(scenario, repeat=msgspec.structs.replace(scenario.repeat, first=first))
    with claimed_folder(SCRATCH) as folder, Journal(folder) as journal:
        (done,) = run_each([dataclasses.replace(prepared[0], scenario=shifted)], journal, dry_run=False)
    for line in framed(msgspec.json.encode(done.result)):
        sys.stdout.write(f"{line}\n")


def _check_one(scenarios: int) -> None:
    if scenarios != 1:
        raise UsageError(f"--on runs one scenario, not {scenarios}", "a cell of a matrix is chosen by -k TEXT")


def _results(parts: Sequence[Part]) -> list[tuple[str, Result]]:
    found = []
    for part in parts:
        if not part.succeeded:
            said = [line.strip() for line in part.lines if line.strip()] or ["it said nothing"]
            own = [line for line in said if line.startswith("perfkit: ")]
            raise TargetError(f"part {part.index} on {part.node}: {(own or said)[-1].removeprefix('perfkit: ')}")
        try:
            found.append((part.node, msgspec.json.decode(unframed(part.lines), type=Result)))
        except (ResultError, msgspec.DecodeError) as error:
            raise ResultError(
                f"part {part.index} on {part.node}: {error}", "has the image the same perfkit?"
            ) from error
    return found


def _kept(result: Result, journal: Journal) -> Finished:
    """Through the journal, as any run's."""
    name = result.scenario.name
    journal.write(
        Header(
            run="",
            label=result.label,
            created=result.created,
            scenario=result.scenario,
            scenario_hash=result.scenario_hash,
            seed=result.seed,
            base=result.base,
            commit=result.commit,
            fingerprint=result.fingerprint,
            metrics=result.metrics,
        )
    )
    for trial in result.trials:
        journal.write(Entry(scenario=name, trial=trial))
    journal.write(Stopped(scenario=name, reason=result.stopped, elapsed=result.elapsed))  # type: ignore[arg-type]  # as a journal told it
    return write(journal, name)


def _sent(choices: Choices) -> dict[str, Any]:
    """What was typed, without what is of this machine."""
    plain = dataclasses.replace(choices, consent=Consent(), label=None, force=False, max_time=None)
    fields = {field.name: getattr(plain, field.name) for field in dataclasses.fields(plain)}
    return {name: value for name, value in fields.items() if name != "consent"}


def _received(fields: dict[str, Any], runs: int) -> Choices:
    known: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    known["runs"] = runs
    return Choices(**known)
