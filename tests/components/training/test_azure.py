"""Training on Azure: what a run does on the day, played through against an Azure ML of our own."""

import json
from functools import cache
from typing import Any

import pytest
from jsonschema import ValidationError

from components.training import TrainingSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.azure_ml import Jobs
from tests.truth.azure_workflows import Run, run

WORKFLOW = "azure-native:logic:Workflow"
COMPUTE = "azure-native:machinelearningservices:Compute"
ENVIRONMENT = "azure-native:machinelearningservices:EnvironmentVersion"
SPEC: dict[str, Any] = {
    "image": "fraud-train:1.4",
    "machine": {"cpu": 4},
    "inputs": {"train": "data/payments/", "hold-out": "data/held/"},
    "hyperparameters": {"eta": 0.1, "max_depth": 6},
    "checkpoint": {"every": "10m"},
    "spot": {"max_wait": "6h"},
    "max_run": "4h",
}


def plan(**changes: Any) -> Planned:
    asked = {key: value for key, value in {**SPEC, **changes}.items() if value is not None}
    return _plan(json.dumps(asked))


@cache
def _plan(asked: str) -> Planned:
    return plan_component("training", "azure", TrainingSpec.model_validate_json(asked), name="fraud-xgb")


def start(planned: Planned, jobs: Jobs, **body: Any) -> Run:
    workflow = planned.one(WORKFLOW)
    return run(workflow.inputs["definition"], workflow.inputs["parameters"], body, jobs)


def test_a_good_run_on_spot_needs_one_job_and_ends_well():
    """
    A run that finds spot machines is one job on the low-priority cluster, and the workflow ends with it.
    """
    jobs = Jobs(spot=((0, "Queued"), (600, "Running"), (5000, "Completed")))

    done = start(plan(), jobs)

    assert "Succeeded" == done.status
    assert 1 == len(jobs.bodies)
    assert jobs.bodies[done.outputs["run"]]["computeId"].endswith("/computes/fraud-xgb-spot")
    assert 5000 <= done.seconds < 5200
    assert f"/runs/fraud-xgb/{done.outputs['run']}" in done.outputs["result"]["model"]


def test_without_spot_machines_in_time_the_run_goes_on_on_dedicated_ones():
    """
    When `max_wait` is over, the spot job is cancelled and another, on dedicated machines, goes on at its checkpoint.
    """
    jobs = Jobs(spot=((0, "Queued"), (3000, "Running"), (4000, "Queued")))

    done = start(plan(), jobs)

    first, second = jobs.bodies
    assert "Succeeded" == done.status
    assert f"{first}-od" == second
    assert jobs.bodies[second]["computeId"].endswith("/computes/fraud-xgb-dedicated")
    assert jobs.bodies[first]["outputs"] == jobs.bodies[second]["outputs"]
    assert jobs.cancelled[first] - jobs.started[first] == pytest.approx(6 * 3600, abs=120)
    assert jobs.started[second] >= jobs.cancelled[first] + jobs.cancel_seconds


def test_a_spot_run_that_ends_while_it_is_cancelled_counts():
    """
    A run that completes in the minutes of its cancellation is not run again.
    """
    jobs = Jobs(spot=((0, "Queued"), (600, "Running"), (6 * 3600 + 100, "Completed")), cancel_seconds=300)

    done = start(plan(), jobs)

    assert "Succeeded" == done.status
    assert 1 == len(jobs.bodies)


def test_without_a_fallback_the_run_fails_and_says_why():
    """
    `fallback: none` ends the run as failed when spot did not come, and no dedicated cluster is there to pay for.
    """
    planned = plan(spot={"max_wait": "6h", "fallback": "none"})

    done = start(planned, Jobs())

    assert "Failed" == done.status
    assert "no spot machines within 6h" in done.error["message"]
    assert ["fraud-xgb-spot"] == [c.inputs["computeName"] for c in planned.all(COMPUTE)]


def test_a_failed_job_is_not_tried_on_dedicated_machines():
    """
    A run whose code fails ends as failed: another machine would not mend it.
    """
    jobs = Jobs(spot=((0, "Queued"), (60, "Running"), (700, "Failed")))

    done = start(plan(), jobs)

    assert "Failed" == done.status
    assert 1 == len(jobs.bodies)
    assert "ended as Failed" in done.error["message"]
    assert done.outputs["run"] in done.error["message"]


