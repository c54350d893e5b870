"""GP-COST-001: training outside production is on spot machines."""

import json
import re
from collections.abc import Iterator

from policies.checks import all_of, known, must_equal
from policies.machines import has_gpus
from policies.resource import Resource, Stack
from policies.rule import Absent, Breach, Check, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known

COMPUTE = "azure-native:machinelearningservices:Compute"
SHORT_SECONDS = 7200
_ROLE = "arn:aws:iam::111122223333:role/train"


def _gpus(resource: Resource, _settings: Settings) -> bool:
    return has_gpus(resource)


def _unplanned(resource: Resource, _settings: Settings) -> bool:
    """Neither a training plan, which is paid in advance, nor a serverless job, which has no machines."""
    return not resource.has("resourceConfig.trainingPlanArn") and not resource.has("serverlessJobConfig")


def _called(path: str, trains: str, on_spot: str, ends: str, passes: str, fails: str) -> Check:
    """
    A workflow that trains tries spot machines in one of its calls, or leaves it to who starts it.

    A job that is stopped within two hours may be on demand: a look at a window, a check of data.
    """

    def run(resource: Resource, _settings: Settings) -> Iterator[Breach]:
        text = resource.at(path)
        if not isinstance(text, str) or not re.search(trains, text) or re.search(on_spot, text):
            return
        limits = [int(seconds) for seconds in re.findall(ends, text)]
        if not limits or max(limits) > SHORT_SECONDS:
            yield Breach("it trains without spot machines", path)

    good, bad = {path: passes}, {path: fails}
    return Check(run=run, reads=(path,), passes=good, fails=(bad,), absent=Absent.PASSES)


def _twins(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    """Dedicated clusters that no cluster of low priority stands beside, as the first choice."""
    clusters = [c for c in stack.of(COMPUTE) if c.at("properties.computeType") == "AmlCompute"]
    cheap = [c for c in clusters if c.at("properties.properties.vmPriority") == "LowPriority"]
    for cluster in clusters:
        priority = cluster.at("properties.properties.vmPriority")
        dedicated = priority is ABSENT or priority == "Dedicated"
        if dedicated and not any(_alike(cluster, other) for other in cheap):
            yield Breach(
                "it has dedicated machines, and no cluster of low priority does the same work",
                "properties.properties.vmPriority",
                cluster.urn,
            )


def _alike(one: Resource, other: Resource) -> bool:
    """Of one workspace and one size, as far as both are known."""
    pairs = ((one.at(path), other.at(path)) for path in ("workspaceName", "properties.properties.vmSize"))
    return all(a == b or not is_known(a) or not is_known(b) for a, b in pairs)


def _cluster(name: str, priority: str) -> Resource:
    inner = {"vmSize": "Standard_D4s_v3", "vmPriority": priority}
    properties = {"computeType": "AmlCompute", "properties": inner}
    return Resource(f"urn:pulumi:dev::ml::{COMPUTE}::{name}", COMPUTE, {"workspaceName": "w", "properties": properties})


def _task(spot: bool) -> str:
    call = {
        "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
        "Arguments": {"EnableManagedSpotTraining": spot},
    }
    return json.dumps({"States": {"Train": call}})


def _job(strategy: str) -> str:
    return json.dumps({"main": {"jobSpec": {"workerPoolSpecs": [], "scheduling": {"strategy": strategy}}}})


RULE = Rule(
    id="GP-COST-001",
    demand="Training outside production is on spot machines.",
    why="A run that can be repeated pays two to five times too much on machines that nobody may take away.",
    fix="Leave the training's spot on, as it is by default; elsewhere, set the spot or low-priority option.",
    fields=("spot",),
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html",
    severity=Severity.MEDIUM,
    levels={"prod": Level.DISABLED},
    external=("infracost:finops",),
    checks={
        "aws:sagemaker/trainingJob:TrainingJob": must_equal(
            "enableManagedSpotTraining",
            True,
            wrong=False,
            because="SageMaker trains on demand",
            when=_unplanned,
        ),
        "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": all_of(
            must_equal(
                "trainingJobDefinition.enableManagedSpotTraining",
                True,
                wrong=False,
                because="SageMaker trains on demand",
                given={"trainingJobDefinition.roleArn": _ROLE},
                when=lambda r, _: r.has("trainingJobDefinition"),
            ),
            must_equal("trainingJobDefinitions.*.enableManagedSpotTraining", True, wrong=False),
        ),
        "gcp:container/nodePool:NodePool": must_equal(
            "nodeConfig.spot",
            True,
            wrong=False,
            because="GKE takes standard machines",
            given={"nodeConfig.guestAccelerators.0.type": "nvidia-l4", "nodeConfig.guestAccelerators.0.count": 1},
            when=lambda r, s: (
                _gpus(r, s)
                and not any(r.has(path) for path in ("nodeConfig.preemptible", "nodeConfig.flexStart"))
                and not r.has("queuedProvisioning")
            ),
        ),
        "aws:eks/nodeGroup:NodeGroup": must_equal(
            "capacityType",
            "SPOT",
            "CAPACITY_BLOCK",
            wrong="ON_DEMAND",
            because="EKS takes on-demand machines",
            given={"instanceTypes": ["g5.xlarge"]},
            when=_gpus,
        ),
        "azure-native:containerservice:AgentPool": must_equal(
            "scaleSetPriority",
            "Spot",
            wrong="Regular",
            because="AKS takes regular machines",
            given={"vmSize": "Standard_NC24ads_A100_v4"},
            when=_gpus,
        ),
        "aws:batch/computeEnvironment:ComputeEnvironment": must_equal(
            "computeResources.type",
            "SPOT",
            "FARGATE_SPOT",
            wrong="EC2",
            absent=Absent.PASSES,
            given={"type": "MANAGED"},
            when=known("type", "MANAGED"),
        ),
        "aws:sfn/stateMachine:StateMachine": _called(
            "definition",
            r"sagemaker:create(HyperParameterTuning|Training)Job",
            r'EnableManagedSpotTraining(\.\$)?\\*"\s*:(?!\s*false)',
            r'MaxRuntimeInSeconds\\*"\s*:\s*(\d+)',
            _task(True),
            _task(False),
        ),
        "gcp:workflows/workflow:Workflow": _called(
            "sourceContents",
            r"workerPoolSpecs|worker_pool_specs",
            r"SPOT|FLEX_START",
            r'"strategy": ?"STANDARD", ?"timeout": ?"(\d+)s"',
            _job("SPOT"),
            _job("STANDARD"),
        ),
    },
    across=(
        StackCheck(
            run=_twins,
            types=(COMPUTE,),
            passes=(_cluster("spot", "LowPriority"), _cluster("dedicated", "Dedicated")),
            fails=(_cluster("dedicated", "Dedicated"),),
        ),
    ),
)
