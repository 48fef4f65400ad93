"""Read back by the parsers of prometheus_client: the strict one of OpenMetrics, and that of the older text format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from prometheus_client import Metric as Family
from prometheus_client import parser as text_format
from prometheus_client.openmetrics import parser as openmetrics

from perfkit.model.catalogue import CATALOGUE
from perfkit.model.metrics import Metric
from perfkit.model.result import Result
from perfkit.storage.exports.openmetrics import export
from support import samples
from support.exported import failures, results
from support.stored import make_result, make_trial

if TYPE_CHECKING:
    from prometheus_client.samples import Sample


def families(text: str) -> list[Family]:
    return list(openmetrics.text_string_to_metric_families(text))  # type: ignore[no-untyped-call]


def parsed(result: Result) -> dict[str, list[Sample]]:
    """Family → its samples."""
    return {family.name: family.samples for family in families(export(result))}


def quantiles(found: list[Sample], target: str) -> list[tuple[str, float]]:
    return [(s.labels["quantile"], s.value) for s in found if s.labels["target"] == target and "quantile" in s.labels]


def test_units_are_the_last_word_of_names_and_stand_once() -> None:
    assert {family.name: (family.type, family.unit) for family in families(export(make_result()))} == {
        "perfkit_run_info": ("gauge", ""),
        "perfkit_target_info": ("gauge", ""),
        "perfkit_trials": ("counter", ""),
        "perfkit_startup_first_request_seconds": ("summary", "seconds"),
        "perfkit_startup_ready_seconds": ("summary", "seconds"),
        "perfkit_cpu_seconds": ("summary", "seconds"),
        "perfkit_memory_peak_bytes": ("summary", "bytes"),
        "perfkit_api_requests": ("summary", ""),
        "perfkit_api_received_bytes": ("summary", "bytes"),
        "perfkit_api_connections": ("summary", ""),
    }


def test_a_summary_is_extremes_and_quartiles() -> None:
    found = parsed(make_result())["perfkit_startup_ready_seconds"]
    assert quantiles(found, "base") == [("0.0", 1.02), ("0.25", 1.03), ("0.5", 1.04), ("0.75", 1.05), ("1.0", 1.06)]


def test_failed_trials_are_counted_by_outcome_and_are_no_samples() -> None:
    found = parsed(samples.dead_head())
    counted = {(s.labels["target"], s.labels["outcome"]): s.value for s in found["perfkit_trials"]}
    assert (counted["base", "ok"], counted["head", "ok"], counted["head", "timeout"]) == (6, 0, 6)
    assert counted["head", "exited"] == 0, "a series that is not there cannot be alerted on"
    ready = found["perfkit_startup_ready_seconds"]
    assert quantiles(ready, "head") == []
    assert [s.value for s in ready if s.name.endswith("_count")] == [6, 0]


def test_metrics_that_share_a_family_stay_apart() -> None:
    twins = [Metric(name=name, kind="bytes", source="s", help="h") for name in ("a.b_bytes", "a.bytes_b")]
    values = {"a.b_bytes": 1.0, "a.bytes_b": 2.0}
    found = parsed(make_result(metrics=tuple(twins), trials=(make_trial(0, values=values),)))["perfkit_a_b_bytes"]
    assert {s.labels["metric"]: s.value for s in found if s.labels.get("quantile") == "0.5"} == values


def test_help_texts_are_escaped() -> None:
    odd = msgspec.structs.replace(CATALOGUE[0], help='a\\b\n"c"')
    assert 'a\\b\n"c"' in [family.documentation for family in families(export(make_result(metrics=(odd,))))]


@given(results())
def test_any_result_is_valid_and_says_the_same_in_the_older_format(result: Result) -> None:
    text = export(result)
    new = [s for family in families(text) for s in family.samples]
    old = [s for family in text_format.text_string_to_metric_families(text) for s in family.samples]
    assert [(s.name, s.value) for s in new] == [(s.name, s.value) for s in old]
    assert {s.labels["scenario"] for s in new} == {result.scenario.name}
    failed = dict.fromkeys((spec.name for spec in result.scenario.targets), 0.0)
    for each in new:
        if each.name == "perfkit_trials_total" and each.labels["outcome"] != "ok":
            failed[each.labels["target"]] += each.value
    assert failed == failures(result)
