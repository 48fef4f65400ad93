"""A watch kept as a result of one trial, which ``compare`` and ``report`` read as they read any."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from perfkit import bundled
from perfkit.commands.execution import write
from perfkit.commands.watch.source import STEP, scenario_of
from perfkit.measure.machine import Steal, context_facts, load_average, machine_facts
from perfkit.model.catalogue import BY_NAME
from perfkit.model.limits import Limit
from perfkit.model.measured import measured
from perfkit.model.result import Fingerprint, Health, Trial
from perfkit.model.scenario import MetricLimit
from perfkit.model.windows import Window
from perfkit.storage import fingerprint
from perfkit.storage.commits import described
from perfkit.storage.journal import Entry, Header, Stopped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perfkit.commands.watch.source import Account, Source
    from perfkit.model.metrics import Metric
    from perfkit.model.scenario import Scenario
    from perfkit.monitor.alerts import Rule
    from perfkit.storage.journal import Journal


class Keeper:
    """Gauges what perfkit and the machine do from its making on, and keeps the watch at its end."""

    def __init__(self, source: Source, rules: Sequence[Rule], duration: float | None) -> None:
        scenario = scenario_of(source.target, source.cluster, source.link, duration)
        self._source = source
        self._scenario = msgspec.structs.replace(scenario, limits=_limits(rules))
        self._steal = Steal()

    def keep(self, journal: Journal, account: Account, trial: Trial) -> Path:
        """Write journal, result and exports; where the result is. Raises StorageError."""
        journal.write(self._header(journal.folder.name, account))
        journal.write(Entry(scenario=self._scenario.name, trial=trial))
        journal.write(Stopped(scenario=self._scenario.name, reason="pairs", elapsed=_seconds(account)))
        return write(journal, self._scenario.name).path

    def _header(self, label: str, account: Account) -> Header:
        source, scenario = self._source, self._scenario
        return Header(
            run=uuid.uuid4().hex[:8],
            label=label,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            scenario=scenario,
            scenario_hash=fingerprint.scenario_hash(scenario),
            seed=scenario.cluster.seed,
            base=None,
            commit=described(bundled.project_root()),
            fingerprint=Fingerprint(
                experiment=fingerprint.experiment(scenario, source.experiment),
                method=fingerprint.method(scenario, source.sources),
                machine=machine_facts(),
                context=context_facts(),
            ),
            metrics=tuple(_known(scenario, source, account)),
        )

    def trial(self, account: Account, engine_cpu: float, artifacts: Path) -> Trial:
        """The watch as a trial, with what perfkit and the machine did until now; ``artifacts`` is their folder."""
        return Trial(
            index=0,
            block=0,
            order=0,
            target=self._source.target.name,
            pass_="trace",
            outcome=account.outcome,
            reason=account.reason,
            exit_status=account.exit_status,
            values=dict(account.values),
            work=dict(account.work),
            origin_ns=account.origin_ns,
            windows=(Window(name=STEP, do="idle", start_ns=0, end_ns=account.end_ns - account.origin_ns),),
            health=Health(
                duration=_seconds(account),
                engine_cpu=engine_cpu,
                launcher_cpu=account.launcher_cpu,
                mock_cpu=account.mock_cpu,
                sampler_cpu=account.sampler_cpu,
                steal=self._steal.share(),
                load=load_average(),
            ),
            warnings=account.warnings,
            artifacts=tuple(sorted(path.name for path in artifacts.glob("0000-*"))),
        )


def _seconds(account: Account) -> float:
    return (account.end_ns - account.origin_ns) / 1e9


def _limits(rules: Sequence[Rule]) -> tuple[MetricLimit, ...]:
    """Those on metrics that results have."""
    named = [(BY_NAME[rule.metric], rule) for rule in rules if rule.metric in BY_NAME]
    return tuple(
        MetricLimit(metric=metric.name, limits=(Limit.parse(rule.limit, metric.kind),)) for metric, rule in named
    )


def _known(scenario: Scenario, source: Source, account: Account) -> list[Metric]:
    """What is shown of it: of all that is measured usually what is known here."""
    return [
        msgspec.structs.replace(metric, source=source.sources.get(metric.name, metric.source))
        for metric in measured(scenario, linked=not scenario.link.direct)
        if metric.name in account.values
    ]
