"""The command line of ``perfkit top``: rules of its limits, and what it means to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfkit.commands.choices import Consent
from perfkit.commands.real_clusters import confirm_gateway
from perfkit.commands.watch.grounds import CONTEXT, Wanted, named
from perfkit.errors import ScenarioError, UsageError
from perfkit.model.limits import Limit
from perfkit.model.link import DIRECT
from perfkit.model.readings import dimension
from perfkit.model.scenario import ClusterSpec
from perfkit.monitor.alerts import DEFAULT_RULES, Rule
from perfkit.storage.churn import parse_churn
from perfkit.storage.limits import split_limit
from perfkit.storage.links import find_link
from perfkit.targets.resolve import resolve, resolve_command

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from perfkit.commands.watch.source import Source

_OF_COMMANDS: Final = ("shape", "pods", "seed", "churn", "link")


@dataclass(frozen=True, slots=True)
class Choices:
    """As typed; None is what was not said."""

    what: str | None = None
    command: tuple[str, ...] = ()
    target: str | None = None
    duration: str | None = None
    limits: tuple[str, ...] = ()
    cluster: str | None = None
    production: str | None = None
    shape: str | None = None
    pods: int | None = None
    seed: int | None = None
    churn: str | None = None
    link: str | None = None
    label: str | None = None
    force: bool = False
    output: str | None = None


def parse_rule(written: str) -> Rule:
    """``memory.peak < 100 MB`` as a rule that is called so. Raises UsageError."""
    metric, limit = split_limit(written)
    try:
        parsed = Limit.parse(limit, dimension(metric))
    except ScenarioError as error:
        raise UsageError(f"--limit {written!r}: {error.message}", error.advice) from None
    if parsed.against_base:
        raise UsageError(f"--limit {written!r} is against a base, and there is none", "write '< 100 MB' or '> 90 %'")
    return Rule(f"{metric} {parsed.written}", metric, parsed.written)


def with_defaults(given: Sequence[Rule]) -> list[Rule]:
    """These rules, and those of perfkit.monitor about what none of these is about."""
    families = {_family(rule) for rule in given}
    return [*dict.fromkeys(given), *(rule for rule in DEFAULT_RULES if _family(rule) not in families)]


def memory_limit(rules: Sequence[Rule]) -> str:
    """The first that is on memory, as written; empty: none."""
    return next((rule.limit for rule in rules if _family(rule) == "memory"), "")


def _family(rule: Rule) -> str:
    return rule.metric.partition(".")[0]


def source_of(choices: Choices, artifacts: Path) -> AbstractContextManager[Source]:
    """What is to be watched, as a context. Raises UsageError, ScenarioError."""
    if sum((bool(choices.command), choices.what is not None, choices.target is not None)) != 1:
        raise UsageError("top looks at one thing", "name a process id, a URL, a client with -t, or a command after --")
    if choices.what is None:
        from perfkit.commands.watch.command import watched_command

        target = resolve(choices.target) if choices.target is not None else resolve_command(choices.command)
        return watched_command(target, _wanted(choices), artifacts)
    if said := _said(choices):
        raise UsageError(f"{said}: only a command gets a cluster of its own", "put the command after --")
    if choices.what.isdecimal():
        from perfkit.commands.watch.process import watched_process

        return watched_process(int(choices.what), choices.cluster, artifacts)
    if choices.cluster is not None:
        raise UsageError("--cluster is for processes and commands", "an endpoint tells its requests itself")
    from perfkit.commands.watch.endpoint import watched_endpoint

    return watched_endpoint(choices.what, artifacts)


def _said(choices: Choices) -> str:
    """What was said of a cluster of its own, as options."""
    return ", ".join(f"--{name}" for name in _OF_COMMANDS if getattr(choices, name) is not None)


def _wanted(choices: Choices) -> Wanted:
    """What a command is to talk to; a context of a kubeconfig is told of. Raises UsageError, AccessError."""
    if choices.cluster is not None:
        if said := _said(choices):
            raise UsageError(f"{said}: --cluster names one that is as it is", "they are for a mock of its own")
        wanted = named(choices.cluster)
        if wanted.spec.kind == CONTEXT:
            confirm_gateway(wanted.spec, Consent(production=choices.production))
        return wanted
    usual = ClusterSpec()
    return Wanted(
        spec=ClusterSpec(
            shape=usual.shape if choices.shape is None else choices.shape,
            pods=choices.pods,
            seed=usual.seed if choices.seed is None else choices.seed,
        ),
        link=DIRECT if choices.link is None else find_link(choices.link),
        churn=None if choices.churn is None else parse_churn(choices.churn),
    )
