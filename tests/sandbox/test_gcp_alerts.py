"""What the emulated Google Cloud takes of alert policies and measures of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Engine, emulator_of

POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
METRIC = "gcp:monitoring/metricDescriptor:MetricDescriptor"
QUERY = {"query": "up > 1", "duration": "0s", "evaluationInterval": "60s"}
ALERT: dict[str, Any] = {
    "displayName": "errors",
    "combiner": "OR",
    "severity": "ERROR",
    "conditions": [{"displayName": "errors", "conditionPrometheusQueryLanguage": QUERY}],
    "alertStrategy": {"autoClose": "1800s"},
}
REFUNDS: dict[str, Any] = {
    "type": "custom.googleapis.com/groundplan/refunds",
    "metricKind": "GAUGE",
    "valueType": "DOUBLE",
    "labels": [{"key": "stack", "valueType": "STRING"}],
    "project": "acme",
}


def _query(**changes: str) -> list[dict[str, Any]]:
    return [{"displayName": "errors", "conditionPrometheusQueryLanguage": QUERY | changes}]


@pytest.mark.parametrize(("type_", "inputs"), [(POLICY, ALERT), (METRIC, REFUNDS)])
def test_what_cloud_monitoring_takes_passes(type_: str, inputs: dict[str, Any]) -> None:
    """
    A policy and a measure as they should be are accepted.
    """
    assert [] == list(emulator_of(type_).check(type_, inputs))


@pytest.mark.parametrize(
    ("type_", "inputs", "path"),
    [
        (POLICY, {"combiner": "ANY"}, "combiner"),
        (POLICY, {"severity": "HIGH"}, "severity"),
        (POLICY, {"conditions": ALERT["conditions"] * 7}, "conditions"),
        (
            POLICY,
            {"conditions": _query(evaluationInterval="45s")},
            "conditions.conditionPrometheusQueryLanguage.evaluationInterval",
        ),
        (POLICY, {"conditions": _query(duration="1m")}, "conditions[0].conditionPrometheusQueryLanguage.duration"),
        (METRIC, {"type": "groundplan/refunds"}, "type"),
        (METRIC, {"metricKind": "COUNTER"}, "metricKind"),
        (METRIC, {"valueType": "FLOAT"}, "valueType"),
        (METRIC, {"labels": [{"key": "cost-centre"}]}, "labels[0].key"),
    ],
)
def test_what_cloud_monitoring_refuses_is_refused(type_: str, inputs: dict[str, Any], path: str) -> None:
    """
    Words, spans and names that its API does not take are named.
    """
    good = ALERT if type_ == POLICY else REFUNDS

    assert [path] == [found.property for found in emulator_of(type_).check(type_, good | inputs)]


def test_a_measure_of_a_shared_project_is_written_over(engines: dict[str, Engine]) -> None:
    """
    Two stacks may both say what a measure is: that is no conflict, and it is one measure.
    """
    gcp = engines["gcp"]

    assert gcp.create(METRIC, "one", REFUNDS)[0] == gcp.create(METRIC, "two", REFUNDS)[0]
