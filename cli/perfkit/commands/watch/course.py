"""``perfkit top`` from arguments to exit code: look, show, keep, judge."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sys
import time
from typing import TYPE_CHECKING

from perfkit.commands.choices import Choices as RunChoices
from perfkit.commands.execution import open_journal
from perfkit.commands.watch.choices import memory_limit, parse_rule, source_of, with_defaults
from perfkit.commands.watch.record import Keeper
from perfkit.commands.watch.showing import Sitting, show_lines, show_nothing, show_view
from perfkit.commands.watch.source import NAME
from perfkit.errors import Exit, UsageError
from perfkit.measure.live.session import Watchdog
from perfkit.measure.machine import usable_cpus
from perfkit.model.units import parse_duration
from perfkit.storage import labels
from perfkit.storage.files import shown as as_typed
from perfkit.views.console import stderr, stdout
from perfkit.views.notes import doubts
from perfkit.views.readings import Summary, document, summary
from perfkit.views.text import folded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perfkit.commands.watch.choices import Choices
    from perfkit.commands.watch.source import Account
    from perfkit.storage.journal import Journal

_ENDINGS = {"time": "time is up", "stopped": "stopped", "ended": "it ended"}


def watch(choices: Choices) -> Exit:
    """Look, show, keep.

    Raises:
        PerfkitError: what is asked for does not exist, or cannot be looked at.
    """
    given = [parse_rule(written) for written in choices.limits]
    output = choices.output or ("view" if _terminal() else "table")
    show = {"view": show_view, "table": show_lines, "json": show_nothing}[output]
    if output == "view":
        _need_textual()
    duration = parse_duration(choices.duration) if choices.duration else None
    rules = with_defaults(given)
    path: Path | None = None
    with _journal(choices) as journal, source_of(choices, labels.artifacts_folder(journal.folder, NAME)) as source:
        watchdog, keeper = Watchdog(rules), Keeper(source, given, duration)
        sitting = Sitting(source, watchdog, duration)
        spent = time.process_time()
        show(sitting, rules)
        account = source.finish()
        trial = keeper.trial(account, time.process_time() - spent, labels.artifacts_folder(journal.folder, NAME))
        if choices.label:
            path = keeper.keep(journal, account, trial)
        unsure = (*(f"! {text}" for text in trial.warnings), *doubts([trial], usable_cpus(), source.cluster.kind))
    broken = {rule.metric: watchdog.broken[rule.name] for rule in given if rule.name in watchdog.broken}
    found = Summary(
        title=sitting.title,
        seconds=(account.end_ns - account.origin_ns) / 1e9,
        ended=account.reason or sitting.ending or _ENDINGS[sitting.why or "stopped"],
        readings=sitting.latest,
        values=dict(account.values),
        broken=broken,
        doubts=unsure,
        label=choices.label or "",
    )
    sys.stdout.write(document(found) if output == "json" else summary(found, stdout().width, memory_limit(rules)))
    if path is not None:
        sys.stderr.write(f"Result {as_typed(path)}\n")
    return _judged(sitting, account, broken, duration)


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _need_textual() -> None:
    if importlib.util.find_spec("textual") is None:
        raise UsageError("the view needs textual: pip install 'perfkit[ui]'", "or -o table, for lines")


@contextlib.contextmanager
def _journal(choices: Choices) -> Iterator[Journal]:
    """The journal of the label; without one, or where nothing came of it, nothing is left."""
    if choices.force and not choices.label:
        raise UsageError("--force replaces a result, and none is kept", "name it with --label")
    with open_journal(RunChoices(label=choices.label, force=choices.force, dry_run=not choices.label)) as journal:
        try:
            yield journal
        finally:
            if choices.label and not journal.records:
                shutil.rmtree(journal.folder, ignore_errors=True)


def _judged(sitting: Sitting, account: Account, broken: dict[str, str], duration: float | None) -> Exit:
    if account.outcome != "ok":
        _complain(f"{sitting.title}: {account.reason}")
        return Exit.TARGET_FAILED
    for told in broken.values():
        _complain(f"limit broken: {told}")
    if broken:
        return Exit.REGRESSED
    return Exit.INTERRUPTED if duration is not None and sitting.why == "stopped" else Exit.OK


def _complain(text: str) -> None:
    text = f"perfkit: {text}"
    sys.stderr.write(f"{folded(text, stderr().width) if sys.stderr.isatty() else text}\n")
