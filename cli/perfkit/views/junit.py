"""Gates as JUnit XML: a suite a scenario and head, a test case a gate.

The attributes are those that Jenkins' and GitLab's readers know; unclear and merely warned gates are skipped tests,
which they show in yellow.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perfkit.statistics.gates import Gate, Level

OUTCOMES: Final[dict[Level, str]] = {
    "broken": "error",
    "failed": "failure",
    "unclear": "skipped",
    "warned": "skipped",
}

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(gates: Iterable[Gate]) -> str:
    """One document."""
    gates = list(gates)
    root = ET.Element("testsuites", {"name": "perfkit", **_numbers(gates)})
    for (scenario, head), group in groupby(sorted(gates, key=_suite), _suite):
        members = list(group)
        suite = ET.SubElement(root, "testsuite", {"name": _clean(f"{scenario}.{head}"), **_numbers(members)})
        suite.set("skipped", str(_count(members, "skipped")))
        for gate in members:
            _case(suite, gate)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(gate: Gate) -> tuple[str, str]:
    return gate.scenario, gate.head


def _case(suite: ET.Element, gate: Gate) -> None:
    classname = f"perfkit.{gate.scenario}.{gate.head}"
    case = ET.SubElement(suite, "testcase", classname=_clean(classname), name=_clean(gate.subject))
    outcome = OUTCOMES.get(gate.level)
    message = _clean(gate.message)
    if outcome == "skipped":
        ET.SubElement(case, outcome, message=f"{gate.level}: {message}")
    elif outcome is not None:
        ET.SubElement(case, outcome, message=message, type=gate.level).text = message
    else:
        ET.SubElement(case, "system-out").text = message


def _numbers(gates: Sequence[Gate]) -> dict[str, str]:
    return {
        "tests": str(len(gates)),
        "failures": str(_count(gates, "failure")),
        "errors": str(_count(gates, "error")),
    }


def _count(gates: Iterable[Gate], outcome: str) -> int:
    return sum(OUTCOMES.get(gate.level) == outcome for gate in gates)


def _clean(text: str) -> str:
    """Without what no XML document may hold, such as the escape codes of a program's output."""
    return _NOT_XML.sub("\ufffd", text)
