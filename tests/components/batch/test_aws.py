"""Batch scoring on SageMaker: what a started run does, on good days and bad ones, and what starts it."""

import json
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from components.batch import BatchSpec
from components.catalog import NoMachine
from components.foundation import FoundationSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_batch import FakeBatch
from tests.truth.aws_iam import as_list, policies_of, statements
from tests.truth.aws_states import Ended, run

MACHINE = "aws:sfn/stateMachine:StateMachine"
SPEC = {"model": "fraud", "input": "data/in/", "output": "data/out/", "machine": {"cpu": 4}, "max_run": "2h"}
GROUND = '{"scores": true, "arrivals": true}'


@cache
def _plan(fields: str, ground: str) -> Planned:
    spec = BatchSpec.model_validate({**SPEC, **json.loads(fields)})
    told = FoundationSpec.model_validate_json(ground)
    return plan_component("batch", "aws", spec, name="nightly", foundation=told)


def _planned(ground: str = GROUND, **fields: Any) -> Planned:
    return _plan(json.dumps(fields), ground)


def _run(start: dict[str, Any], cloud: FakeBatch, machine: str = "nightly-batch", **fields: Any) -> Ended:
    return run(json.loads(_planned(**fields).one(MACHINE, machine).inputs["definition"]), start, cloud)


def test_a_start_without_words_scores_with_the_newest_approved_version():
    """
    `{}` takes the newest approved version, scores every record of the input, and leaves no model behind.
    """
    cloud = FakeBatch(versions={"11": "Approved", "12": "Approved", "13": "PendingManualApproval"})

    ended = _run({}, cloud)

    (model,), (job,) = ended.called("CreateModel"), ended.called("CreateTransformJob")
    assert not ended.error, ended.cause
    assert ended.output["version"] == "12"
    assert model["PrimaryContainer"]["ModelPackageName"].endswith("/12")
    assert model["EnableNetworkIsolation"]
    assert 2 == len(model["VpcConfig"]["Subnets"])
    assert job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"].endswith("/data/in/")
    assert job["TransformOutput"]["S3OutputPath"] == ended.output["output"]
    assert job["TransformOutput"]["S3OutputPath"].endswith(f"/data/out/{ended.output['run']}")
    assert ":key/" in job["TransformOutput"]["KmsKeyId"]
    assert set() == cloud.models


def test_a_start_can_say_version_paths_and_name():
    """
    What a start says stands in for the blueprint's words; a path is one of the data store, a URI is taken as it is.
    """
    ended = _run({"version": 11, "input": "data/june/", "output": "s3://else/scores/", "run": "june"}, FakeBatch())

    (job,) = ended.called("CreateTransformJob")
    assert ended.output["version"] == "11"
    assert job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"].endswith("/data/june/")
    assert job["TransformOutput"]["S3OutputPath"] == "s3://else/scores/june"
    assert job["TransformJobName"].endswith("-june")


@pytest.mark.parametrize(
    ("start", "error"),
    [
        ({"model": "other"}, "BadStart"),
        ({"input": "data/'x"}, "BadStart"),
        ({"output": "https://example.com/x"}, "BadStart"),
        ({"run": "Not a name"}, "BadRun"),
        ({"run": "x" * 27}, "BadRun"),
        ({"version": "99"}, "NoVersion"),
    ],
)
def test_an_odd_start_is_refused_before_it_costs_anything(start, error):
    """
    A start with a word that means nothing, or a version that is not there, fails before a job is made.
    """
    ended = _run(start, FakeBatch())

    assert error == ended.error
    assert [] == ended.called("CreateTransformJob")


def test_no_approved_version_is_said():
    """
    Where nothing is approved, a run fails with that reason; a version that is not approved is not taken by name either.
    """
    versions = {"1": "Rejected", "2": "PendingManualApproval"}

    assert "NoApprovedVersion" == _run({}, FakeBatch(versions)).error
    assert "NotApproved" == _run({"version": "2"}, FakeBatch(versions)).error


def test_a_failed_job_says_why():
    """
    A run whose job fails ends as failed with the job's own reason, and its model is gone.
    """
    cloud = FakeBatch(ends="ClientError: See job logs: 3 records had no answer")

    ended = _run({"run": "june"}, cloud)

    assert "BatchFailed" == ended.error
    assert "3 records had no answer" in ended.cause
    assert set() == cloud.models


