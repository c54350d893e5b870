"""Spot training has checkpoints where it has something to lose."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.pack import rule
from policies.resource import Resource
from policies.settings import Settings
from policies.values import UNKNOWN

JOB, MACHINE = "aws:sagemaker/trainingJob:TrainingJob", "aws:sfn/stateMachine:StateMachine"


def breaks(kind: str, inputs: dict[str, Any]) -> bool:
    return bool(rule("GP-REL-005").breaches(Resource("urn:r", kind, inputs), Settings()))


@pytest.mark.parametrize(
    ("job", "broken"),
    [
        ({}, True),
        ({"stoppingCondition": {"maxRuntimeInSeconds": 7200}}, True),
        ({"stoppingCondition": {"maxRuntimeInSeconds": 3600}}, False),
        ({"stoppingCondition": {"maxRuntimeInSeconds": UNKNOWN}}, False),
        ({"tags": {"restartable": "true"}}, False),
        ({"checkpointConfig": UNKNOWN}, False),
        ({"enableManagedSpotTraining": False}, False),
    ],
)
def test_long_spot_jobs_need_checkpoints(job: dict[str, Any], broken: bool):
    """
    Short runs may begin anew, and those whose owner says that they may.
    """
    assert broken == breaks(JOB, {"enableManagedSpotTraining": True, **job})


@pytest.mark.parametrize("spelt", ['{"EnableManagedSpotTraining": true', "{'EnableManagedSpotTraining':true"])
def test_a_state_machine_is_read_as_it_is_written(spelt: str):
    """
    Spot is found in a call's arguments, and within an expression.
    """
    call = f"{{% $merge([$job, {spelt}, 'StoppingCondition': {{'MaxRuntimeInSeconds': 43200}}}}]) %}}"
    definition = {"States": {"Fit": {"Arguments": call}}}

    assert breaks(MACHINE, {"definition": json.dumps(definition)})
    assert not breaks(MACHINE, {"definition": json.dumps({**definition, "job": {"CheckpointConfig": {}}})})
    assert not breaks(MACHINE, {"definition": json.dumps(definition).replace("43200", "1800")})
