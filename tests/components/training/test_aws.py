"""Training on SageMaker: what a started run does, on good days and bad ones."""

import json
from functools import cache
from typing import Any

import pytest

from components.catalog import NoMachine
from components.training import TrainingSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_sagemaker import FakeSageMaker, Job
from tests.truth.aws_shapes import operation
from tests.truth.aws_states import Ended, run

MACHINE = "aws:sfn/stateMachine:StateMachine"
WAITED = Job("Stopped", "MaxWaitTimeExceeded")
STOCKOUT = Job("Failed", reason="CapacityError: Unable to provision requested ML compute capacity.")
CRASH = Job("Failed", reason="AlgorithmError: exit code 1")
NO_QUOTA = Job(refused=("SageMaker.ResourceLimitExceededException", "The limit 'ml.g5.xlarge for spot' is 0"))


def _spec(**fields: Any) -> TrainingSpec:
    given = {"image": "fraud-train:1.4", "machine": {"cpu": 4}, "checkpoint": {"every": "10m"}, "max_run": "4h"}
    return TrainingSpec.model_validate({**given, **fields})


@cache
def _plan(fields: str, region: str | None) -> Planned:
    return plan_component("training", "aws", _spec(**json.loads(fields)), name="fraud", region=region)


def _planned(region: str | None = None, **fields: Any) -> Planned:
    return _plan(json.dumps(fields), region)


def _run(given: dict[str, Any], cloud: FakeSageMaker, **fields: Any) -> Ended:
    return run(json.loads(_planned(**fields).one(MACHINE).inputs["definition"]), given, cloud)


def _request(**fields: Any) -> dict[str, Any]:
    """What SageMaker is sent for a run that goes well."""
    (sent,) = _run({}, FakeSageMaker([Job()]), **fields).called("CreateTrainingJob")
    return sent


def test_a_run_is_one_spot_job():
    """
    With capacity, a run is one managed spot job in the private network, under the stack's key and train role.
    """
    ended = _run({}, FakeSageMaker([Job()]))

    (job,) = ended.called("CreateTrainingJob")
    assert job["EnableManagedSpotTraining"]
    assert {"MaxRuntimeInSeconds": 14400, "MaxWaitTimeInSeconds": 21600} == job["StoppingCondition"]
    assert ":role/example-prod-train-" in job["RoleArn"]
    assert 2 == len(job["VpcConfig"]["Subnets"])
    assert ":key/" in job["OutputDataConfig"]["KmsKeyId"]
    assert job["ResourceConfig"]["VolumeKmsKeyId"] == job["OutputDataConfig"]["KmsKeyId"]
    assert job["AlgorithmSpecification"]["TrainingImage"].endswith("amazonaws.com/example-prod/fraud-train:1.4")
    assert "600" == job["Environment"]["CHECKPOINT_SECONDS"]
    assert ended.output["job"] == job["TrainingJobName"]


@pytest.mark.parametrize("raises", [True, False], ids=["as an error", "as an end"])
def test_a_run_that_waited_too_long_goes_on_on_demand(raises):
    """
    When spot did not come in time, an on-demand job goes on from the same checkpoints, however the task ended.
    """
    ended = _run({}, FakeSageMaker([WAITED, Job()], raises_when_stopped=raises))

    spot, other = ended.called("CreateTrainingJob")
    assert "" == ended.error
    assert "EnableManagedSpotTraining" not in other
    assert {"MaxRuntimeInSeconds": 14400} == other["StoppingCondition"]
    assert spot["CheckpointConfig"] == other["CheckpointConfig"]
    assert spot["TrainingJobName"] + "-on-demand" == other["TrainingJobName"] == ended.output["job"]


@pytest.mark.parametrize("spot", [STOCKOUT, NO_QUOTA], ids=["no capacity", "no spot quota"])
def test_a_run_without_spot_capacity_goes_on_on_demand(spot):
    """
    A zone without spot machines, or an account without a quota of them, does not keep a run from ending.
    """
    ended = _run({}, FakeSageMaker([spot, Job()]))

    assert "" == ended.error
    assert 2 == len(ended.called("CreateTrainingJob"))


def test_a_crash_is_no_reason_to_go_on_demand():
    """
    A run whose own code fails, fails at once, with the job's reason.
    """
    ended = _run({}, FakeSageMaker([CRASH]))

    assert "TrainingFailed" == ended.error
    assert "AlgorithmError: exit code 1" in ended.cause
    assert 1 == len(ended.called("CreateTrainingJob"))


def test_without_fallback_a_run_fails_when_the_wait_is_over():
    """
    `fallback: none` starts nothing on demand, and says why the run ended.
    """
    ended = _run({}, FakeSageMaker([WAITED]), spot={"fallback": "none"})

    assert ("TrainingFailed", True) == (ended.error, ended.cause.endswith("MaxWaitTimeExceeded"))


