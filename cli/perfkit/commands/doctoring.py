"""What ``perfkit doctor`` shows: the machine and its noise floors, or the floors just measured."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from perfkit.commands.formats import TableOrJson
from perfkit.commands.noise_floor import measure_all
from perfkit.measure.allowances import allowances, read_facts
from perfkit.measure.machine import context_facts, machine_facts, present_facts
from perfkit.storage.files import shown
from perfkit.storage.noise import stored_noise
from perfkit.targets.process import ProcessLauncher
from perfkit.targets.runs import RunLock
from perfkit.views import doctor, noise
from perfkit.views.console import stderr, stdout
from perfkit.views.data import document
from perfkit.views.notes import notes, summary_line
from perfkit.views.tables import say, show_grid, show_listing, show_notes
from perfkit.views.text import headline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfkit.commands.choices import Choices
    from perfkit.commands.noise_floor import Measured


def show_machine(output: TableOrJson) -> None:
    """The machine as results know it, where its numbers come from, and what was measured of its noise."""
    machine, sources = machine_facts(), _sources()
    findings = doctor.Findings(
        machine=machine,
        context={**context_facts(), **present_facts()},
        sources=sources,
        allowances=allowances(read_facts(sources)),
        floors=stored_noise(machine),
    )
    if output is TableOrJson.JSON:
        sys.stdout.write(document(doctor.SCHEMA, [doctor.findings_data(findings)]))
        return
    for grid in doctor.grids(findings):
        show_listing(stdout(), grid)
    show_notes(stdout(), doctor.notes(findings))


def show_noise(choices: Choices, output: TableOrJson) -> None:
    """Measure, and show each measurement as soon as it is there, in JSON all in one document.

    Raises:
        PerfkitError: as ``measure_all``; what was measured before is stored, and shown.
    """
    if output is TableOrJson.JSON:
        sys.stdout.write(document(noise.SCHEMA, (noise.noise_data(each.noise) for each in _told(choices))))
        return
    for each in _told(choices):
        _show(each)


def _told(choices: Choices) -> Iterator[Measured]:
    for each in measure_all(choices):
        stderr().print(f"stored in {shown(each.path)}", markup=False, soft_wrap=True, style="dim")
        yield each


def _show(measured: Measured) -> None:
    result, console = measured.result, stdout()
    say(console, f"{headline(result)}\n{summary_line(result)}")
    show_grid(console, noise.grid(measured.noise))
    show_notes(console, [*noise.notes(measured.noise), *notes(result, [])])
    console.out(noise.snippet(measured.noise), highlight=False)


def _sources() -> dict[str, str]:
    """Where a run on this machine would have its numbers from: what the launcher finds it may do."""
    with RunLock() as run:
        launcher = ProcessLauncher(run.id)
        try:
            return dict(launcher.sources())
        finally:
            launcher.close()
