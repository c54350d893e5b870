"""Batch scoring on Azure ML: what a started run does, on good days and bad ones, and what starts it."""

import json
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import pytest
from jsonschema import ValidationError

from components.batch import BatchSpec
from components.clouds.azure.zones import windows_zone
from components.foundation import FoundationSpec
from groundplan.sandbox import Emulator
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.azure_batch import Arrivals, Scoring
from tests.truth.azure_faults import as_inputs
from tests.truth.azure_workflows import Run, run

WORKFLOW = "azure-native:logic:Workflow"
COMPUTE = "azure-native:machinelearningservices:Compute"
SPEC = {
    "model": "fraud",
    "image": "score:2",
    "input": "data/in/",
    "output": "data/out/",
    "machine": {"cpu": 4},
    "max_run": "2h",
    "spot": False,
}


@cache
def _plan(fields: str) -> Planned:
    asked = {key: value for key, value in {**SPEC, **json.loads(fields)}.items() if value is not None}
    ground = FoundationSpec(scores=True, arrivals=True)
    return plan_component("batch", "azure", BatchSpec.model_validate(asked), name="nightly", foundation=ground)


def _planned(**fields: Any) -> Planned:
    return _plan(json.dumps(fields))


def _run(start: dict[str, Any], cloud: Any, workflow: str = "nightly-batch", **fields: Any) -> Run:
    app = _planned(**fields).one(WORKFLOW, workflow)
    return run(app.inputs["definition"], app.inputs["parameters"], start, cloud)


def test_a_start_without_words_scores_with_the_newest_approved_version():
    """
    `{}` takes the newest version with the stage Approved, and scores every file under the input, once.
    """
    cloud = Scoring()

    done = _run({}, cloud)

    ((name, job),) = cloud.bodies.items()
    assert "Succeeded" == done.status, done.error
    assert "2" == done.outputs["result"]["version"]
    assert "azureml://models/2" == job["inputs"]["model"]["uri"]
    assert job["inputs"]["records"]["uri"].endswith("/data/in/")
    assert job["outputs"]["answers"]["uri"] == done.outputs["result"]["output"]
    assert name == f"nightly-batch-{done.outputs['result']['run']}"
    assert {"jobLimitsType": "Command", "timeout": "PT7200S"} == job["limits"]
    assert job["identity"]["resourceId"].endswith("/example-prod-score")


def test_a_start_can_say_version_paths_and_name():
    """
    What a start says stands in for the blueprint's words; a path is one of the data store, a URI is taken as it is.
    """
    cloud = Scoring()

    uri = "azureml://datastores/else/paths/in/"
    done = _run({"version": "1", "input": uri, "output": "data/june", "run": "june"}, cloud)

    (job,) = cloud.bodies.values()
    assert "1" == done.outputs["result"]["version"]
    assert uri == job["inputs"]["records"]["uri"]
    assert job["outputs"]["answers"]["uri"].endswith("/data/june/june")
    assert ["nightly-batch-june"] == list(cloud.bodies)


@pytest.mark.parametrize("start", [{"model": "x"}, {"run": "Not a name"}, {"input": "a b"}, {"version": "../1"}])
def test_an_odd_start_starts_nothing(start):
    """
    A start with a word that means nothing does not fit the trigger, so no run begins.
    """
    with pytest.raises(ValidationError):
        _run(start, Scoring())


def test_no_approved_version_is_said():
    """
    Where nothing is approved, a run fails with that reason; a version that is not approved is not taken by name either.
    """
    assert "NoApprovedVersion" == _run({}, Scoring(versions={"1": "None"})).error["code"]
    assert "NotApproved" == _run({"version": "3"}, Scoring()).error["code"]
    missing = _run({"version": "99"}, Scoring())
    assert ("Failed", []) == (missing.status, missing.sent("PUT"))


def test_a_failed_job_says_where_its_log_is():
    """
    A run whose job fails ends as failed, and says under which experiment its log is.
    """
    done = _run({}, Scoring(dedicated=((0, "Queued"), (300, "Running"), (900, "Failed"))))

    assert "BatchFailed" == done.error["code"]
    assert "batch-nightly" in done.error["message"]


def test_a_run_that_takes_too_long_is_cancelled():
    """
    After max_run, waiting for machines counted, the job is cancelled, and the run fails and says so.
    """
    for plan in (((0, "Queued"),), ((0, "Queued"), (300, "Running"))):
        cloud = Scoring(dedicated=plan)

        done = _run({}, cloud)

        assert "MaxRunOver" == done.error["code"]
        assert "max_run, 2h" in done.error["message"]
        assert 1 == len(cloud.cancelled)
        assert 7200 <= done.seconds < 8000


def test_a_job_that_ends_while_it_is_cancelled_counts():
    """
    A job that ended well between the last look and the cancellation is a success.
    """
    cloud = Scoring(dedicated=((0, "Queued"), (7230, "Completed")), cancel_seconds=90)

    assert "Succeeded" == _run({}, cloud).status


def test_one_name_is_one_run():
    """
    A second start of the same name fails, and leaves the first alone.
    """
    cloud = Scoring()
    assert "Succeeded" == _run({"run": "june"}, cloud).status

    again = _run({"run": "june"}, cloud)

    assert ("Failed", 1, {}) == (again.status, len(cloud.bodies), cloud.cancelled)


