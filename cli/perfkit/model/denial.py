"""A rule of what a cluster denies, as data and in words."""

from __future__ import annotations

import re

import msgspec

from perfkit.errors import ScenarioError

_RULE = re.compile(r"(?P<verbs>\S+)\s+(?P<resources>\S+)(?:\s+in\s+(?P<namespace>\S+))?")


class Denial(msgspec.Struct, frozen=True):
    """These verbs on these resources (``pods``, ``deployments.apps``, ``pods/log``, ``*``), in one namespace or all."""

    verbs: tuple[str, ...]
    resources: tuple[str, ...]
    namespace: str = ""


def parse_denial(text: str) -> Denial:
    """``delete,create pods,secrets in kube-system``. Raises ScenarioError."""
    match = _RULE.fullmatch(text.strip())
    if match is None:
        raise ScenarioError(
            f"cannot read the rule {text!r}",
            "say VERBS RESOURCES [in NAMESPACE], such as: delete,create pods in default",
        )
    return Denial(tuple(match["verbs"].split(",")), tuple(match["resources"].split(",")), match["namespace"] or "")
