"""Training on Vertex AI: what a started run does, on good days and bad ones."""

import json
from functools import cache
from typing import Any

import pytest

from components.training import TrainingSpec
from groundplan.testing.component import plan_component
from tests.truth.gcp_project import Job, Project
from tests.truth.gcp_workflow_engine import EXECUTION, Raised

STOCKOUT = {"code": 8, "message": "Resources are insufficient in region: us-central1."}
CRASH = {"code": 3, "message": "The replica workerpool0-0 exited with a non-zero status of 1."}


def _spec(**fields: Any) -> TrainingSpec:
    given = {"image": "fraud-train:1.4", "machine": {"cpu": 4}, "checkpoint": {"every": "10m"}, "max_run": "4h"}
    return TrainingSpec.model_validate({**given, **fields})


def _planned(name: str = "fraud", region: str | None = None, **fields: Any):
    return plan_component("training", "gcp", _spec(**fields), name=name, region=region)


@cache
def _workflow(fields: str) -> str:
    return _planned(**json.loads(fields)).one("gcp:workflows/workflow:Workflow").inputs["sourceContents"]


def _source(**fields: Any) -> str:
    return _workflow(json.dumps(fields))


def _env(job: dict[str, Any]) -> dict[str, str]:
    pool = job["jobSpec"]["workerPoolSpecs"][0]
    return {e["name"]: e["value"] for e in pool["containerSpec"]["env"]}


def test_a_run_is_one_spot_job():
    """
    With capacity, a run is one spot job, as the account of the duty, in the network, under the customer's key.
    """
    project = Project([Job()])

    answer = project.run(_source())

    (job,) = project.sent
    assert "SPOT" == job["jobSpec"]["scheduling"]["strategy"] == answer["capacity"]
    assert "14400s" == job["jobSpec"]["scheduling"]["timeout"]
    assert job["jobSpec"]["scheduling"]["restartJobOnWorkerRestart"]
    assert "-train-" in job["jobSpec"]["serviceAccount"]
    assert "/networkAttachments/" in job["jobSpec"]["pscInterfaceConfig"]["networkAttachment"]
    assert "/cryptoKeys/" in job["encryptionSpec"]["kmsKeyName"]
    assert job["jobSpec"]["workerPoolSpecs"][0]["containerSpec"]["imageUri"].endswith("-images/fraud-train:1.4")
    assert answer["model"] == job["jobSpec"]["baseOutputDirectory"]["outputUriPrefix"] + "/model"
    assert answer["model"].replace("gs://", "/gcs/") == _env(job)["OUTPUT_DIR"]


def test_each_start_has_a_name_and_an_output_of_its_own():
    """
    A start that gives no name gets one from the execution, and its files go under it.
    """
    answer = Project([Job()]).run(_source())

    assert f"fraud-{EXECUTION[:13]}" == answer["run"]
    assert answer["output"].endswith(f"/runs/fraud/fraud-{EXECUTION[:13]}")


def test_without_spot_capacity_a_run_goes_on_on_demand():
    """
    No spot machines: the run is taken up on demand, from the same checkpoints, within the same execution.
    """
    project = Project([Job("JOB_STATE_FAILED", error=STOCKOUT), Job()])

    answer = project.run(_source())

    assert ["SPOT", "STANDARD"] == [j["jobSpec"]["scheduling"]["strategy"] for j in project.sent]
    first, second = (_env(job)["CHECKPOINT_DIR"] for job in project.sent)
    assert first == second == f"/gcs/example-prod-artifacts-ea5331/checkpoints/fraud/{answer['run']}"
    assert "STANDARD" == answer["capacity"]
    assert ["SPOT had no capacity"] == [line[:20] for line in project.engine.log]


def test_a_refused_quota_counts_as_no_capacity():
    """
    A project without a quota of spot machines runs on demand: six refusals, then the next kind.
    """
    project = Project([*[Job(refused=429)] * 6, Job()])

    assert "STANDARD" == project.run(_source())["capacity"]


