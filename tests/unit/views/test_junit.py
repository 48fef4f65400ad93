"""JUnit XML as Jenkins' schema (junit-10.xsd) wants it: names, attributes, order and counts."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from perfkit.statistics.gates import GRAVEST_FIRST, Gate
from perfkit.views.junit import junit

ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "disabled", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id"},
    "testcase": {"name", "assertions", "time", "classname", "status", "class", "file", "line"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
    "system-out": set(),
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"skipped", "error", "failure", "system-out"},
}
REQUIRED = {"testsuite": {"name", "tests"}, "testcase": {"name"}}


def gate(**fields: Any) -> Gate:
    usual = {
        "scenario": "startup",
        "head": "head",
        "subject": "cpu.seconds",
        "level": "failed",
        "seen": "",
        "message": "",
    }
    return Gate(**usual | fields)


def assert_valid(element: ET.Element) -> None:
    assert set(element.keys()) - ATTRIBUTES[element.tag] == set()
    assert REQUIRED.get(element.tag, set()) - set(element.keys()) == set()
    for child in element:
        assert child.tag in CHILDREN[element.tag]
        assert_valid(child)


def assert_counts(element: ET.Element) -> None:
    for attribute, path in (("tests", ""), ("failures", "/failure"), ("errors", "/error"), ("skipped", "/skipped")):
        if attribute in element.attrib:
            assert int(element.attrib[attribute]) == len(element.findall(f".//testcase{path}"))


def test_one_test_case_a_gate_in_a_suite_a_scenario_and_head() -> None:
    root = ET.fromstring(
        junit(
            [
                gate(message="regressed"),
                gate(head="other", level="unclear", message="open"),
                gate(subject="memory.peak", level="passed", message="ok"),
                gate(subject="trials", level="broken", message="nothing"),
            ]
        )
    )
    assert [suite.get("name") for suite in root] == ["startup.head", "startup.other"]
    found = {(case.get("classname"), case.get("name")): case[0].tag for case in root.iter("testcase")}
    assert found == {
        ("perfkit.startup.head", "cpu.seconds"): "failure",
        ("perfkit.startup.head", "memory.peak"): "system-out",
        ("perfkit.startup.head", "trials"): "error",
        ("perfkit.startup.other", "cpu.seconds"): "skipped",
    }


@given(
    st.lists(
        st.builds(
            gate, subject=st.text(), head=st.text(), level=st.sampled_from(GRAVEST_FIRST), message=st.text(max_size=20)
        )
    )
)
def test_whatever_the_text_it_is_well_formed_valid_and_counted(gates: list[Gate]) -> None:
    root = ET.fromstring(junit(gates).encode())
    assert_valid(root)
    for element in (root, *root):
        assert_counts(element)
    assert len(list(root.iter("testcase"))) == len(gates)