def test_a_refused_job_says_why():
    """
    A job that SageMaker does not even make, such as for a quota of none, ends the run with SageMaker's words.
    """
    cloud = FakeBatch(refused=("SageMaker.ResourceLimitExceededException", "The limit 'ml.c5.xlarge' is 0"))

    ended = _run({}, cloud)

    assert "BatchRefused" == ended.error
    assert "The limit" in ended.cause
    assert set() == cloud.models


def test_a_run_that_takes_too_long_is_stopped():
    """
    After max_run the job is stopped, and the run fails and says so.
    """
    cloud = FakeBatch(ends="late")

    ended = _run({"run": "june"}, cloud)

    assert (
        7200
        == json.loads(_planned().one(MACHINE, "nightly-batch").inputs["definition"])["States"]["Score"][
            "TimeoutSeconds"
        ]
    )
    assert "MaxRunOver" == ended.error
    assert ["Stopping"] == list(cloud.jobs.values())
    assert set() == cloud.models


def test_one_name_is_one_run():
    """
    A second start of the same name is refused, and neither stops nor spoils the first.
    """
    cloud = FakeBatch()
    _run({"run": "june"}, cloud)

    again = _run({"run": "june"}, cloud)
    assert "BatchRefused" == again.error
    assert ["Completed"] == list(cloud.jobs.values())

    cloud.models.add(next(iter(cloud.jobs)))  # as while the first one runs
    meanwhile = _run({"run": "june"}, cloud)
    assert "BatchRefused" == meanwhile.error
    assert [] == meanwhile.called("DeleteModel")


def test_a_busy_service_is_asked_again():
    """
    Reads that SageMaker was too busy for do not fail a run.
    """
    assert not _run({}, FakeBatch(busy=2)).error


def test_a_storm_of_files_is_one_run():
    """
    A thousand files of one window start one run, named after the window, which waits until the window is over.
    """
    cloud = FakeBatch()

    ended = [_run({}, cloud, "nightly-arrivals", on="data") for _file in range(50)]

    assert {""} == {e.error for e in ended}
    ((name, text),) = cloud.executions.items()
    start = json.loads(text)
    assert name == start["run"]
    assert "2026-11-21T10:15:00.000Z" == start["not_before"]  # the first file came at 10:11:12; windows are 15 minutes
    scored = _run(start, cloud, on="data")
    assert not scored.error, scored.cause
    assert scored.output["run"] == name
    assert "Gather" in scored.states


def test_new_files_of_the_input_alone_start_a_run():
    """
    The rule hears of objects with something in them under the input, in the data bucket, which tells EventBridge.
    """
    planned = _planned(on="data")
    pattern = json.loads(planned.one("aws:cloudwatch/eventRule:EventRule").inputs["eventPattern"])
    notification = planned.one("aws:s3/bucketNotification:BucketNotification")

    assert [{"prefix": "data/in/"}] == pattern["detail"]["object"]["key"]
    assert pattern["detail"]["bucket"]["name"] == [notification.inputs["bucket"]]
    assert notification.inputs["eventbridge"]
    assert "EXPRESS" == planned.one(MACHINE, "nightly-arrivals").inputs["type"]


def test_a_bucket_of_yours_is_not_told_what_to_tell():
    """
    Where the data bucket is one that exists, `on: data` is refused: its notifications may serve others.
    """
    ground = '{"scores": true, "arrivals": true, "storage": {"existing": {"data": "team-data"}}}'

    with pytest.raises(ValueError, match=r"storage\.existing\.data names one of yours.*Write a schedule"):
        _planned(ground, on="data")


@pytest.mark.parametrize(
    ("text", "cron", "zone"),
    [
        ("hourly", "cron(0 * * * ? *)", "UTC"),
        ("daily 01:30 Asia/Kolkata", "cron(30 1 * * ? *)", "Asia/Kolkata"),
        ("weekly sunday 02:00 Europe/Paris", "cron(0 2 ? * 1 *)", "Europe/Paris"),
        ("weekly saturday 23:59", "cron(59 23 ? * 7 *)", "UTC"),
        ("monthly 28 03:00", "cron(0 3 28 * ? *)", "UTC"),
    ],
)
def test_every_schedule_is_kept_in_its_own_time_zone(text, cron, zone):
    """
    Each form of a schedule is the same moment to EventBridge Scheduler, in the blueprint's own time zone.
    """
    schedule = _planned(schedule=text).one("aws:scheduler/schedule:Schedule")

    assert (cron, zone) == (schedule.inputs["scheduleExpression"], schedule.inputs["scheduleExpressionTimezone"])
    assert ":key/" in schedule.inputs["kmsKeyArn"]