def test_a_run_waits_for_spot_no_longer_than_asked():
    """
    A spot job that has not ended after max_wait is cancelled, and has stopped before the next one starts.
    """
    project = Project([Job(""), Job()])

    answer = project.run(_source(spot={"max_wait": "6h"}))

    spot, on_demand = project.made.values()
    assert 6 * 3600 <= spot["cancelled"] <= 6 * 3600 + 120
    assert on_demand["began"] >= spot["cancelled"] + 60
    assert "STANDARD" == answer["capacity"]


def test_no_fallback_is_no_fallback():
    """
    With fallback none, a run that gets no machines fails, and says that it was for want of capacity.
    """
    project = Project([Job("")])

    with pytest.raises(Raised, match=r"TrainingFailed.*there was no capacity"):
        project.run(_source(spot={"max_wait": "6h", "fallback": "none"}))

    assert 1 == len(project.sent)


def test_a_job_that_ends_as_it_is_cancelled_still_counts():
    """
    Between the last look and the cancellation a job may succeed: then it has succeeded.
    """
    project = Project([Job(after=6 * 3600 + 1)])

    assert "SPOT" == project.run(_source(spot={"max_wait": "6h"}, max_run="5h"))["capacity"]


def test_a_crash_of_the_code_is_not_run_again():
    """
    The code's own failure is the run's failure, with Vertex AI's message; no second job is paid for.
    """
    project = Project([Job("JOB_STATE_FAILED", error=CRASH)])

    with pytest.raises(Raised, match="non-zero status of 1"):
        project.run(_source())

    assert 1 == len(project.sent)


def test_a_job_somebody_cancels_stays_cancelled():
    """
    A cancelled job is not taken up again behind the back of who cancelled it.
    """
    with pytest.raises(Raised, match="JOB_STATE_CANCELLED"):
        Project([Job("JOB_STATE_CANCELLED")]).run(_source())


def test_looks_survive_an_outage():
    """
    A look at the job that fails for a moment does not end the run.
    """
    assert "SPOT" == Project([Job()], flaky=[503, 429, 502]).run(_source())["capacity"]


def test_a_start_may_say_what_is_otherwise():
    """
    Image, inputs, hyper-parameters and name of a start come before those of the definition.
    """
    project = Project([Job()])
    source = _source(hyperparameters={"eta": 0.3, "depth": 6, "fast": True}, inputs={"train": "data/payments/"})

    answer = project.run(
        source,
        {
            "image": "europe-docker.pkg.dev/other/images/train:2",
            "inputs": {"train": "gs://elsewhere/new", "hold-out": "data/held/"},
            "hyperparameters": {"eta": 0.1},
            "run": "try-7",
        },
    )

    container = project.sent[0]["jobSpec"]["workerPoolSpecs"][0]["containerSpec"]
    assert "europe-docker.pkg.dev/other/images/train:2" == container["imageUri"]
    assert {"depth": 6, "eta": 0.1, "fast": True} == json.loads(_env(project.sent[0])["HYPERPARAMETERS"])
    assert "args" not in container
    assert "/gcs/elsewhere/new" == _env(project.sent[0])["INPUT_TRAIN"]
    assert "/gcs/example-prod-data-ea5331/data/held/" == _env(project.sent[0])["INPUT_HOLD_OUT"]
    assert "try-7" == answer["run"] == project.sent[0]["displayName"] == project.sent[0]["labels"]["run"]


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ({"imgae": "x:1"}, "imgae"),
        ({"run": "Try 7"}, "lower-case"),
        ({"run": "a" * 64}, "at most 63"),
    ],
)
def test_a_start_is_checked_before_anything_is_paid_for(start, says):
    """
    A word that no start takes, or a name that is no label, is refused with what to write instead.
    """
    project = Project([])

    with pytest.raises(Raised, match=says):
        project.run(_source(), start)

    assert [] == project.sent


def test_a_taken_name_is_refused_until_its_job_has_failed():
    """
    Two runs never write to one place; a failed one may be started again under its name, to go on.
    """
    project = Project([Job("JOB_STATE_FAILED", error=CRASH), Job(), Job()])
    source = _source()
    with pytest.raises(Raised):
        project.run(source, {"run": "nightly"})

    assert "nightly" == project.run(source, {"run": "nightly"})["run"]
    with pytest.raises(Raised, match="nightly runs or has succeeded"):
        project.run(source, {"run": "nightly"})


