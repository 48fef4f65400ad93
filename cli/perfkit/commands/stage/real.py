"""Real clusters among those that stand: put up, taken down."""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from perfkit.clusters import kind, standing
from perfkit.clusters.filling import forget_those_of, remove_abandoned
from perfkit.clusters.kinds import parse
from perfkit.commands.real_clusters import confirm_gateway, tell_progress
from perfkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.clusters.standing import Approach
    from perfkit.commands.choices import Consent
    from perfkit.model.scenario import ClusterSpec

_KIND = "kind:"


def staged(cluster: str | None, spec: ClusterSpec, way: Approach, consent: Consent) -> tuple[ClusterSpec, Approach]:
    """The cluster that was named: a kind cluster is there by now, a context agreed to.

    Raises:
        UsageError: it is none, or was not agreed to.
        ClusterError: kind cannot make it.
    """
    which, name = parse(cluster or "mock", spec.making)
    if which == "mock":
        return msgspec.structs.replace(spec, populate=False, writes=False), way
    if spec.deny or spec.fault or spec.files:
        raise UsageError("a real cluster has no faults, denials or manifests", "leave them out, or use the mock")
    spec = msgspec.structs.replace(spec, kind=which, name=name, writes=spec.writes or which == "kind")
    if which == "kind":
        kind.ensure(kind.asked(spec), tell_progress)
    else:
        if named := os.environ.get("KUBECONFIG"):
            os.environ["KUBECONFIG"] = str(Path(named).absolute())  # its keeper works elsewhere
        confirm_gateway(spec, consent)
    return spec, dataclasses.replace(way, tell=tell_progress)


def name_of(spec: ClusterSpec) -> str:
    """What a cluster is called that was given no name."""
    return re.sub(r"[^a-z0-9._-]+", "-", spec.name.lower()).strip("-._")[:60] or "mock"


def real_words(spec: ClusterSpec, words: Sequence[str]) -> list[str]:
    """Words for the keeper, to whom nobody needs to agree again."""
    kept = list(words)
    if not spec.populate:
        place = kept.index("--shape")
        del kept[place : place + 2]
    kept += ["--cluster", f"{spec.kind}:{spec.name}", "--yes", "--production", spec.name]
    engine = ["--engine", spec.making.engine] if spec.making.engine else []
    return [*kept, *engine, *(["--allow-writes"] if spec.writes else [])]


def take_down(name: str | None, *, every: bool) -> None:
    """End what stands under a name, or all; clusters that kind made, and what killed runs left.

    Raises:
        UsageError: there is none of that name, or more than one and no name.
        ClusterError, AccessError: something real cannot be removed; it stays known.
    """
    made = {f"{_KIND}{each.name}": each for each in kind.made()}
    if name is None and not every and made and not standing.clusters.ls():
        (name, *more) = made
        if more:
            raise UsageError(f"{len(made)} kind clusters are up: {', '.join(made)}", "name one, or say --all")
    if name is not None and name.startswith(_KIND) and name not in made:
        raise UsageError(f"perfkit made no {name}", f"it made: {', '.join(made) or 'none'}")
    standing_names = [] if name in made else standing.clusters.chosen(name, every=every)
    for each in standing_names:
        standing.clusters.down(each)
        sys.stderr.write(f"cluster {each} is down\n")
    for label, each_made in made.items():
        if every or label == name:
            kind.delete(each_made)
            forget_those_of(kind.kubeconfig_of(each_made.name))
            sys.stderr.write(f"cluster {label} is removed\n")
    if every:
        remove_abandoned(tell_progress)
