"""Hours of a Vertex AI endpoint that have other bounds: what starts the change, and what becomes of the replicas."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from components.clouds.gcp.hours import clocks
from components.endpoint import Times
from components.foundation import FoundationSpec
from groundplan.testing.component import plan_component
from tests.components.endpoint.gcp_serving import VERSION, plan
from tests.truth.gcp_discovery import faults
from tests.truth.gcp_project import Project
from tests.truth.gcp_workflow_engine import Raised

WORKFLOW, CLOCK = "gcp:workflows/workflow:Workflow", "gcp:cloudscheduler/job:Job"
EVENING = {"evening": {"every": "daily 17:00-23:00 Europe/Paris", "min": 4, "max": 8}}
NIGHT = {"night": {"every": "weekdays 22:00-06:00 Europe/Paris", "min": 2}}
SCALE = {"min": 1, "max": 3, "schedule": EVENING}


def _source(name: str, scale: Mapping[str, Any] = SCALE) -> str:
    return plan(scale=dict(scale)).one(WORKFLOW, f"scorer-{name}").inputs["sourceContents"]


def _at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _project(moment: str, **fields: Any) -> Project:
    project = Project(**fields)
    given = json.loads(_source("release"))["main"]["steps"][0]["given"]["assign"][0]["given"]
    for _ in range(2):
        project.add_version(given["model"], **VERSION)
    project.engine.now = _at(moment)
    return project


def _sizes(project: Project) -> list[tuple[int, int]]:
    found = [model["dedicatedResources"] for model in project.deployed]
    return [(each["minReplicaCount"], each["maxReplicaCount"]) for each in found]


@pytest.mark.parametrize(
    ("moment", "sizes"),
    [
        ("2026-07-01T16:50:00+02:00", (1, 3)),
        ("2026-07-01T17:00:00+02:00", (4, 8)),
        ("2026-01-07T22:55:00+01:00", (4, 8)),
        ("2026-01-07T23:00:00+01:00", (1, 3)),
    ],
)
def test_a_release_deploys_with_the_bounds_of_its_hour(moment, sizes):
    """
    Whatever the hour, what a release brings is as large as the blueprint says for it, summer time or not.
    """
    project = _project(moment)

    project.run(_source("release"), {"version": "1"})

    assert [sizes] == _sizes(project)


@pytest.mark.parametrize(
    ("moment", "sizes"),
    [
        ("2026-07-06T23:00:00+02:00", (2, 3)),  # Monday
        ("2026-07-07T05:59:00+02:00", (2, 3)),
        ("2026-07-07T06:00:00+02:00", (1, 3)),
        ("2026-07-11T05:00:00+02:00", (2, 3)),  # of Friday
        ("2026-07-11T22:30:00+02:00", (1, 3)),  # Saturday
        ("2026-07-06T05:00:00+02:00", (1, 3)),  # of Sunday
    ],
)
def test_hours_may_end_on_the_next_day(moment, sizes):
    """
    Hours over midnight belong to the day on which they begin, to the day of the week too.
    """
    project = _project(moment)

    project.run(_source("release", {"min": 1, "max": 3, "schedule": NIGHT}), {"version": "1"})

    assert [sizes] == _sizes(project)


def test_what_serves_changes_when_hours_begin_and_end():
    """
    The workflow that the clocks start gives what is deployed its new bounds, and back; a second start changes nothing.
    """
    project = _project("2026-07-01T12:00:00+02:00")
    project.run(_source("release"), {"version": "1"})
    project.running = 0

    for moment, sizes in (("2026-07-01T17:00:00+02:00", (4, 8)), ("2026-07-01T23:00:00+02:00", (1, 3))):
        for _ in range(2):
            project.engine.now = _at(moment)
            project.run(_source("hours"), {})
            assert [sizes] == _sizes(project)

    assert 2 == len(project.bodies(":mutateDeployedModel"))
    assert [100] == list(project.split.values())


def test_nothing_deployed_is_fine():
    """
    Before a first release there is nothing to change, and the workflow ends well.
    """
    project = _project("2026-07-01T17:00:00+02:00", running=0)

    assert {"minReplicaCount": 4, "maxReplicaCount": 8} == project.run(_source("hours"), {})
    assert [] == project.bodies(":mutateDeployedModel")


def test_a_clock_that_is_a_second_early_changes_nothing_for_the_worse():
    """
    The moment is read with some slack: hours that begin now have begun.
    """
    project = _project("2026-07-01T16:59:59+02:00", running=0)

    assert 4 == project.run(_source("hours"), {})["minReplicaCount"]


def test_a_release_that_was_under_way_is_waited_for():
    """
    What a release deploys while hours begin, with the bounds of the hour before, has the new ones soon after it ends.
    """
    project = _project("2026-07-01T16:55:00+02:00")
    release, hours = _source("release"), _source("hours")
    project.run(release, {"version": "1"})
    project.deployed.clear()
    late = {**VERSION, "id": "7000", "displayName": "v1", "dedicatedResources": {"minReplicaCount": 1}}
    project.engine.now = _at("2026-07-01T17:00:00+02:00")
    project.due.append((project.engine.now + 900, lambda: project.deployed.append(late)))
    project.due.append((project.engine.now + 901, lambda: setattr(project, "running", 0)))

    project.run(hours, {})

    assert [(4, 8)] == _sizes(project)
    assert project.engine.now < _at("2026-07-01T17:20:00+02:00")


def test_an_endpoint_that_is_busy_is_tried_again():
    """
    While another operation holds the endpoint the change is refused; it is made once that is over.
    """
    project = _project("2026-07-01T12:00:00+02:00")
    project.run(_source("release"), {"version": "1"})
    project.running = 0
    project.engine.now = _at("2026-07-01T17:00:00+02:00")
    project.due.append((project.engine.now + 500, lambda: None))

    project.run(_source("hours"), {})

    assert [(4, 8)] == _sizes(project)


def test_what_can_not_be_changed_is_told_in_the_end():
    """
    A refusal that lasts fails the workflow with the API's answer, after two hours of trying.
    """
    project = _project("2026-07-01T12:00:00+02:00", fails={"mutateDeployedModel": "quota of CPUs exceeded"})
    project.run(_source("release"), {"version": "1"})
    project.running = 0
    began = project.engine.now = _at("2026-07-01T17:00:00+02:00")

    with pytest.raises(Raised, match="quota of CPUs"):
        project.run(_source("hours"), {})

    assert 3600 < project.engine.now - began < 5 * 3600
    assert [(1, 3)] == _sizes(project)


def test_a_rollout_that_lasts_for_days_ends_the_wait_at_the_next_hours():
    """
    The workflow does not wait for a release beyond its own hours: those that follow have a start of their own.
    """
    project = _project("2026-07-01T17:00:00+02:00")

    project.run(_source("hours"), {})

    assert project.engine.now < _at("2026-07-01T23:05:00+02:00")
    assert project.engine.steps < 50_000


def test_hours_without_a_replica_are_of_the_api_that_has_them():
    """
    Where some hours scale to zero, all changes go by v1beta1, and what wakes replicas up comes and goes with the hours.
    """
    scale = {"min": 1, "max": 3, "schedule": {"night": {"every": "daily 00:00-06:00", "min": 0}}}
    project = _project("2026-07-01T12:00:00+00:00")
    project.run(_source("release", scale), {"version": "1"})
    project.running = 0
    assert "scaleToZeroSpec" not in project.deployed[0]["dedicatedResources"]

    project.engine.now = _at("2026-07-02T00:00:00+00:00")
    project.run(_source("hours", scale), {})

    resources = project.deployed[0]["dedicatedResources"]
    assert (0, "900s") == (resources["minReplicaCount"], resources["scaleToZeroSpec"]["idleScaledownPeriod"])
    assert [] == faults("aiplatform.v1beta1", "GoogleCloudAiplatformV1beta1DedicatedResources", resources)
    assert all("/v1beta1/" in url for _, url, _ in project.calls if "mutate" in url or "deployModel" in url)


def test_what_wakes_replicas_up_goes_when_hours_with_replicas_begin():
    """
    A model that was released at night, without a replica, is by day as one that was released then.
    """
    scale = {"min": 1, "max": 3, "schedule": {"night": {"every": "daily 00:00-06:00", "min": 0}}}
    project = _project("2026-07-02T01:00:00+00:00")
    project.run(_source("release", scale), {"version": "1"})
    project.running = 0
    assert 1 == project.deployed[0]["dedicatedResources"]["initialReplicaCount"]

    project.engine.now = _at("2026-07-02T06:00:00+00:00")
    project.run(_source("hours", scale), {})

    assert [(1, 3)] == _sizes(project)
    assert not {"initialReplicaCount", "scaleToZeroSpec"} & set(project.deployed[0]["dedicatedResources"])


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("daily 17:00-23:30 Europe/Paris", "0 17 * * *", "30 23 * * *"),
        ("weekdays 08:05-18:00", "5 8 * * 1,2,3,4,5", "0 18 * * 1,2,3,4,5"),
        ("weekends 22:00-06:00", "0 22 * * 0,6", "0 6 * * 0,1"),
    ],
)
def test_clocks_ring_when_hours_begin_and_end(text, begin, end):
    """
    Minute, hour and day of the week are those of the blueprint; Cloud Scheduler's Sunday is 0.
    """
    assert {"begin": begin, "end": end} == clocks(Times.parse(text))


def test_clocks_start_the_workflow_as_who_may_start_workflows_and_nothing_else():
    """
    In the time zone of the hours, by the account that submits, for each edge of each of them.
    """
    found = plan(scale=dict(SCALE)).all(CLOCK)

    assert {"scorer-evening-begin", "scorer-evening-end"} == {job.name for job in found}
    for job in found:
        assert "Europe/Paris" == job.at("timeZone")
        assert "example-prod-submit" in job.at("httpTarget.oauthToken.serviceAccountEmail")
        assert job.at("httpTarget.uri").endswith("/executions")


def test_without_hours_there_is_neither_clock_nor_workflow():
    """
    And the foundation switches Cloud Scheduler on only where there are clocks.
    """
    planned = plan()

    assert [] == planned.all(CLOCK)
    assert 1 == len(planned.all(WORKFLOW))
    for spec, there in ((FoundationSpec(), False), (FoundationSpec(serving=["schedule"]), True)):
        ground = plan_component("foundation", "gcp", spec)
        services = [r.at("service") for r in ground.all("gcp:projects/service:Service")]
        assert there == ("cloudscheduler.googleapis.com" in services)
