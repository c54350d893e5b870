"""Monitoring on SageMaker: what is asked of an endpoint becomes figures, and figures alarms."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from groundplan.testing import Planned, plan_blueprint
from tests.components.steps.test_steps import _baseline, _rows, _sagemaker
from tests.truth.aws_loop import Loop
from tests.truth.aws_states import Ended

MACHINE = "aws:sfn/stateMachine:StateMachine"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DRIFT = {"drift": {"metric": "psi", "above": 0.2, "windows": "2 of 3", "every": "1h"}}
QUALITY = {"quality": {"labels": "data/chargebacks/", "metric": "auc", "below": 0.8, "delay": "24h", "every": "1d"}}
BLUEPRINT = {
    "apiVersion": "groundplan/v1",
    "name": "fraud",
    "owner": "risk-ml",
    "training": {
        "fraud": {"runtime": "xgboost", "machine": {"cpu": 4}, "spot": False, "inputs": {"train": "data/train/"}}
    },
    "endpoints": {"scorer": {"model": "fraud", "capture": {"sample": "100%"}}},
    "environments": {"prod": {}},
}


@cache
def _plan(monitor: str) -> Planned:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fraud.yaml"
        path.write_text(json.dumps({**BLUEPRINT, "monitoring": {"scorer": json.loads(monitor)}}))
        return plan_blueprint(path, "prod", "aws")


@pytest.fixture(name="look")
def _look():
    """Start the monitor of an account."""

    def start(loop: Loop, given: dict[str, Any], at: str, **monitor: Any) -> Ended:
        planned = _plan(json.dumps(monitor or DRIFT))
        definition = json.loads(planned.one(MACHINE, "scorer-monitor").inputs["definition"])
        return loop.start(definition, given, at)

    return start


@pytest.fixture(name="loop")
def _loop(tmp_path) -> Loop:
    """An account whose data bucket has what the model was trained on."""
    loop = Loop(root=tmp_path)
    _baseline(loop.path(_bucket("data"), "data/train"), _rows(1000))
    return loop


def _bucket(logical: str) -> str:
    return _plan(json.dumps(DRIFT)).one("aws:s3/bucket:Bucket", logical).inputs["bucket"]


def _asked(loop: Loop, hour: str, rows: list[list[Any]], variant: str = "main", minute: int = 30) -> None:
    """What SageMaker records of an hour's requests."""
    day, _space, of = hour.partition(" ")
    records = [_sagemaker(i, row) for i, row in enumerate(rows)]
    for record in records:
        record["eventMetadata"]["inferenceTime"] = f"{day}T{of}:{minute:02}:00Z"
    endpoint = _plan(json.dumps(DRIFT)).one("aws:sagemaker/endpoint:Endpoint", "scorer").inputs["name"]
    key = f"scorer/{endpoint}/{variant}/{day.replace('-', '/')}/{of}/{minute}-part.jsonl"
    loop.put(_bucket("scorer-capture"), key, "".join(json.dumps(r) + "\n" for r in records))


def test_a_calm_window_and_one_that_moved(look, loop):
    """
    The requests of the last whole hour alone become figures: small where they look like the training's, large else.
    """
    _asked(loop, "2026-11-21 09", _rows(600, seed=8))
    _asked(loop, "2026-11-21 10", _rows(600, shift=60, seed=9))

    calm = look(loop, {"signals": ["drift"], "hours": 1}, "2026-11-21T10:20:05.000Z")
    assert not calm.error, calm.cause
    assert loop.published["largest_drift"] == loop.published["drift"] < 0.2 or loop.published["prediction_drift"] < 0.2
    assert 600 == loop.published["rows"]

    moved = look(loop, {"signals": ["drift"], "hours": 1}, "2026-11-21T11:20:09.000Z")
    assert not moved.error, moved.cause
    assert loop.published["drift"] > 0.5
    assert loop.published["largest_drift"] == max(loop.published["drift"], loop.published["prediction_drift"])
    (sent,) = moved.called("PutMetricData")
    assert {"2026-11-21T11:00:00.000Z"} == {one["Timestamp"] for one in sent["MetricData"]}
    (job,) = moved.called("CreateTrainingJob")
    assert job["EnableNetworkIsolation"]
    assert "VpcConfig" in job


