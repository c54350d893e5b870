"""Calls in state machines, pipelines and workflows are judged as resources are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.pack import rule
from policies.resource import Resource
from policies.settings import Settings

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
JOB = {
    "AlgorithmSpecification": {"TrainingInputMode": "File"},
    "EnableNetworkIsolation": True,
    "OutputDataConfig": {"KmsKeyId": KEY},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeKmsKeyId": KEY},
    "VpcConfig": {"Subnets": ["subnet-1"]},
}


def said(name: str, kind: str, inputs: dict[str, Any]) -> list[str]:
    """What a rule says of a resource."""
    resource = Resource("urn:r", kind, inputs)
    return [breach.message for breach in rule(name).breaches(resource, Settings())]


def machine(states: dict[str, Any]) -> dict[str, Any]:
    return {"definition": json.dumps({"StartAt": "Train", "States": states})}


def task(request: Any, key: str = "Arguments") -> dict[str, Any]:
    arn = "arn:aws:states:::sagemaker:createTrainingJob.sync"
    return machine({"Train": {"Type": "Task", "Resource": arn, key: request}})


STATES = "aws:sfn/stateMachine:StateMachine"


@pytest.mark.parametrize("key", ["Arguments", "Parameters"])
def test_a_task_is_judged_by_its_request(key: str):
    """
    A job that a state machine starts keeps or breaks a rule as a job of the stack does, and the task is named.
    """
    assert [] == said("GP-SEC-009", STATES, task(JOB, key))

    [message] = said("GP-SEC-009", STATES, task(JOB | {"OutputDataConfig": {}}, key))
    assert message.startswith(f"in definition.States.Train.{key}, outputDataConfig.kmsKeyId is not set")


def test_a_task_within_a_map_is_found():
    """
    Jobs in branches and maps are jobs too.
    """
    inner = json.loads(task(JOB | {"VpcConfig": {}})["definition"])
    for holder in ({"Branches": [inner]}, {"ItemProcessor": inner}):
        assert said("GP-SEC-010", STATES, machine({"Many": holder}))


@pytest.mark.parametrize(
    "config",
    [
        {"VolumeKmsKeyId": "{% $key %}", "InstanceType": "ml.m5.xlarge"},
        {"VolumeKmsKeyId.$": "$.key", "InstanceType": "ml.m5.xlarge"},
        "{% $machines %}",
    ],
)
def test_what_an_expression_makes_may_be_right(config: Any):
    """
    A value that only a run will tell breaks nothing.
    """
    assert [] == said("GP-SEC-009", STATES, task(JOB | {"ResourceConfig": config}))


def test_a_part_lacks_only_what_is_nowhere():
    """
    A request put together from parts breaks a rule by what it has, and by what no part has.
    """
    part = {key: value for key, value in JOB.items() if key != "EnableNetworkIsolation"}
    prepare = {"Type": "Pass", "Assign": {"job": part}}
    merged = "{% $merge([$job, {'EnableNetworkIsolation': true}]) %}"

    assert [] == said("GP-SEC-010", STATES, machine({"P": prepare, "T": {"Arguments": merged}}))
    assert said("GP-SEC-010", STATES, machine({"P": prepare, "T": {"Arguments": "{% $job %}"}}))
    wrong = {"Type": "Pass", "Assign": {"job": part | {"EnableNetworkIsolation": False}}}
    assert said("GP-SEC-010", STATES, machine({"P": wrong, "T": {"Arguments": merged}}))


def test_steps_of_a_pipeline_are_judged():
    """
    A SageMaker pipeline's training step is a training job; its parameters are known at run time only.
    """
    kind = "aws:sagemaker/pipeline:Pipeline"

    def pipeline(request: dict[str, Any]) -> dict[str, Any]:
        steps = [{"Name": "Train", "Type": "Training", "Arguments": request}]
        return {"pipelineDefinition": json.dumps({"Version": "2020-12-01", "Steps": steps})}

    assert [] == said("GP-SEC-009", kind, pipeline(JOB))
    assert [] == said("GP-SEC-009", kind, pipeline(JOB | {"OutputDataConfig": {"KmsKeyId": {"Get": "Parameters.Key"}}}))
    assert said("GP-SEC-009", kind, pipeline(JOB | {"OutputDataConfig": {"S3OutputPath": "s3://models/"}}))


WORKFLOW = """
main:
  steps:
    - describe:
        assign:
          - job:
              displayName: train
              jobSpec:
                workerPoolSpecs: [{machineSpec: {machineType: n2-standard-4}}]
%s
"""


def test_jobs_of_a_workflow_are_judged_as_yaml_too():
    """
    A Vertex AI job in a workflow needs its key, which a later step may also set.
    """
    kind = "gcp:workflows/workflow:Workflow"
    bare, later = WORKFLOW % "", WORKFLOW % "          - job.encryptionSpec: ${given.key}"

    [message] = said("GP-SEC-009", kind, {"sourceContents": bare})
    assert "encryptionSpec.kmsKeyName is not set" in message
    assert [] == said("GP-SEC-009", kind, {"sourceContents": later})


@pytest.mark.parametrize("text", ["", "no JSON {", "[1, 2]", "null", '"text"'])
def test_what_is_no_definition_breaks_nothing(text: str):
    """
    The cloud itself refuses what is no definition.
    """
    assert [] == said("GP-SEC-009", STATES, {"definition": text})
    assert [] == said("GP-SEC-009", "aws:sagemaker/pipeline:Pipeline", {"pipelineDefinition": text})


@pytest.mark.parametrize(
    ("name", "told"),
    [("GP-SEC-009", "encryptionSpec.kmsKeyName"), ("GP-SEC-010", "trialJobSpec.")],
)
def test_the_trials_of_a_search_are_judged_as_jobs(name: str, told: str):
    """
    A workflow that starts a search of Vertex AI keeps or breaks a rule by what it says of the trials.
    """
    reach = {"networkAttachment": "projects/p/regions/r/networkAttachments/a"}
    key = "projects/p/locations/r/keyRings/k/cryptoKeys/c"
    spec: dict[str, Any] = {"workerPoolSpecs": [{"machineSpec": {"machineType": "n2-standard-4"}}]}
    good = {"encryptionSpec": {"kmsKeyName": key}, "trialJobSpec": {**spec, "pscInterfaceConfig": reach}}

    def workflow(job: dict[str, Any]) -> dict[str, Any]:
        steps = [{"search": {"call": "http.post", "args": {"body": job}}}]
        return {"sourceContents": json.dumps({"main": {"steps": steps}})}

    assert [] == said(name, "gcp:workflows/workflow:Workflow", workflow(good))
    [message] = said(name, "gcp:workflows/workflow:Workflow", workflow({"trialJobSpec": spec}))
    assert told in message
