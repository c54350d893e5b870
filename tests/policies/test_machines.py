"""Which machines a resource asks for, and what they cost."""

import json

import pytest

from policies.machines import fleets, has_gpus, region_of
from policies.resource import Resource
from policies.values import UNKNOWN

VARIANTS = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
MACHINE = "aws:sfn/stateMachine:StateMachine"
WORKFLOW = "gcp:workflows/workflow:Workflow"
POOL = "gcp:container/nodePool:NodePool"


def asked(kind, inputs, **more):
    """Name, least and most of each fleet."""
    return [(f.name, f.least, f.most) for f in fleets(Resource("urn", kind, inputs, **more))]


def test_every_variant_of_an_endpoint_is_a_fleet_of_its_own():
    """
    Variants count by their managed scaling where they have it; serverless ones have no machines.
    """
    scaled = {"instanceType": "ml.g5.xlarge", "managedInstanceScaling": {"minInstanceCount": 1, "maxInstanceCount": 3}}
    fixed = {"instanceType": "ml.m5.large", "initialInstanceCount": 2.0}
    serverless = {"serverlessConfig": {"maxConcurrency": 5, "memorySizeInMb": 2048}}

    found = asked(VARIANTS, {"productionVariants": [scaled, serverless], "shadowProductionVariants": [fixed]})

    assert [("ml.g5.xlarge", 1, 3), ("ml.m5.large", 2, 2)] == found


def test_a_search_for_hyperparameters_takes_as_many_machines_as_it_runs_jobs_at_a_time():
    """
    Machines of one trial, times the trials at a time.
    """
    inputs = {
        "config": {"resourceLimits": {"maxParallelTrainingJobs": 4}},
        "trainingJobDefinition": {"resourceConfig": {"instanceType": "ml.m5.large", "instanceCount": 2}},
    }

    assert [("ml.m5.large", 0, 8)] == asked("aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob", inputs)


def test_a_search_that_a_workflow_starts_takes_machines_for_all_trials_at_a_time():
    """
    So does one of SageMaker's or Vertex AI's that a state machine or a workflow starts later.
    """
    job = {"Arguments": {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2}}}
    config = {"Config": {"ResourceLimits": {"MaxParallelTrainingJobs": 4}}}
    pool = {"machineSpec": {"machineType": "n2-standard-4"}, "replicaCount": "1"}
    text = json.dumps({"main": {"given": {"limits": {"parallelTrialCount": 3}, "pools": [pool]}}})

    assert [("ml.m5.large", 0, 8)] == asked(
        MACHINE, {"definition": json.dumps({"States": {"Job": job, "Find": config}})}
    )
    assert [("n2-standard-4", 0, 3)] == asked(WORKFLOW, {"sourceContents": text})


def test_a_job_that_a_state_machine_tries_twice_is_one():
    """
    The same call on spot and on demand is not two fleets.
    """
    job = {"Arguments": {"ResourceConfig": {"InstanceType": "ml.g5.xlarge", "InstanceCount": 2}}}

    assert [("ml.g5.xlarge", 0, 2)] == asked(
        MACHINE, {"definition": json.dumps({"States": {"OnSpot": job, "OnDemand": job}})}
    )


def test_pools_of_one_vertex_job_are_counted_each():
    """
    The first pool of a job has its chief, and the second one may be like it.
    """
    pool = {"machineSpec": {"machineType": "g2-standard-4"}, "replicaCount": 1}
    text = json.dumps({"main": {"steps": [{"job": {"workerPoolSpecs": [pool, pool]}}]}})

    assert [("g2-standard-4", 0, 1), ("g2-standard-4", 0, 1)] == asked(WORKFLOW, {"sourceContents": text})


def test_a_workflow_in_yaml_is_read_as_one_in_json():
    """
    Google's workflows are YAML as people write them.
    """
    text = "main:\n  steps:\n  - deploy:\n      args:\n        machineSpec: {machineType: n2-standard-4}\n"

    assert [("n2-standard-4", 0, 1)] == asked(WORKFLOW, {"sourceContents": text})


@pytest.mark.parametrize("text", [UNKNOWN, "{", "main: [", "{% $x %}", '{"InstanceType": "{% $given %}"}'])
def test_what_cannot_be_read_asks_for_nothing(text):
    """
    A document that is unknown, broken, or filled in by its run names no machine.
    """
    assert [] == asked(MACHINE, {"definition": text})


@pytest.mark.parametrize(
    ("kind", "inputs", "provider", "region"),
    [
        (VARIANTS, {"region": "eu-west-1"}, {"region": "us-east-1"}, "eu-west-1"),
        (VARIANTS, {}, {"region": "us-east-1"}, "us-east-1"),
        (VARIANTS, {"kmsKeyArn": "arn:aws:kms:ap-south-1:111122223333:key/1"}, {}, "ap-south-1"),
        (VARIANTS, {"executionRoleArn": "arn:aws:iam::111122223333:role/r"}, {}, ""),
        ("gcp:workbench/instance:Instance", {"location": "europe-west4-b"}, {}, "europe-west4"),
        (POOL, {"location": "europe-west4"}, {}, "europe-west4"),
        ("azure-native:machinelearningservices:Compute", {"location": "West Europe"}, {}, "westeurope"),
    ],
)
def test_a_resource_is_where_it_says_or_where_its_provider_is(kind, inputs, provider, region):
    """
    Its own region, its provider's, or the one in the ARNs it names; a zone is in its region.
    """
    assert region == region_of(Resource("urn", kind, inputs, provider=provider))


def test_a_card_that_is_added_to_a_machine_is_in_its_price():
    """
    An n1 with a T4 costs more than by itself, at Compute Engine's price.
    """
    base = {"location": "us-central1-a", "nodeConfig": {"machineType": "n1-standard-4"}}
    card = {"guestAccelerators": [{"type": "nvidia-tesla-t4", "count": 1}]}

    (plain,) = fleets(Resource("urn", POOL, base))
    (added,) = fleets(Resource("urn", POOL, {**base, "nodeConfig": {**base["nodeConfig"], **card}}))

    assert (0, 1) == (plain.gpus, added.gpus)
    assert added.accelerator == "T4"
    assert plain.usd == pytest.approx(0.19, rel=0.01)
    assert added.usd == pytest.approx(0.54, rel=0.01)


def test_what_has_no_price_has_none():
    """
    Neither a machine nobody knows, nor EC2's own, nor a known one in a region that is not told, costs 0.
    """
    node = Resource("urn", "aws:eks/nodeGroup:NodeGroup", {"region": "us-east-1", "instanceTypes": ["g5.xlarge"]})
    notebook = "aws:sagemaker/notebookInstance:NotebookInstance"
    odd = Resource("urn", notebook, {"region": "us-east-1", "instanceType": "ml.odd.large"})
    nowhere = Resource("urn", notebook, {"instanceType": "ml.m5.large"})

    assert [None, None, None] == [f.usd for r in (node, odd, nowhere) for f in fleets(r)]
    assert has_gpus(node)