def test_a_day_is_few_channels_and_no_hour_of_another(look, loop):
    """
    A window of many hours, which starts within a day, has all of its hours and none besides.
    """
    for hour in ("2026-11-20 14", "2026-11-20 15", "2026-11-20 23", "2026-11-21 03", "2026-11-21 14", "2026-11-21 15"):
        _asked(loop, hour, _rows(100))
    _asked(loop, "2026-11-21 12", _rows(50), variant="candidate")

    ended = look(loop, {"hours": 24}, "2026-11-21T15:20:00.000Z")

    assert not ended.error, ended.cause
    assert 450 == loop.published["rows"]
    assert len(ended.called("CreateTrainingJob")[0]["InputDataConfig"]) <= 20


def test_nobody_asked(look, loop):
    """
    A window without requests runs no job, publishes rows = 0 and no figure, which no alarm takes for a breach.
    """
    ended = look(loop, {}, "2026-11-21T10:20:05.000Z")

    assert not ended.error, ended.cause
    assert {"rows": 0} == loop.published
    assert [] == ended.called("CreateTrainingJob")


def test_quality_is_of_the_window_whose_truth_is_known(look, loop):
    """
    Quality is of the day that ended `delay` ago; while no label has come there is no figure but labelled = 0.
    """
    monitor = {**DRIFT, **QUALITY}
    rows = _rows(300)
    _asked(loop, "2026-11-19 05", rows)
    given = {"signals": ["quality"], "hours": 24}

    none = look(loop, given, "2026-11-21T00:20:05.000Z", **monitor)
    assert not none.error, none.cause
    assert {"labelled": 0} == loop.published
    assert [] == none.called("CreateTrainingJob")

    truth = [json.dumps({"id": f"e{i}", "label": int(row[0] > 110)}) for i, row in enumerate(rows[:200])]
    loop.put(_bucket("data"), "data/chargebacks/1.jsonl", "\n".join(truth))
    ended = look(loop, given, "2026-11-21T00:20:05.000Z", **monitor)
    assert not ended.error, ended.cause
    assert 200 == loop.published["labelled"]
    assert pytest.approx(1.0) == loop.published["quality"]
    assert "rows" not in loop.published


def test_a_broken_monitor_fails_and_says_why(look, loop):
    """
    Data that the step can't read, and a job that can't be made, end the run as failed with the reason.
    """
    _asked(loop, "2026-11-21 09", [[1, 2, "in", 4]])
    unread = look(loop, {}, "2026-11-21T10:20:05.000Z")
    assert "MonitorFailed" == unread.error
    assert "a request has 4 values, and the baseline 3 columns" in unread.cause

    loop.steps.append(("SageMaker.ResourceLimitExceededException", "The limit 'ml.m5.xlarge' is 0"))
    refused = look(loop, {}, "2026-11-21T10:20:06.000Z")
    assert "MonitorFailed" == refused.error
    assert "The limit" in refused.cause


@pytest.mark.parametrize("given", [{"hours": 0}, {"hours": 25}, {"hours": "x"}, {"signals": ["bias"]}, {"odd": 1}])
def test_an_odd_start_is_refused(look, loop, given):
    """
    A start that means nothing fails before it costs anything.
    """
    assert "BadStart" == look(loop, given, "2026-11-21T10:20:05.000Z").error


def test_alarms_are_as_the_blueprint_says():
    """
    One alarm a signal, with bound, windows and the topic; and one for the monitor itself.
    """
    monitor = {**DRIFT, **QUALITY, "bias": {"facet": "country", "above": 0.1}, "data_quality": {"above": "5%"}}
    planned = _plan(json.dumps(monitor))
    found = {alarm.name.removeprefix("scorer-"): alarm.inputs for alarm in planned.all(ALARM)}

    assert (0.2, 3, 2, 3600) == tuple(
        found["drift"][key] for key in ("threshold", "evaluationPeriods", "datapointsToAlarm", "period")
    )
    assert ("LessThanThreshold", 0.8, 86400) == tuple(
        found["quality"][key] for key in ("comparisonOperator", "threshold", "period")
    )
    assert 0.05 == found["data_quality"]["threshold"]
    assert "ExecutionsFailed" == found["failed"]["metricName"]
    assert all(alarm["alarmActions"] and alarm["treatMissingData"] == "notBreaching" for alarm in found.values())
    times = {s.name: s.inputs["scheduleExpression"] for s in planned.all("aws:scheduler/schedule:Schedule")}
    assert {"scorer-every-1h": "cron(20 * * * ? *)", "scorer-every-1d": "cron(20 0 * * ? *)"} == times
    assert [] == planned.refusals