def test_a_training_without_image_asks_each_start_for_one():
    """
    Nothing is started without an image; one given at the start is enough.
    """
    project, source = Project([Job()]), _source(image=None)
    with pytest.raises(Raised, match="names no image"):
        project.run(source)

    project.run(source, {"image": "mine:3"})

    assert project.sent[0]["jobSpec"]["workerPoolSpecs"][0]["containerSpec"]["imageUri"].endswith("/mine:3")


def test_a_runtime_runs_the_package_in_the_store():
    """
    A runtime without a command runs the stack's code archive in the image that Vertex AI keeps for it.
    """
    project = Project([Job()])

    project.run(_source(image=None, runtime="xgboost", hyperparameters={"eta": 0.3}))

    container = project.sent[0]["jobSpec"]["workerPoolSpecs"][0]["containerSpec"]
    assert container["imageUri"].startswith("us-docker.pkg.dev/vertex-ai/training/xgboost")
    assert ["sh", "-c"] == container["command"][:2]
    assert "/gcs/example-prod-artifacts-ea5331/code/fraud/trainer.tar.gz" in container["command"][2]


def test_several_nodes_are_a_leader_and_the_rest():
    """
    Four nodes are one leading machine and three more of the same kind.
    """
    project = Project([Job()])

    project.run(_source(nodes=4, machine={"accelerator": "L4"}))

    pools = project.sent[0]["jobSpec"]["workerPoolSpecs"]
    assert ["1", "3"] == [pool["replicaCount"] for pool in pools]
    assert "NVIDIA_L4" == pools[0]["machineSpec"]["acceleratorType"] == pools[1]["machineSpec"]["acceleratorType"]


def test_text_is_never_run_as_an_expression():
    """
    A hyper-parameter or variable that looks like an expression of Workflows reaches the code as it was written.
    """
    project = Project([Job()])

    project.run(_source(hyperparameters={"prompt": '${sys.now()} "x"'}, environment={"A": "a ${b} c"}))

    assert {"prompt": '${sys.now()} "x"'} == json.loads(_env(project.sent[0])["HYPERPARAMETERS"])
    assert "a ${b} c" == _env(project.sent[0])["A"]


def test_the_longest_run_fits_into_an_execution():
    """
    A run of a month, first on spot and then on demand, takes fewer steps than an execution may have.
    """
    project = Project([Job(""), Job(after=28 * 86_400 - 60)])

    project.run(_source(max_run="28d", spot={"max_wait": "60d"}))

    assert project.engine.steps < 100_000


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"image": "docker.io/library/python:3.12"}, "Artifact Registry"),
        ({"inputs": {"train": "s3://other/data"}}, "inputs.train"),
        ({"checkpoint": {"path": "gs://elsewhere/ckpt"}}, "checkpoint.path"),
        ({"disk": "80TiB"}, "64000"),
        ({"max_run": "2y"}, "max_run"),
        ({"environment": {"A": "${" + "x" * 500}}, "shorten"),
    ],
)
def test_what_vertex_ai_would_refuse_is_refused_in_the_plan(fields, says):
    """
    The plan says which field is wrong and what to write, before anything is made.
    """
    with pytest.raises(ValueError, match=says):
        _planned(**fields)


def test_a_checkpoint_path_of_your_own_may_be_written():
    """
    The training account gets to write under a checkpoint path outside the usual ones, and nowhere else.
    """
    grant = next(r for r in _planned(checkpoint={"path": "ckpt/fraud"}) if r.name == "fraud-checkpoints")

    assert 'objects/ckpt/fraud/")' in grant.at("condition.expression")
    assert "roles/storage.objectUser" == grant.at("role")


def test_disks_suit_the_machine():
    """
    A machine family without Persistent Disk gets Hyperdisk; no disk is smaller than Vertex AI makes them.
    """
    for machine, kind in (
        ({"type": "n1-standard-8"}, "pd-ssd"),
        ({"accelerator": "H200", "count": 8}, "hyperdisk-balanced"),
    ):
        given = json.loads(_source(machine=machine, disk="20GiB"))["main"]["steps"][0]["given"]["assign"][0]["given"]
        assert {"bootDiskType": kind, "bootDiskSizeGb": 100} == given["pools"][0]["diskSpec"]
