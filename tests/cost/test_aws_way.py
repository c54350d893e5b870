"""Transitions on AWS: what is counted from a definition is what a run goes through, or a little more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundplan.cost.services.aws_often import RELEASE_POLL
from groundplan.cost.services.aws_way import longest_way, shortest_way, volume
from groundplan.testing import Planned
from tests.components.batch import test_aws as batch
from tests.components.budget import aws_stack
from tests.components.endpoint.aws_rollouts import CANARY, planned, release
from tests.components.features import test_aws as features
from tests.components.pipeline import test_aws as pipeline
from tests.components.training import test_aws as training
from tests.truth.aws_batch import FakeBatch
from tests.truth.aws_features import FakeFeatureStore
from tests.truth.aws_loop import Loop
from tests.truth.aws_sagemaker import FakeSageMaker, Job
from tests.truth.aws_states import Ended

MACHINE = "aws:sfn/stateMachine:StateMachine"
_loop = pipeline._loop  # the fixture `loop`: an account with data, a model that serves, and a training
POLLS = {"Wait", "Look", "HasSettled", "Bake", "Alarms", "IsGood", "Calm", "IsCalm", "CalmDown"}
"""States of a release whose further rounds are counted by the time that they take."""


def _definition(planned: Planned, name: str = "") -> dict[str, Any]:
    return json.loads((planned.one(MACHINE, name) if name else planned.one(MACHINE)).inputs["definition"])


def _passed(ended: Ended) -> int:
    """States of a run that went well, those of polls once each."""
    assert "" == ended.error, ended.cause
    return sum(1 for name in ended.states if name not in POLLS) + len(POLLS & set(ended.states))


def test_a_look_below_the_budgets_limit_goes_the_way_that_is_counted():
    """
    The usual look of the hard stop is the shortest one: it finds nothing to do.
    """
    ended = aws_stack.look(aws_stack.account(spend=aws_stack.BELOW))

    assert _passed(ended) == shortest_way(aws_stack.definition("stop"))


def test_a_training_goes_the_way_that_is_counted():
    """
    The longest way is that of a run without spot capacity, which goes on on demand; on spot it is shorter by a job.
    """
    way = longest_way(_definition(training._planned()))

    on_spot = _passed(training._run({}, FakeSageMaker([Job()])))
    on_demand = _passed(training._run({}, FakeSageMaker([training.WAITED, Job()])))

    assert on_spot < on_demand == way


def test_a_batch_run_goes_the_way_that_is_counted():
    """
    A run that scores with the newest version is counted state for state, but for the wait for files that arrive.
    """
    way = longest_way(_definition(batch._planned(), "nightly-batch"))

    assert _passed(batch._run({}, FakeBatch())) <= way <= _passed(batch._run({}, FakeBatch())) + 1


def test_a_materialization_goes_the_way_that_is_counted():
    """
    One that writes rows and tells their age passes each state on the way; what a row takes is a run of its own.
    """
    row = {"c0": "a", "c1": "2026-11-21T00:00:00.000Z", "c2": "1", "c3": "3", "c4": "x", "c5": "1", "c6": "[1.0]"}

    ended = features._run(FakeFeatureStore([row]))

    assert _passed(ended) == longest_way(_definition(features._planned()))


@pytest.mark.parametrize("rollout", [None, False, CANARY])
def test_a_release_is_counted_in_full(rollout):
    """
    A release in steps, at once or by guardrails passes no more states than are counted, and not far from half of them.
    """
    fields = {"rollout": {"steps": ["10%", "50%"], "bake": "15m"} if rollout is None else rollout or None}
    way = longest_way(_definition(planned(**fields)))

    passed = _passed(release({"version": "12"}, FakeSageMaker(), rollout))

    assert passed <= way <= 2.5 * passed


def test_a_pipeline_is_counted_in_full(loop: Loop):
    """
    From the check of the data to the release: what waits for a person, or copies a large model, is counted besides.
    """
    passed = _passed(pipeline._run(loop))

    assert passed <= longest_way(_definition(pipeline._planned(), "nightly-pipeline")) <= 1.5 * passed


def test_a_release_looks_as_often_as_is_counted():
    """
    Its polls come as far apart as the price of its states assumes.
    """
    waits = [s["Seconds"] for s in _definition(planned())["States"].values() if isinstance(s.get("Seconds"), int)]

    assert {RELEASE_POLL.seconds} == set(waits)


def _states(**states: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "A", "States": states}


def test_a_way_that_fails_is_not_counted():
    """
    Of two ways the longer one that succeeds counts: failures end a run, and what is caught is no part of a normal one.
    """
    definition = _states(
        A={"Type": "Choice", "Choices": [{"Next": "B"}, {"Next": "End"}], "Default": "C"},
        B={"Type": "Task", "Catch": [{"Next": "C"}], "Next": "End"},
        C={"Type": "Pass", "Next": "D"},
        D={"Type": "Pass", "Next": "Failed"},
        End={"Type": "Succeed"},
        Failed={"Type": "Fail"},
    )

    assert 3 == longest_way(definition)


def test_a_loop_is_gone_through_once():
    """
    Wait, look and decide count once each; how often they come again is a matter of time.
    """
    definition = _states(
        A={"Type": "Pass", "Next": "Wait"},
        Wait={"Type": "Wait", "Next": "Look"},
        Look={"Type": "Task", "Next": "Done"},
        Done={"Type": "Choice", "Choices": [{"Next": "End"}], "Default": "Wait"},
        End={"Type": "Succeed"},
    )

    assert 5 == longest_way(definition)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"InstanceCount": 2, "VolumeSizeInGB": 50}', (50, 2)),
        (json.dumps('{% {"InstanceCount": 1, "VolumeSizeInGB": 100} %}'), (100, 1)),
        ('{"InstanceCount": 2}', None),
    ],
)
def test_volumes_of_jobs_are_found_in_expressions_too(text, found):
    """
    A request of a job may stand in the definition as it is, or within an expression; machines with a disk have none.
    """
    assert found == volume(text)
