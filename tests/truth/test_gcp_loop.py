"""Monitors and pipelines planned on Google Cloud, held against Google's own description of its APIs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.clouds.gcp.workflow import LONGEST_SOURCE
from components.training.contract import CHANNELS
from tests.truth.gcp_discovery import api
from tests.truth.gcp_faults import faults
from tests.truth.gcp_promql import Point, evaluate
from tests.truth.gcp_stack import MONITOR, PIPELINE, planned
from tests.truth.gcp_workflow_engine import check_source

EVERYTHING = {
    "baseline": "data/base",
    "drift": {
        "metric": "wasserstein",
        "above": 1e-06,
        "windows": "7 of 7",
        "every": "12h",
        "columns": ["amount"] * 200,
    },
    "data_quality": {"above": "0.01%", "windows": "3 of 7", "every": "1h"},
    "quality": {
        "labels": "gs://elsewhere/labels/",
        "key": "payment",
        "metric": "mape",
        "above": 123456.789,
        "delay": "90d",
        "every": "1d",
        "windows": "7 of 7",
    },
    "bias": {"facet": "age_group", "metric": "recall_difference", "above": 1, "every": "8h"},
    "explain": {"sample": 100_000, "above": 0.001, "answers": "said", "windows": "7 of 7", "every": "12h"},
    "on_breach": "review",
}
COLUMNS = {
    f"{'c' * 59}{n:03d}": {"min": -123456789.125, "max": 1234567890.125, "missing": "12.5%", "unique": True}
    for n in range(500)
}
LINE = {
    **PIPELINE,
    "schedule": "weekly sunday 23:55 Asia/Kathmandu",
    "on": [*(f"scorer.{signal}" for signal in ("drift", "quality", "bias", "data_quality", "explain")), "data"],
    "at_most_every": "52w",
    "approval_wait": "300d",
    "expect": {"rows": {"at_least": 0, "at_most": 10**12}, "columns": COLUMNS},
    "gate": {"metric": "${" + "m" * 62, "goal": "minimize", "better_than": "champion", "by": 0.1, "at_least": -1.5},
}
INPUTS = {f"channel-{n}": f"data/{n}/{'x' * 200}" for n in range(CHANNELS - 1)}
CASES: Mapping[str, Mapping[str, Any]] = {
    "usual": {},
    "monitor-alone": {"pipeline": None},
    "pipeline-alone": {"monitor": None, "pipeline": {**PIPELINE, "on": [], "expect": None, "gate": None}},
    "everything": {"monitor": EVERYTHING, "pipeline": LINE, "training": {"fraud-xgb": {"inputs": INPUTS}}},
    "own-images": {
        "training": {"fraud-xgb": {"runtime": None, "image": "train:1"}},
        "endpoints": {"scorer": {"image": "serve@sha256:" + "0" * 64, "slo": None, "rollout": None}},
        "monitor": {**MONITOR, "baseline": "data/base/"},
    },
}
every_case = pytest.mark.parametrize("case", CASES)


@every_case
def test_google_cloud_takes_all_of_it(case):
    """
    Bodies, names, labels, conditions, definitions and queries of the whole stack are such as the APIs take.
    """
    stack = planned(**CASES[case])

    assert [] == faults(stack)
    assert [] == stack.refusals


@every_case
def test_every_definition_fits_workflows(case):
    """
    Each workflow is in the language, and not too large, also with as many columns as a pipeline may have.
    """
    for workflow in planned(**CASES[case]).all("gcp:workflows/workflow:Workflow"):
        check_source(workflow.at("sourceContents"))
        assert len(workflow.at("sourceContents").encode()) <= LONGEST_SOURCE, workflow.name


def _published(hours: float, value: float, signal: str = "drift") -> Point:
    of = {"stack": "fraud-detection-prod", "endpoint": "scorer", "job": "monitor", "task_id": "inputs-1h"}
    return Point(f"custom_googleapis_com:groundplan_{signal}", of, hours * 3600, value)


@pytest.mark.parametrize(
    ("windows", "values", "opens"),
    [
        ("1 of 1", [0.1, 0.3], True),
        ("1 of 1", [0.3, 0.1], False),
        ("2 of 3", [0.3, 0.1, 0.3], True),
        ("2 of 3", [0.3, 0.1, 0.1, 0.3], False),
        ("2 of 3", [0.3, None, 0.3], True),
        ("3 of 3", [0.3, 0.3, None], False),
        ("7 of 7", [0.3] * 7, True),
        ("7 of 7", [0.3] * 6, False),
        ("2 of 2", [0.2, 0.2], False),
    ],
)
def test_an_alarm_counts_windows(windows, values, opens):
    """
    So many of the last so many must be beyond the bound; one without a figure is not, nor is the bound itself.
    """
    stack = planned({"drift": {"above": 0.2, "windows": windows}}, None)
    (query,) = (
        r.at("conditions.0.conditionPrometheusQueryLanguage.query")
        for r in stack.all("gcp:monitoring/alertPolicy:AlertPolicy")
        if r.name == "scorer-alarm-drift"
    )
    points = [_published(10 + n, value) for n, value in enumerate(values) if value is not None]

    for minutes in (1, 30, 59):
        assert opens == bool(evaluate(query, points, (9 + len(values)) * 3600 + minutes * 60)[0]), minutes


def test_the_worse_of_columns_and_answers_counts():
    """
    Drift of the answers alone opens the alarm of drift, and another endpoint's opens none.
    """
    policies = planned(pipeline=None).all("gcp:monitoring/alertPolicy:AlertPolicy")
    query = next(r for r in policies if r.name == "scorer-alarm-drift").at(
        "conditions.0.conditionPrometheusQueryLanguage.query"
    )
    answers = [_published(10 + n, 0.5, "prediction_drift") for n in range(2)]
    other = [Point(p.name, {**p.labels, "endpoint": "other"}, p.at, p.value) for p in answers]

    assert evaluate(query, answers, 11.5 * 3600)[0]
    assert not evaluate(query, other, 11.5 * 3600)[0]


def test_permissions_do_not_grow_with_pipelines():
    """
    A second pipeline takes no right that the first does not have: every grant stands already.
    """
    one, two = planned(), planned(pipelines={"weekly": dict(PIPELINE)})

    def rights(stack: Any) -> list[str]:
        return sorted(json.dumps(r.inputs, sort_keys=True) for r in stack if "IAM" in r.type and "topic" not in r.type)

    assert rights(one) == rights(two)


def test_further_permissions_are_of_methods_and_few():
    """
    A loop takes at most three rights that a stack without one has not, each of a method that its API has.
    """

    def permissions(stack: Any) -> set[str]:
        roles = stack.all("gcp:projects/iAMCustomRole:IAMCustomRole")
        return {permission for role in roles for permission in role.at("permissions")}

    further = permissions(planned()) - permissions(planned(None, None))

    documents = {"workflows": "workflowexecutions.v1", "storage": "storage.v1"}
    assert {"workflows.executions.create", "workflows.executions.get", "storage.objects.list"} >= further
    for service, resource, verb in (permission.split(".") for permission in further):
        assert f'.{resource}.{verb}"' in json.dumps(api(documents[service])), resource
