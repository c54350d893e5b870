"""Batch scoring on Vertex AI: what a started run does, on good days and bad ones, and what starts it."""

import json
from functools import cache
from typing import Any

import pytest

from components.batch import BatchSpec
from components.foundation import FoundationSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.gcp_batch import BatchProject
from tests.truth.gcp_expression import Raised
from tests.truth.gcp_project import Job

WORKFLOW = "gcp:workflows/workflow:Workflow"
SPEC = {"model": "fraud", "input": "data/in", "output": "data/out/", "machine": {"cpu": 4}, "max_run": "2h"}
APPROVED = {"approval": "approved"}


@cache
def _plan(fields: str) -> Planned:
    spec = BatchSpec.model_validate({**SPEC, **json.loads(fields)})
    ground = FoundationSpec(scores=True, arrivals=True)
    return plan_component("batch", "gcp", spec, name="nightly", foundation=ground)


def _planned(**fields: Any) -> Planned:
    return _plan(json.dumps(fields))


def _source(workflow: str = "nightly-batch", **fields: Any) -> str:
    return _planned(**fields).one(WORKFLOW, workflow).inputs["sourceContents"]


def _given(**fields: Any) -> dict[str, Any]:
    return json.loads(_source(**fields))["main"]["steps"][0]["given"]["assign"][0]["given"]


def _project(*jobs: Job, **more: Any) -> BatchProject:
    """A project with three versions, of which the second is the newest that is approved."""
    project = BatchProject(jobs or [Job()], **more)
    model = _given()["model"]
    for labels in (APPROVED, APPROVED, {"approval": "pending"}):
        project.add_version(model, labels=labels, artifactUri="gs://b/m", containerSpec={"imageUri": "i"})
    return project


def test_a_start_without_words_scores_with_the_newest_approved_version():
    """
    `{}`, and nothing at all, take the newest approved version and score every file under the input, once.
    """
    for start in ({}, None):
        project = _project()

        done = project.run(_source(), start)

        (job,) = project.sent
        assert done["version"] == "2"
        assert job["model"].endswith("@2")
        assert job["inputConfig"]["gcsSource"]["uris"][0].endswith("/data/in/**")
        assert job["outputConfig"]["gcsDestination"]["outputUriPrefix"] == done["output"]
        assert done["output"].endswith(f"/data/out/{done['run']}")
        assert "/cryptoKeys/" in job["encryptionSpec"]["kmsKeyName"]
        assert "-serve-" in job["serviceAccount"]


def test_a_start_can_say_version_paths_and_name():
    """
    What a start says stands in for the blueprint's words; a path is one of the data store, a URI is taken as it is.
    """
    project = _project()

    done = project.run(_source(), {"version": 1, "input": "gs://else/in/", "output": "data/june/", "run": "june"})

    (job,) = project.sent
    assert ("1", "june") == (done["version"], job["displayName"])
    assert ["gs://else/in/**"] == job["inputConfig"]["gcsSource"]["uris"]
    assert done["output"].endswith("/data/june/june")


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ({"model": "other"}, "a start takes version, input, output and run"),
        ({"input": "s3://x/y"}, "neither a path of the data store nor"),
        ({"output": "../up"}, "neither a path of the data store nor"),
        ({"run": "Not a name"}, "write lower-case letters"),
        ({"version": "99"}, "has no version 99"),
        ({"version": "3"}, "is not approved; its approval is pending"),
    ],
)
def test_an_odd_start_is_refused_before_it_costs_anything(start, said):
    """
    A start with a word that means nothing, or a version that may not answer, fails before a job is made.
    """
    project = _project()

    with pytest.raises(Raised, match=said):
        project.run(_source(), start)
    assert [] == project.sent


def test_no_approved_version_is_said():
    """
    Where nothing is registered, or nothing approved, a run fails with that reason.
    """
    with pytest.raises(Raised, match="has no approved version; register one"):
        BatchProject([Job()]).run(_source(), {})
    pending = BatchProject([Job()])
    pending.add_version(_given()["model"], labels={"approval": "pending"})
    with pytest.raises(Raised, match="has no approved version; approve one"):
        pending.run(_source(), {})


def test_a_failed_job_says_why():
    """
    A run whose job fails ends as failed with the job's own error.
    """
    project = _project(Job("JOB_STATE_FAILED", error={"code": 3, "message": "the container exited with 1"}))

    with pytest.raises(Raised, match="the container exited with 1"):
        project.run(_source(), {})


@pytest.mark.parametrize("state", ["JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED"])
def test_records_without_an_answer_fail_the_run(state):
    """
    A job that Vertex AI calls done, but that left records out, is no success.
    """
    project = _project(Job(state), failed=3)

    with pytest.raises(Raised, match="3 records have no answer"):
        project.run(_source(), {})


def test_a_run_that_takes_too_long_is_cancelled():
    """
    After max_run the job is cancelled, and the run fails and says so.
    """
    project = _project(Job(after=10_000))

    with pytest.raises(Raised, match="longer than max_run, 2h"):
        project.run(_source(), {})
    assert 1 == len(project.bodies(":cancel"))
    assert 7200 <= project.engine.now < 8000


