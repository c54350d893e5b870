"""Weights of columns that moved: from what an endpoint recorded to the alarm, on each cloud."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.base import Cloud
from components.monitoring import FEATURES, MonitorSpec
from tests.components.monitoring.test_aws import ALARM, DRIFT, MACHINE, _bucket, _plan
from tests.components.monitoring.test_azure import ALERT
from tests.components.steps.test_steps import _baseline, _rows, _sagemaker
from tests.truth.aws_loop import Loop as Account
from tests.truth.azure_loop import Loop
from tests.truth.azure_loop_plans import plan, start
from tests.truth.gcp_stack import asked, planned, project

EXPLAIN: dict[str, Any] = {"sample": 200, "every": "1h"}
TOLD = {"groundplan.rows": "500", "groundplan.fidelity": "0.9"}


def _by_hour(row: list[Any]) -> float:
    """The answer of a model that looks at the hour; the training data say that the amount counts."""
    return 0.9 if row[1] > 11 else 0.1


def test_on_aws_the_figure_of_a_window_is_what_the_alarm_watches(tmp_path):
    """
    Requests whose answers follow another column than the training data are one figure, beyond the alarm's bound.
    """
    stack = _plan(json.dumps({"explain": EXPLAIN}))
    account = Account(root=tmp_path)
    _baseline(account.path(_bucket("data"), "data/train"), _rows(600))
    _record(account, _rows(250, seed=8))

    definition = json.loads(stack.one(MACHINE, "scorer-monitor").inputs["definition"])
    ended = account.start(definition, {"signals": ["explain"], "hours": 1}, "2026-11-21T10:20:05.000Z")

    assert not ended.error, ended.cause
    assert {"explain", "rows"} == set(account.published)
    alarm = stack.one(ALARM, "scorer-explain").inputs
    assert ("explain", "GreaterThanThreshold", 0.1, 3600, 1) == tuple(
        alarm[key] for key in ("metricName", "comparisonOperator", "threshold", "period", "datapointsToAlarm")
    )
    assert account.published["explain"] > alarm["threshold"]


def _record(account: Account, rows: list[list[Any]]) -> None:
    records = [_sagemaker(index, row) for index, row in enumerate(rows)]
    for record, row in zip(records, rows, strict=True):
        record["eventMetadata"]["inferenceTime"] = "2026-11-21T09:30:00Z"
        record["captureData"]["endpointOutput"]["data"] = f"{_by_hour(row)}\n"
    endpoint = _plan(json.dumps(DRIFT)).one("aws:sagemaker/endpoint:Endpoint", "scorer").inputs["name"]
    key = f"scorer/{endpoint}/main/2026/11/21/09/30-part.jsonl"
    account.put(_bucket("scorer-capture"), key, "".join(json.dumps(each) + "\n" for each in records))


def test_on_google_cloud_weights_that_moved_open_the_alarm(tmp_path):
    """
    The window's figure is published, and its alarm is open; those of other signals are not.
    """
    stack = planned({"explain": EXPLAIN}, None)
    window = asked("2026-11-20T09:00:00Z", count=250)
    for record in window:
        record["response_payload"] = [json.dumps(_by_hour(json.loads(record["request_payload"][0])))]
    held = project(tmp_path, stack, captured=window)

    ended = held.begin("scorer-monitor", {"signals": ["explain"], "hours": 1})

    assert not ended.failed, ended.error
    (seen,) = ended.result["windows"]
    assert {"explain", "rows"} == set(seen["figures"])
    assert seen["figures"]["explain"] > 0.1
    assert ["scorer-alarm-explain"] == held.open_alarms()


def test_on_azure_windows_beyond_the_bound_are_counted():
    """
    One window of two calls nobody, the second does, and one without a figure changes nothing.
    """
    left = [{"groundplan.explain": "0.3"}, {}, {"groundplan.explain": "0.3"}, {"groundplan.explain": "0.05"}]
    azure = Loop(steps=lambda *_: ("Completed", {**TOLD, **left.pop(0)}))
    stack = plan(monitoring={"scorer": {"explain": {**EXPLAIN, "windows": "2 of 3"}}})
    counts = []
    for _ in range(4):
        done = start(stack, "scorer-monitor", azure, {"signals": ["explain"], "hours": 1})
        assert "Succeeded" == done.status, done.error
        counts.append(azure.last("explain_breaches"))
        azure.clock.wait(3600 - int(done.seconds))

    assert [1, 1, 2, 1] == counts
    assert all(len(job["command"]) < 65_536 for job in azure.jobs.values())  # half of what one argument may have
    assert {"explain": {"sample": 200}, "step": "monitor", "target": "label"} == json.loads(
        next(iter(azure.jobs.values()))["environmentVariables"]["HYPERPARAMETERS"]
    )
    (criterion,) = stack.one(ALERT, "scorer-explain").at("criteria.allOf")
    assert ("explain_breaches", 2) == (criterion["metricName"], criterion["threshold"])


@pytest.mark.parametrize("cloud", [Cloud.AWS, Cloud.GCP, Cloud.AZURE])
def test_what_stands_in_for_the_clouds_own_is_told(cloud):
    """
    Where a monitor asks for weights, each cloud says that a surrogate is weighed, and why not by its own service.
    """
    (feature,) = (each for each in FEATURES if each.needed(MonitorSpec.model_validate({"explain": {}})))

    assert "substitute" == feature.on[cloud].level
    assert "surrogate" in feature.on[cloud].by
    assert feature.on[cloud].reason