def test_dedicated_machines_that_never_come_are_given_up():
    """
    A run that waits a week for dedicated machines is cancelled, so that it does not start when nobody expects it.
    """
    jobs = Jobs(dedicated=((0, "Queued"),))

    done = start(plan(spot=False), jobs)

    assert "Failed" == done.status
    assert "ask for more quota" in done.error["message"]
    assert 1 == len(jobs.cancelled)


def test_a_start_says_its_own_image_data_and_hyperparameters():
    """
    What a start says replaces what the blueprint says, channel by channel and parameter by parameter.
    """
    jobs = Jobs(spot=((0, "Running"), (60, "Completed")))

    done = start(
        plan(),
        jobs,
        run="try-1",
        image="other:2",
        inputs={"train": "tmp/new/", "extra": "azureml://datastores/other/paths/x"},
        hyperparameters={"eta": 0.3, "seed": "7"},
    )

    body = jobs.bodies["try-1"]
    uris = {name: given["uri"] for name, given in body["inputs"].items()}
    assert "Succeeded" == done.status
    assert {
        "train": "azureml://datastores/data/paths/tmp/new/",
        "hold_out": "azureml://datastores/data/paths/data/held/",
        "extra": "azureml://datastores/other/paths/x",
    } == uris
    assert {"eta": 0.3, "max_depth": 6, "seed": "7"} == json.loads(body["environmentVariables"]["HYPERPARAMETERS"])
    assert " INPUT_EXTRA=${{inputs.extra}} " in body["command"]
    (registered,) = jobs.environments.values()
    assert registered["properties"]["image"].endswith(".azurecr.io/example/other:2")
    assert body["environmentId"].endswith("/environments/train-fraud-xgb/versions/try-1")


@pytest.mark.parametrize("image", ["nvcr.io/nvidia/pytorch:25.01-py3", "localhost:5000/a:1"])
def test_an_image_of_another_registry_keeps_its_name(image):
    """
    Only an image that names no registry is taken from the stack's own.
    """
    jobs = Jobs(spot=((0, "Completed"),))

    start(plan(), jobs, image=image)

    (registered,) = jobs.environments.values()
    assert image == registered["properties"]["image"]


def test_runs_have_names_of_their_own():
    """
    Two starts that say no name are two runs; a name that is taken is refused by Azure, and the start fails.
    """
    jobs, planned = Jobs(spot=((0, "Completed"),)), plan()

    named = start(planned, jobs, run="mine")
    again = start(planned, jobs, run="mine")
    other = start(planned, jobs)

    assert ("Succeeded", "Failed", "Succeeded") == (named.status, again.status, other.status)
    assert "exists" in again.error["message"]
    assert len(set(jobs.bodies)) == 2


def test_a_training_without_data_of_its_own_starts():
    """
    A blueprint that names no inputs and a start that names none make a job without inputs.
    """
    jobs = Jobs(spot=((0, "Completed"),))

    done = start(plan(inputs={}), jobs)

    assert "Succeeded" == done.status
    assert {} == jobs.bodies[done.outputs["run"]]["inputs"]


def test_without_image_and_runtime_a_start_must_name_one():
    """
    A definition that knows no image refuses a start without one, before anything is made.
    """
    planned = plan(image=None)

    with pytest.raises(ValidationError, match="image"):
        start(planned, Jobs())

    assert [] == planned.all(ENVIRONMENT)
    assert "Succeeded" == start(planned, Jobs(spot=((0, "Completed"),)), image="x:1").status


@pytest.mark.parametrize(
    "body", [{"inputs": {"train": 'a","b'}}, {"run": "Has Space"}, {"nodes": 3}, {"inputs": {"a-b": "x"}}]
)
def test_a_start_that_does_not_fit_starts_nothing(body):
    """
    Quotes in a path, a name Azure would refuse, a word that is not of the contract: no job comes of it.
    """
    with pytest.raises(ValidationError):
        start(plan(), Jobs(), **body)


def test_a_runtime_runs_your_package_in_azures_own_environment():
    """
    `runtime` needs no image: the environment is Azure's, and what runs is the package in the artifact store.
    """
    jobs = Jobs(spot=((0, "Completed"),))

    done = start(plan(image=None, runtime="sklearn"), jobs)

    body = jobs.bodies[done.outputs["run"]]
    assert body["environmentId"].startswith("azureml://registries/azureml/environments/")
    assert "azureml://datastores/artifacts/paths/code/fraud-xgb/" == body["inputs"]["trainer_package"]["uri"]
    assert body["command"].endswith("exec python3 -m trainer.task")
    assert "${{inputs.trainer_package}}/trainer.tar.gz" in body["command"]
    assert "INPUT_TRAINER_PACKAGE" not in body["command"]