def test_a_job_that_ends_while_it_is_cancelled_counts():
    """
    A job that ended well between the last look and the cancellation is a success.
    """
    project = _project(Job(after=7201))

    assert "nightly" in project.run(_source(), {})["run"]


def test_one_name_is_one_run():
    """
    A second start of the same name is refused; after a failure the name is free.
    """
    project = _project(Job("JOB_STATE_FAILED"), Job(), Job())
    with pytest.raises(Raised):
        project.run(_source(), {"run": "june"})

    project.run(_source(), {"run": "june"})

    with pytest.raises(Raised, match="a job called june runs or has succeeded"):
        project.run(_source(), {"run": "june"})


def test_a_busy_service_is_asked_again():
    """
    Reads that were answered with 503 or 429 do not fail a run.
    """
    assert _project(flaky=[503, 429]).run(_source(), {})


def test_a_storm_of_files_is_one_run():
    """
    A hundred files of one window start one run, when the window is over; a file after it starts the next.
    """
    project, source = BatchProject(), _source("nightly-arrivals", on="data", settle="10m")
    outcomes = []
    for file in range(100):
        project.engine.now = 1_000_000 + file  # within the window that ends at 1 000 200
        project.engine.execution = f"execution-{file}"
        outcomes.append(project.run(source, {"id": str(file)}))
        if file == 0:
            assert project.engine.now == 1_000_200

    assert [json.loads(text)["run"] for text in project.started] == ["data-1666"]
    assert 99 == sum("gathered" in o for o in outcomes)
    project.engine.now, project.engine.execution = 1_000_201, "later"
    project.run(source, {})
    assert "data-1667" in project.started[-1]


def test_an_answer_that_got_lost_starts_the_run_all_the_same():
    """
    Where the store wrote the window's object, but its answer got lost, the one that wrote it goes on.
    """
    project = BatchProject(lost=True)
    project.engine.now = 1_000_000

    project.run(_source("nightly-arrivals", on="data"), {})

    assert 1 == len(project.started)


def test_a_gathered_run_is_a_run():
    """
    What the gate starts is a start that the run takes.
    """
    project = _project()

    assert "data-1666" == project.run(_source(on="data"), {"run": "data-1666"})["run"]


def test_new_files_of_the_input_alone_start_a_run():
    """
    The bucket tells of files under the input, by a topic under the customer's key, and the trigger starts the gate.
    """
    planned = _planned(on="data")
    notification = planned.one("gcp:storage/notification:Notification").inputs
    trigger = planned.one("gcp:eventarc/trigger:Trigger").inputs

    assert ("data/in/", ["OBJECT_FINALIZE"]) == (notification["objectNamePrefix"], notification["eventTypes"])
    assert trigger["transport"]["pubsub"]["topic"] == notification["topic"]
    gate = planned.one(WORKFLOW, "nightly-arrivals").inputs["name"]
    assert trigger["destination"]["workflow"].endswith(f"/{gate}")
    assert "/cryptoKeys/" in planned.one("gcp:pubsub/topic:Topic", "nightly-arrivals").inputs["kmsKeyName"]


@pytest.mark.parametrize(
    ("text", "cron", "zone"),
    [
        ("hourly", "0 * * * *", "UTC"),
        ("daily 01:30 Asia/Kolkata", "30 1 * * *", "Asia/Kolkata"),
        ("weekly sunday 02:00 Europe/Paris", "0 2 * * 0", "Europe/Paris"),
        ("monthly 28 03:00", "0 3 28 * *", "UTC"),
    ],
)
def test_every_schedule_is_kept_in_its_own_time_zone(text, cron, zone):
    """
    Each form of a schedule is the same moment to Cloud Scheduler, in the blueprint's own time zone.
    """
    planned = _planned(schedule=text)
    job, workflow = planned.one("gcp:cloudscheduler/job:Job").inputs, planned.one(WORKFLOW, "nightly-batch").inputs

    assert (cron, zone) == (job["schedule"], job["timeZone"])
    assert job["httpTarget"]["uri"].endswith(f"/{workflow['name']}/executions")


def test_an_image_of_ones_own_serves_the_version():
    """
    With an image in the blueprint the version's files are served by it; without one, the version as it is registered.
    """
    project = _project()

    project.run(_source(image="score:2"), {})

    (job,) = project.sent
    assert job["unmanagedContainerModel"]["containerSpec"]["imageUri"].endswith("/score:2")
    assert "gs://b/m" == job["unmanagedContainerModel"]["artifactUri"]


def test_every_machine_of_a_run_works_from_the_start():
    """
    Replicas are machines that share the work, all of them at once.
    """
    project = _project()

    project.run(_source(replicas=7), {})

    resources = project.sent[0]["dedicatedResources"]
    assert (7, 7) == (resources["startingReplicaCount"], resources["maxReplicaCount"])
