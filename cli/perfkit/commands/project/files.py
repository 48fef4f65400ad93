"""The files that ``perfkit init`` writes, as text."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Final

from perfkit import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.commands.project.found import FoundTarget, Place

SCENARIO: Final = """\
# How long from starting the client until it has what it shows, and what that costs?
# Every key: docs/scenarios.md of perfkit. This file hides perfkit's own scenario of the same name.

schema = 1
title = "Start-up: from exec to ready"

cluster.shape = "small"  # 1,000 pods; perfkit list shapes
link.name = "direct"

[repeat]
pairs = [15, 20, 30, 40, 60, 80]  # looks whether every verdict is clear; the last is the most that will run
warmup = 1
max_time = "5 min"
home = "fresh"

[[step]]
do = "launch"
until = "ready"
timeout = "60 s"

[[step]]
do = "idle"
name = "settle"
duration = "0.2 s"

[[step]]
do = "quit"

# What a change may cost. Tighten these when you know the noise of your machines; an absolute limit, such as "< 2 s",
# holds for the head alone and goes beside: limit = ["< 2 s", "+5 %"]
[[limit]]
metric = "startup.ready"
limit = "+5 %"

[[limit]]
metric = "cpu.seconds"
limit = "+5 %"

[[limit]]
metric = "memory.peak"
limit = "+5 %"

[[limit]]
metric = "api.requests"
limit = "+0"
"""

IGNORE: Final = """\
# A person's own results. What lies in baselines/ is committed.
local/
"""

_NO_TARGET: Final = """
# Nothing here told which program to measure. Name it:
#   [[target]]
#   name = "mine"
#   command = "./my-client --all-namespaces"
#   ready = "exit"
"""

_READY: Final = """\
# When it has done its work: "exit" (it ends by itself), "watch" (it has read all pods and watches them),
# { log = "a regular expression" } or { api = "list pods" }
ready = "exit"
"""

_GITHUB: Final = """\
name: perfkit

on:
  pull_request:
  push:
    branches: [{branch}]

permissions:
  contents: read

jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 30
{folder}    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0  # the base is an older commit
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install perfkit
        run: pip install perfkit=={version}
      - name: Check
        run: |
{comment}          {check} -o github
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: perfkit-results
          path: {results}
"""

_GITLAB: Final = """\
perfkit:
  image: python:3.12  # any image with Python 3.11 or later and what the build needs
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  variables:
    GIT_DEPTH: 0  # the base is an older commit
  timeout: 30 minutes
  script:
{folder}    - pip install perfkit=={version}
    - |
{comment}      {check} -o junit > {report}
  artifacts:
    when: always
    reports:
      junit: {junit}
    paths:
      - {results}
"""

_BASELINE: Final = """\
# The program is not of this repository, so its base is a stored result: counts decide, times only warn. Make it with
# perfkit run --label main, move results/local/main to results/baselines/main and commit it.
"""


def project_file(targets: Sequence[FoundTarget]) -> str:
    """``perfkit.toml``."""
    parts = ['# docs/scenarios.md of perfkit explains every key.\nschema = 1\nscenario = "startup"\n']
    parts += [_target(target) for target in targets] or [_NO_TARGET]
    return "".join(parts)


def github_workflow(place: Place, targets: Sequence[FoundTarget]) -> str:
    """``.github/workflows/perfkit.yml``."""
    sub = _subfolder(place)
    folder = f"    defaults:\n      run:\n        working-directory: {json.dumps(sub)}\n" if sub else ""
    return _GITHUB.format(
        branch=json.dumps(place.branch),
        folder=folder,
        version=__version__,
        comment=_comment(targets, " " * 10),
        check=_check(targets),
        results=_below(sub, "results/"),
    )


def gitlab_job(place: Place, targets: Sequence[FoundTarget]) -> str:
    """``.gitlab/perfkit.yml``, to be included."""
    sub = _subfolder(place)
    return _GITLAB.format(
        folder=f"    - {json.dumps(f'cd {shlex.quote(sub)}')}\n" if sub else "",
        version=__version__,
        comment=_comment(targets, " " * 6),
        check=_check(targets),
        report="perfkit.xml",
        junit=_below(sub, "perfkit.xml"),
        results=_below(sub, "results/"),
    )


def _target(target: FoundTarget) -> str:
    lines = ["", f"[[target]]  # from {target.source}"]
    lines += [f"name = {_text(target.name)}"] if target.name else []
    if target.client:
        return "\n".join([*lines, f"client = {_text(target.client)}", ""])
    lines.append(f"command = {_text(target.command)}")
    lines += [f"# built by: {target.build}"] if target.build else []
    return "\n".join([*lines, _READY])


def _check(targets: Sequence[FoundTarget]) -> str:
    """The command of the gate: with one target, the base is built from git or stored."""
    if len(targets) != 1:
        return "perfkit check"
    if targets[0].client:
        return "perfkit check --baseline main"
    return f"perfkit check --build {shlex.quote(targets[0].build)}" if targets[0].build else "perfkit check"


def _comment(targets: Sequence[FoundTarget], indent: str) -> str:
    if len(targets) != 1 or not targets[0].client:
        return ""
    return "".join(f"{indent}{line}\n" for line in _BASELINE.splitlines())


def _subfolder(place: Place) -> str:
    sub = place.project.relative_to(place.top)
    return "" if sub == sub.parent else str(sub)


def _below(sub: str, name: str) -> str:
    return json.dumps(f"{sub}/{name}") if sub else name


def _text(text: str) -> str:
    """A TOML string; what JSON escapes TOML reads alike, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
