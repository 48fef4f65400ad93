"""``cluster up``: from what was typed to a cluster that can be put up, and to the words its keeper is started with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfkit.commands.options import as_words
from perfkit.commands.stage.holding import held
from perfkit.commands.stage.linking import approach
from perfkit.commands.stage.real import name_of, real_words, staged
from perfkit.commands.stage.setting import faults, rules
from perfkit.model.scenario import ClusterSpec

if TYPE_CHECKING:
    from perfkit.clusters.standing import Approach
    from perfkit.commands import groups


@dataclass(frozen=True, slots=True)
class Wanted:
    """A cluster as typed; None is what was not said."""

    name: str | None
    cluster: str | None
    kind: groups.Kind
    permission: groups.Permission
    contents: groups.Contents
    network: groups.Network
    manners: groups.Manners


@dataclass(frozen=True, slots=True)
class Planned:
    """A cluster to put up, here or, with ``words``, by a keeper in the background."""

    name: str
    spec: ClusterSpec
    way: Approach
    words: list[str]


def plan(wanted: Wanted) -> Planned:
    """Everything that can be wrong is found here. A kind cluster is there by now, a context agreed to.

    Raises:
        ScenarioError: no such shape, link, rule or fault.
        UsageError: what was asked for does not go together, or was not agreed to.
        ClusterError: kind cannot make it.
    """
    spec = _spec(wanted)
    manners, network = wanted.manners, wanted.network
    way = approach(manners.host, manners.port, network.link, network.changes, spec.seed)
    words = _words(wanted, spec)
    spec, way = staged(wanted.cluster, spec, way, wanted.permission.consent)
    if spec.kind != "mock":
        words = real_words(spec, words)
    return Planned(wanted.name or name_of(spec), spec, way, words)


def _spec(wanted: Wanted) -> ClusterSpec:
    contents = wanted.contents
    shape, files = held(contents.shape, tuple(contents.file or ()))
    return ClusterSpec(
        shape=shape,
        pods=contents.pods,
        seed=contents.seed,
        deny=rules(tuple(wanted.manners.deny or ())),
        fault=faults(tuple(wanted.manners.fault or ())),
        heartbeats=True,  # one for a person's own use lives; trials are quiet unless their scenario says so
        files=files,
        populate=contents.pods is not None or contents.shape is not None,
        writes=wanted.permission.allow_writes,
        making=wanted.kind.making,
    )


def _words(wanted: Wanted, spec: ClusterSpec) -> list[str]:
    """The same as options, for the keeper, who runs elsewhere: paths are whole."""
    manners, network = wanted.manners, wanted.network
    repeated = {"deny": manners.deny or (), "fault": manners.fault or (), "file": spec.files}
    words = ["--shape", spec.shape, "--seed", str(spec.seed), "--port", str(manners.port), "--host", manners.host]
    words += [word for key, texts in repeated.items() for text in texts for word in (f"--{key}", text)]
    words += [] if spec.pods is None else ["--pods", str(spec.pods)]
    return words + as_words({} if network.link is None else {"link": network.link}, network.changes)