def test_without_spot_a_run_is_one_on_demand_job():
    """
    `spot: false` never asks for spot machines.
    """
    (job,) = _run({}, FakeSageMaker([Job()]), spot=False, checkpoint=None).called("CreateTrainingJob")

    assert "EnableManagedSpotTraining" not in job
    assert "CheckpointConfig" not in job


def test_a_run_of_a_used_name_is_refused():
    """
    A second run of the same name fails, and is not taken for the first one's success.
    """
    cloud = FakeSageMaker([Job(), Job()])
    _run({"run": "nightly"}, cloud)

    ended = _run({"run": "nightly"}, cloud)

    assert "TrainingRefused" == ended.error
    assert "unique" in ended.cause


def test_a_busy_service_is_asked_again():
    """
    A read that SageMaker was too busy for does not end the run.
    """
    assert "" == _run({}, FakeSageMaker([Job()], busy=2)).error


def test_a_start_may_name_image_data_and_parameters():
    """
    What a start names takes the place of the blueprint's; a bare image and a bare path are the stack's own.
    """
    given = {"image": "other:2", "inputs": {"train": "data/new/", "check": "s3://b/x"}, "hyperparameters": {"depth": 7}}
    spec = {"inputs": {"train": "data/old/", "extra": "data/extra/"}, "hyperparameters": {"depth": 3, "eta": 0.1}}

    (job,) = _run(given, FakeSageMaker([Job()]), **spec).called("CreateTrainingJob")

    data = {c["ChannelName"]: c["DataSource"]["S3DataSource"]["S3Uri"] for c in job["InputDataConfig"]}
    assert job["AlgorithmSpecification"]["TrainingImage"].endswith("/example-prod/other:2")
    assert {"depth": "7", "eta": "0.1"} == job["HyperParameters"]
    assert {"depth": 7, "eta": 0.1} == json.loads(job["Environment"]["HYPERPARAMETERS"])
    assert {"check", "extra", "train"} == set(data)
    assert data["train"].startswith("s3://example-prod-data-")
    assert data["train"].endswith("/data/new/")
    assert "s3://b/x" == data["check"]


def test_a_foreign_image_of_a_start_is_taken_as_it_is():
    """
    An image with its registry is not sought in the stack's own.
    """
    image = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6.0-cpu-py312"

    (job,) = _run({"image": image}, FakeSageMaker([Job()])).called("CreateTrainingJob")

    assert image == job["AlgorithmSpecification"]["TrainingImage"]


def test_a_start_without_an_image_is_told_so():
    """
    Where neither blueprint nor start names an image, nothing is started.
    """
    ended = _run({}, FakeSageMaker(), image=None)

    assert "NoImage" == ended.error
    assert [] == ended.calls


@pytest.mark.parametrize("name", ["with blanks", "-dash", "a--b", "x" * 60])
def test_a_name_that_sagemaker_refuses_is_refused_first(name):
    """
    A bad run name is said to be one, with what is allowed.
    """
    ended = _run({"run": name}, FakeSageMaker())

    assert "BadRun" == ended.error
    assert "letters, digits" in ended.cause


def test_runs_are_told_apart():
    """
    Each run has its own job name and its own checkpoints.
    """
    cloud = FakeSageMaker([Job(), Job()])

    jobs = [_run({"run": run}, cloud).called("CreateTrainingJob")[0] for run in ("one", "two")]

    assert 2 == len({job["TrainingJobName"] for job in jobs})
    assert 2 == len({job["CheckpointConfig"]["S3Uri"] for job in jobs})


def test_the_longest_names_still_fit():
    """
    A blueprint, an environment and a training whose names are as long as can be still make a job name.
    """
    long = "a" * 32
    planned = plan_component(
        "training", "aws", _spec(), name=long, environment="e" * 32, context={"blueprint": "b" * 32}
    )
    definition = json.loads(planned.one(MACHINE).inputs["definition"])

    ended = run(definition, {}, FakeSageMaker([WAITED, Job()]))

    assert "" == ended.error
    assert len(ended.output["job"]) <= 63


def test_a_machine_with_its_own_disk_gets_no_volume():
    """
    SageMaker refuses a volume size and a volume key on machines with local NVMe disks.
    """
    resources = _request(machine={"accelerator": "A10G"}, disk="200GiB")["ResourceConfig"]

    assert {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1} == resources


def test_a_disk_that_is_too_small_means_a_larger_machine():
    """
    The machine is the cheapest one that has the disk as well.
    """
    assert "ml.g5.2xlarge" == _request(machine={"accelerator": "A10G"}, disk="300GiB")["ResourceConfig"]["InstanceType"]


def test_a_disk_that_a_named_machine_lacks_is_refused():
    """
    A machine that was named outright is not swapped; the message says what would do.
    """
    with pytest.raises(NoMachine, match=r"ml.g5.xlarge has 233 GiB of disk.*Write disk: 232GiB or less, or machine"):
        _planned(machine={"type": "ml.g5.xlarge"}, disk="300GiB")


def test_an_image_elsewhere_is_refused():
    """
    SageMaker pulls from ECR of its region alone; the message says where to push it.
    """
    with pytest.raises(NoMachine, match=r"write image: fraud:1"):
        _planned(image="ghcr.io/team/fraud:1")