def test_a_runtime_with_a_command_runs_it():
    """
    A command says what runs, so the package is not asked for.
    """
    jobs = Jobs(spot=((0, "Completed"),))

    done = start(plan(image=None, runtime="sklearn", command=["python", "-c", "print('it')"], hyperparameters={}), jobs)

    body = jobs.bodies[done.outputs["run"]]
    assert "trainer_package" not in body["inputs"]
    assert body["command"].endswith("""&& python -c 'print('"'"'it'"'"')'""")


def test_a_start_of_a_runtime_with_an_image_runs_the_images_program():
    """
    A start that names an image runs that image's `train`, and mounts no package.
    """
    jobs = Jobs(spot=((0, "Completed"),))

    done = start(plan(image=None, runtime="sklearn"), jobs, image="mine:1")

    body = jobs.bodies[done.outputs["run"]]
    assert "trainer_package" not in body["inputs"]
    assert body["command"].endswith(" && train")


def test_several_nodes_find_each_other():
    """
    `nodes: 4` asks for four machines, in a cluster that holds four, with a process on each.
    """
    jobs, planned = Jobs(spot=((0, "Completed"),)), plan(nodes=4)

    done = start(planned, jobs)

    body = jobs.bodies[done.outputs["run"]]
    assert 4 == body["resources"]["instanceCount"]
    assert {"distributionType": "PyTorch", "processCountPerInstance": 1} == body["distribution"]
    assert {4} == {c.at("properties.properties.scaleSettings.maxNodeCount") for c in planned.all(COMPUTE)}


def test_clusters_cost_nothing_while_idle_and_are_closed():
    """
    Clusters shrink to nothing five minutes after a run, have no public address, and nobody logs in to a node.
    """
    for cluster in plan().all(COMPUTE):
        assert 0 == cluster.at("properties.properties.scaleSettings.minNodeCount")
        assert "PT5M" == cluster.at("properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown")
        assert cluster.at("properties.properties.enableNodePublicIp") is False
        assert "Disabled" == cluster.at("properties.properties.remoteLoginPortPublicAccess")
        assert cluster.at("properties.disableLocalAuth") is True
        assert "UserAssigned" == cluster.at("identity.type")


def test_what_the_code_is_told():
    """
    The code finds its data, its model's place and its checkpoint by variables, and gets no argument but its own.
    """
    jobs = Jobs(spot=((0, "Completed"),))

    done = start(plan(command=["python", "train.py"], environment={"MODE": "@home @{x}"}), jobs)

    body = jobs.bodies[done.outputs["run"]]
    exports, _and, own = body["command"].partition(" && ")
    assert "python train.py" == own
    assert {
        "OUTPUT_DIR=${{outputs.model}}",
        "CHECKPOINT_DIR=${{outputs.checkpoint}}",
        "INPUT_HOLD_OUT=${{inputs.hold_out}}",
        "INPUT_TRAIN=${{inputs.train}}",
    } <= set(exports.removeprefix("export ").split())
    assert done.outputs["run"] == body["environmentVariables"]["RUN"]
    assert "600" == body["environmentVariables"]["CHECKPOINT_SECONDS"]
    assert "@home @{x}" == body["environmentVariables"]["MODE"]
    assert "PT14400S" == body["limits"]["timeout"]


def test_data_of_another_cloud_is_refused_with_what_to_write():
    """
    An s3:// input has no meaning on Azure; the message names the input and an alternative.
    """
    with pytest.raises(ValueError, match=r"inputs\.train is s3://b/x.*Write a path"):
        plan(inputs={"train": "s3://b/x"})


def test_a_run_longer_than_a_workflow_may_last_is_refused():
    """
    Azure ends a workflow after 90 days, so a run that could last longer is refused when planned.
    """
    with pytest.raises(ValueError, match="90 at most"):
        plan(max_run="85d", spot=False)


def test_only_who_has_the_right_starts_a_run():
    """
    The workflow takes no caller by its own address: a start goes through Azure Resource Manager and its roles.
    """
    control = plan().one(WORKFLOW).inputs["accessControl"]

    assert {"allowedCallerIpAddresses": []} == control["triggers"] == control["contents"]