def test_starters_start_one_state_machine_and_nothing_else():
    """
    The role of a schedule, and of a rule, may start its own state machine, and is taken for its own source alone.
    """
    planned = _planned(on="data", schedule="hourly")

    for what, machine in (("schedule", "nightly-batch"), ("arrivals", "nightly-arrivals")):
        policy = planned.one("aws:iam/rolePolicy:RolePolicy", f"nightly-{what}-policy")
        (start,) = [s for s in statements(policy.inputs["policy"]) if "states:StartExecution" in as_list(s["Action"])]
        assert start["Resource"].endswith(planned.one(MACHINE, machine).inputs["name"])
        trust = planned.one("aws:iam/role:Role", f"nightly-{what}-role").inputs["assumeRolePolicy"]
        assert "aws:SourceArn" in trust


def test_a_job_reads_its_input_and_writes_its_output_alone():
    """
    The job's role reads no other data than the input, and writes nowhere but under the output.
    """
    policy = _planned().one("aws:iam/rolePolicy:RolePolicy", "nightly-score-policy").inputs["policy"]

    found = {s["Sid"]: s for s in statements(policy)}
    writing = [s["Sid"] for s in statements(policy) if "s3:PutObject" in as_list(s["Action"])]
    assert ["OutputObjects"] == writing
    assert all(r.endswith("/data/out/*") for r in as_list(found["OutputObjects"]["Resource"]))
    assert all(r.endswith("/data/in/*") for r in as_list(found["InputObjects"]["Resource"]))


@pytest.mark.parametrize("name", ["b", "a-name-of-two-and-thirty-letters"])
def test_the_pipeline_role_may_make_what_a_run_makes(name):
    """
    Names of jobs, models and roles are within what the pipeline role may make and pass on, however long they get.
    """
    context = {"blueprint": "a-blueprint-of-24-letter", "environment": "an-environment-of-30-letters"}
    planned = plan_component("batch", "aws", BatchSpec.model_validate(SPEC), name=name, context=context)
    definition = json.loads(planned.one(MACHINE, f"{name}-batch").inputs["definition"])
    ended = run(definition, {"run": "x" * 26}, FakeBatch())
    (model,), (job,) = ended.called("CreateModel"), ended.called("CreateTransformJob")
    allowed = [
        (action, resource.split(":", 5)[5])
        for policy in policies_of(planned, "pipeline")
        for statement in statements(policy.inputs["policy"])
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
        if resource.startswith("arn:")
    ]

    for action, made in (
        ("sagemaker:CreateModel", f"model/{model['ModelName']}"),
        ("sagemaker:DeleteModel", f"model/{model['ModelName']}"),
        ("sagemaker:CreateTransformJob", f"transform-job/{job['TransformJobName']}"),
        ("iam:PassRole", model["ExecutionRoleArn"].split(":", 5)[5]),
        (
            "sagemaker:ListModelPackages",
            f"model-package/{ended.called('ListModelPackages')[0]['ModelPackageGroupName']}/12",
        ),
    ):
        assert any(a == action and fnmatchcase(made, r) for a, r in allowed), (action, made)


def test_the_machine_is_one_that_runs_transform_jobs():
    """
    A machine that SageMaker serves on, but runs no transform job on, is not taken; where no other will do, it is said.
    """
    assert _planned(machine={"cpu": 2, "memory": "4GiB"}).one(MACHINE, "nightly-batch")
    with pytest.raises(NoMachine, match="runs no transform job on it"):
        _planned(machine={"accelerator": "H100", "count": 8})


def test_an_image_of_ones_own_serves_the_version():
    """
    With an image in the blueprint, the version's files are served by it.
    """
    ended = _run({}, FakeBatch(), image="score:2")

    (model,) = ended.called("CreateModel")
    assert model["PrimaryContainer"]["Image"].endswith("/score:2")
    assert "s3://b/m.tar.gz" == model["PrimaryContainer"]["ModelDataUrl"]