@pytest.mark.parametrize("runtime", ["xgboost", "sklearn", "pytorch", "tensorflow"])
def test_a_runtime_is_an_image_of_aws_that_the_role_may_pull(runtime):
    """
    A runtime resolves to AWS's own image in the region, and the train role may pull it.
    """
    planned = _planned(image=None, runtime=runtime, region="eu-west-1")
    ended = run(json.loads(planned.one(MACHINE).inputs["definition"]), {}, FakeSageMaker([Job()]))
    image = ended.called("CreateTrainingJob")[0]["AlgorithmSpecification"]["TrainingImage"]
    repository = image.partition("/")[2].partition(":")[0]

    assert ".dkr.ecr.eu-west-1.amazonaws.com/" in image
    assert f":repository/{repository}" in planned.one("aws:iam/rolePolicy:RolePolicy", "train-policy").at("policy")


def test_several_nodes_talk_in_secret():
    """
    Traffic between the nodes of a run is encrypted unless the blueprint says otherwise.
    """
    assert _request(nodes=4)["EnableInterContainerTrafficEncryption"]
    assert not _request(nodes=4, encrypt_between_nodes=False)["EnableInterContainerTrafficEncryption"]
    assert 4 == _request(nodes=4)["ResourceConfig"]["InstanceCount"]


def test_a_command_takes_the_place_of_the_images():
    """
    A command of the blueprint is what runs in the container.
    """
    asked = _request(command=["python", "train.py"])["AlgorithmSpecification"]

    assert ["python", "train.py"] == asked["ContainerEntrypoint"]


def test_a_runtime_runs_the_code_in_the_store():
    """
    A runtime without a command runs the stack's code archive, whichever the framework, and is told no channel for it.
    """
    job = _request(image=None, runtime="xgboost", inputs={"train": "data/x/"})

    data = {c["ChannelName"]: c["DataSource"]["S3DataSource"]["S3Uri"] for c in job["InputDataConfig"]}
    policy = _planned(image=None, runtime="xgboost", inputs={"train": "data/x/"}).one(
        "aws:iam/rolePolicy:RolePolicy", "train-policy"
    )
    assert data["trainer_package"].endswith("/code/fraud/trainer.tar.gz")
    assert data["train"].endswith("/data/x/")
    assert '/code/*"' in policy.at("policy")
    assert ["sh", "-c"] == job["AlgorithmSpecification"]["ContainerEntrypoint"][:2]
    assert ["INPUT_TRAIN"] == [name for name in job["Environment"] if name.startswith("INPUT_")]


def test_a_start_of_a_runtime_with_an_image_runs_that():
    """
    A start that names an image runs the image's own program, and brings no code.
    """
    (job,) = _run({"image": "mine:1"}, FakeSageMaker([Job()]), image=None, runtime="sklearn").called(
        "CreateTrainingJob"
    )

    assert job["AlgorithmSpecification"]["TrainingImage"].endswith("/mine:1")
    assert "ContainerEntrypoint" not in job["AlgorithmSpecification"]
    assert "InputDataConfig" not in job


def test_hyperparameters_longer_than_a_variable_go_on_in_the_next():
    """
    What a variable of SageMaker cannot hold goes on in the next; joined they are the object, start's values included.
    """
    (job,) = _run(
        {"hyperparameters": {"late": 'say "hi"'}},
        FakeSageMaker([Job()]),
        hyperparameters={"exact": 0.30000000000000004, "words": "é" * 400},
    ).called("CreateTrainingJob")

    told = {name: value for name, value in job["Environment"].items() if name.startswith("HYPERPARAMETERS")}
    assert ["HYPERPARAMETERS", *(f"HYPERPARAMETERS_{n}" for n in range(2, 6))] == list(told)
    assert {"exact": 0.30000000000000004, "words": "é" * 400, "late": 'say "hi"'} == json.loads("".join(told.values()))


def test_data_outside_the_stack_may_be_read():
    """
    The train role may read an input that the blueprint names by URI, and nothing else outside.
    """
    planned = _planned(inputs={"train": "s3://partner-data/daily/"})
    policy = planned.one("aws:iam/rolePolicy:RolePolicy", "fraud-inputs").at("policy")

    assert ["arn:aws:s3:::partner-data/daily*"] == json.loads(policy)["Statement"][0]["Resource"]


def test_every_field_of_a_job_is_one_that_sagemaker_knows():
    """
    The request of the fullest run has nothing the API does not name.
    """
    known = set(operation("sagemaker", "CreateTrainingJob").input_shape.members)

    assert set(_request(nodes=2, hyperparameters={"a": 1}, inputs={"t": "d/"}, command=["a"])) <= known


def test_a_run_reaches_nothing_but_its_own_machines():
    """
    The container is isolated: files come and go through SageMaker, also for several nodes and with checkpoints.
    """
    assert _request()["EnableNetworkIsolation"]
    assert _request(nodes=4)["EnableNetworkIsolation"]
