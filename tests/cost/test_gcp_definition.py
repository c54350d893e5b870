"""The steps that an estimate reads off a workflow are those that executions of it take."""

from __future__ import annotations

from typing import Any

import pytest

from components.batch import BatchSpec
from components.budget import BudgetSpec
from components.endpoint import EndpointSpec
from components.features import FeaturesSpec
from components.foundation import FoundationSpec
from components.training import TrainingSpec
from groundplan.cost.services.gcp_definition import definition, given
from groundplan.testing.component import plan_component
from tests.truth.gcp_batch import BatchProject
from tests.truth.gcp_features import FakeFeatures
from tests.truth.gcp_project import Job, Project
from tests.truth.gcp_stop import StopProject, message
from tests.truth.gcp_traffic import Traffic

WORKFLOW = "gcp:workflows/workflow:Workflow"
VERSION = {
    "labels": {"approval": "approved"},
    "artifactUri": "gs://b/m",
    "containerSpec": {"imageUri": "us-docker.pkg.dev/p/r/i:1"},
}
SLACK = 15
"""Steps by which a definition is read as longer: words of a start that nobody gives, inputs that are not there."""


def _source(planned: Any, name: str | None = None) -> str:
    return planned.one(WORKFLOW, name).inputs["sourceContents"]


@pytest.mark.parametrize("seconds", [600, 3600, 14_400])
@pytest.mark.parametrize("spot", [{}, {"spot": {"max_wait": "8h"}}])
def test_a_run_takes_as_many_steps_as_its_length_says(seconds, spot):
    """
    Longer runs are looked at more often, and spot that is there costs no second attempt.
    """
    fields = {"image": "a:1", "machine": {"cpu": 4}, "checkpoint": {"every": "10m"}, "max_run": "4h", **spot}
    source = _source(plan_component("training", "gcp", TrainingSpec.model_validate(fields), name="fraud"))
    project = Project([Job(after=seconds)])
    project.run(source)

    steps = definition(source).executed({"train": seconds})

    assert project.engine.steps <= steps <= project.engine.steps + SLACK


def test_a_batch_run_takes_as_many_steps_as_its_length_says():
    """
    An hour of scoring is 120 looks of four steps, and what is before and after.
    """
    fields = {"model": "m", "input": "data/in", "output": "data/out/", "machine": {"cpu": 4}, "max_run": "2h"}
    ground = FoundationSpec(scores=True)
    planned = plan_component("batch", "gcp", BatchSpec.model_validate(fields), name="nightly", foundation=ground)
    source = _source(planned, "nightly-batch")
    project = BatchProject([Job(after=3600)])
    project.add_version(given(source)["model"], **VERSION)
    project.run(source)

    steps = definition(source).executed({"score": 3600})

    assert project.engine.steps <= steps <= project.engine.steps + SLACK


def test_a_materialization_takes_as_many_steps_as_its_jobs_are_looked_at():
    """
    Three jobs of BigQuery of 20 seconds, each looked at every 5, and the online store told.
    """
    view = {
        "entity": "card",
        "event_time": "at",
        "schema": {"paid": "float"},
        "source": "data/paid/",
        "online": {},
        "materialize": {"every": "1h"},
    }
    spec = FeaturesSpec.model_validate({"entities": {"card": {"key": "id"}}, "views": {"paid": view}})
    source = _source(plan_component("features", "gcp", spec, foundation=FoundationSpec(features=True)))
    fake = FakeFeatures()
    fake.run(source)

    steps = definition(source).executed({"job": 20})

    assert abs(steps - fake.engine.steps) <= SLACK


@pytest.mark.parametrize("rollout", [{}, {"slo": {"errors": "1%"}, "rollout": {"steps": ["10%"], "bake": "10m"}}])
def test_a_release_takes_as_many_steps_as_it_waits(rollout):
    """
    A version takes the place of another, at once or watched in steps. What a broken release had left behind, which is
    cleared away first, counts though it is seldom there: by half too many at the most.
    """
    spec = EndpointSpec.model_validate({"model": "m", "image": "a:1", "machine": {"cpu": 4}, **rollout})
    source = _source(plan_component("endpoint", "gcp", spec, name="ask"), "ask-release")
    known, project = given(source), Project(traffic=Traffic(requests=0))
    taken = []
    for version in ("1", "2"):
        project.add_version(known["model"], **VERSION)
        before = project.engine.steps
        project.run(source, {"version": version})
        taken.append(project.engine.steps - before)
    looks = 60.0 * known["rollout"]["looks"] if known["rollout"] else 0

    steps = definition(source).executed({"wait": 120, "watch": looks})

    assert taken[1] * 0.9 <= steps <= taken[1] * 1.5


def test_a_look_at_what_is_spent_takes_few_steps():
    """
    Below the limit a message of the budget is read, and that is all.
    """
    spec = BudgetSpec.model_validate({"monthly_usd": 300, "hard_stop": True})
    source = _source(plan_component("budget", "gcp", spec, environment="dev"), "budget-stop")
    project = StopProject()
    project.engine.now = 86_400 * 3
    project.run(source, message(given(source)["budget"], 12, 300, "1970-01-01T08:00:00Z", 86_400 * 3))

    steps = definition(source).executed({})

    assert abs(steps - project.engine.steps) <= SLACK