def test_a_storm_of_files_is_one_run():
    """
    However many files the log has of a window, one run of its name is started; a look later starts it no second time.
    """
    cloud = Arrivals(["20261121-0915"])

    first = _run({}, cloud, "nightly-arrivals", on="data")
    cloud.jobs.add("nightly-batch-data-20261121-0915")
    second = _run({}, cloud, "nightly-arrivals", on="data")

    assert ("Succeeded", "Succeeded") == (first.status, second.status)
    assert [{"run": "data-20261121-0915"}] == cloud.started
    assert "Succeeded" == _run(cloud.started[0], Scoring(), on="data").status


def test_a_window_that_was_missed_is_made_up_for():
    """
    Windows of the last hour whose run was never started are started, those that were are not.
    """
    cloud = Arrivals(["1", "2"], jobs={"nightly-batch-data-1"})

    _run({}, cloud, "nightly-arrivals", on="data")

    assert [{"run": "data-2"}] == cloud.started


def test_no_new_data_starts_nothing():
    """
    A window without files starts nothing, nor does a store in which nobody ever did anything; another error is said.
    """
    never = (400, {"error": {"message": "Failed to resolve table or column expression named 'StorageBlobLogs'"}})

    for cloud in (Arrivals(), Arrivals(refused=never)):
        assert "Succeeded" == _run({}, cloud, "nightly-arrivals", on="data").status
        assert [] == cloud.started
    assert "LogUnreadable" == _run({}, Arrivals(refused=(403, None)), "nightly-arrivals", on="data").error["code"]


def test_new_files_of_the_input_alone_start_a_run():
    """
    The log is asked for files under the input in the data store, written within whole windows that are over.
    """
    cloud = Arrivals()

    _run({}, cloud, "nightly-arrivals", on="data", settle="20m")

    (query,) = cloud.queries
    account = _planned(on="data").one("azure-native:storage:StorageAccount", "data-account").inputs["accountName"]
    assert f'ObjectKey startswith "/{account}/data/data/in/"' in query
    assert "window < bin(now(), 20m)" in query
    trigger = _planned(on="data", settle="20m").one(WORKFLOW, "nightly-arrivals").at("definition.triggers.recurrence")
    assert ("Minute", 20) == (trigger["recurrence"]["frequency"], trigger["recurrence"]["interval"])


@pytest.mark.parametrize(
    ("text", "frequency", "begins", "zone"),
    [
        ("hourly", "Hour", "2026-01-04T00:00:00", "UTC"),
        ("daily 01:30 Asia/Kolkata", "Day", "2026-01-04T01:30:00", "India Standard Time"),
        ("weekly sunday 02:00 Europe/Paris", "Week", "2026-01-04T02:00:00", "Romance Standard Time"),
        ("weekly saturday 23:59", "Week", "2026-01-10T23:59:00", "UTC"),
        ("monthly 28 03:00", "Month", "2026-01-28T03:00:00", "UTC"),
    ],
)
def test_every_schedule_is_kept_in_its_own_time_zone(text, frequency, begins, zone):
    """
    Each form of a schedule is the same moment to a recurrence, in the blueprint's own time zone by its Windows name.
    """
    app = _planned(schedule=text).one(WORKFLOW, "nightly-schedule").inputs

    found = app["definition"]["triggers"]["recurrence"]["recurrence"]
    assert (frequency, 1, begins, zone) == (
        found["frequency"],
        found["interval"],
        found["startTime"],
        found["timeZone"],
    )
    cloud = Arrivals()
    assert "Succeeded" == run(app["definition"], app["parameters"], {}, cloud).status
    assert [{}] == cloud.started


def test_time_zones_are_known_or_refused():
    """
    Of the time zones that a schedule may name, each has its Windows name, or is refused by its own name.
    """
    unknown = {"Antarctica/Troll", "Factory", "localtime", "build/etc/localtime"}

    assert all(windows_zone(zone) for zone in available_timezones() - unknown)
    for zone in unknown:
        with pytest.raises(ValueError, match=zone):
            windows_zone(zone)


def test_azure_ml_takes_the_job():
    """
    The job that a run submits is one that the API has: its fields, their types, and the values of its enums.
    """
    kinds: tuple[dict[str, Any], ...] = ({"replicas": 3}, {"image": None, "runtime": "sklearn", "format": "csv"})
    for fields in kinds:
        done = _run({}, Scoring(), **fields)
        (submitted,) = done.sent("PUT", "/jobs/")
        kind, inputs = as_inputs(submitted)
        nobody = "00000000-0000-0000-0000-000000000000"
        cloud = Emulator({"cloud": "azure", "region": "eastus", "subscription": nobody, "tenant": nobody})

        assert [] == list(cloud.check(f"azure-native:{kind}", inputs))


def test_spot_machines_are_low_priority_and_gone_when_idle():
    """
    Clusters are low priority by default, have no public address, and no machine while nothing runs.
    """
    machines = _planned(spot=None, replicas=3).one(COMPUTE).at("properties.properties")

    assert ("LowPriority", 0, 3) == (
        machines["vmPriority"],
        machines["scaleSettings"]["minNodeCount"],
        machines["scaleSettings"]["maxNodeCount"],
    )
    assert machines["enableNodePublicIp"] is False


def test_a_version_needs_somebody_to_serve_it():
    """
    Without image and runtime a batch job is refused: a version on Azure ML keeps no image.
    """
    with pytest.raises(ValueError, match="keeps no image"):
        _planned(image=None)
