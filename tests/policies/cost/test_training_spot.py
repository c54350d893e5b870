"""GP-COST-001 on what trains, and how."""

import json

import pytest

from policies.cost.training_spot import RULE
from policies.judge import judge
from policies.resource import Resource
from policies.settings import Settings

COMPUTE = "azure-native:machinelearningservices:Compute"


def found(*resources, environment="dev"):
    """URNs that break the rule."""
    return [f.urn for f in judge(resources, Settings(environment=environment), [RULE])]


def cluster(name, priority, size="Standard_D4s_v3", kind="AmlCompute"):
    """An Azure ML compute."""
    inner = {"vmSize": size, "vmPriority": priority}
    return Resource(
        f"urn:{name}", COMPUTE, {"workspaceName": "w", "properties": {"computeType": kind, "properties": inner}}
    )


def test_a_dedicated_cluster_may_stand_behind_one_of_low_priority():
    """
    On-demand as the fallback of spot is no breach; alone, or beside machines of another size, it is.
    """
    assert [] == found(cluster("spot", "LowPriority"), cluster("fallback", "Dedicated"))
    assert ["urn:alone"] == found(cluster("alone", "Dedicated"))
    assert ["urn:large"] == found(cluster("spot", "LowPriority"), cluster("large", "Dedicated", "Standard_D16s_v3"))


def test_a_compute_instance_trains_nothing():
    """
    A notebook's machine is not asked to be on spot: Azure has none so.
    """
    assert [] == found(cluster("notebook", "Dedicated", kind="ComputeInstance"))


def test_production_may_train_as_it_likes():
    """
    A retraining that is late costs more than its machines.
    """
    assert [] == found(cluster("alone", "Dedicated"), environment="prod")


@pytest.mark.parametrize(
    ("arguments", "broken"),
    [
        ({"EnableManagedSpotTraining": True}, False),
        ({"EnableManagedSpotTraining.$": "$.spot"}, False),
        ("{% $merge([$job, {\"EnableManagedSpotTraining\": true}]) %}", False),
        ({"EnableManagedSpotTraining": False}, True),
        ("{% $merge([$job, {\"EnableManagedSpotTraining\": false}]) %}", True),
        ({}, True),
    ],
)  # fmt: skip
def test_a_state_machine_trains_on_spot_however_it_says_so(arguments, broken):
    """
    As an argument, as one of its start, or within an expression.
    """
    task = {"Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync", "Arguments": arguments}
    machine = Resource("urn", "aws:sfn/stateMachine:StateMachine", {"definition": json.dumps({"States": {"T": task}})})

    assert broken == bool(found(machine))


def test_a_state_machine_that_trains_nothing_is_left_alone():
    """
    A release has no spot to be on.
    """
    task = {"Resource": "arn:aws:states:::sagemaker:createEndpoint", "Arguments": {}}

    assert [] == found(
        Resource("urn", "aws:sfn/stateMachine:StateMachine", {"definition": json.dumps({"States": {"T": task}})})
    )


def test_system_pools_are_not_for_training():
    """
    Node groups without GPUs may be on demand.
    """
    group = Resource("urn", "aws:eks/nodeGroup:NodeGroup", {"instanceTypes": ["m5.large"]})

    assert [] == found(group)
