"""The hard stop on Azure: what it does to a stack whose month has cost the limit, and below it again."""

import json

import pytest

from tests.components.budget.azure_stop_stack import (
    look,
    named,
    plan,
    release,
    running,
    stopped,
    workspace,
)
from tests.truth.azure_stop import estate

STARTS = (
    *("nightly-arrivals", "nightly-schedule", "refresh-events", "refresh-files", "refresh-starts"),
    *("scorer-each-6h", "spending-materialize"),
)
"""Logic Apps of the stack that the clock starts."""


def starts(planned):
    return {named(planned, app) for app in STARTS}


@pytest.mark.parametrize("spend", [299.99, None], ids=["below", "unknown"])
def test_below_the_limit_nothing_is_touched(spend):
    """
    A look below the limit, or before anybody knows what is spent, reads and changes nothing.
    """
    planned, azure = running()
    azure.spend = spend

    done = look(planned, azure)

    assert "Succeeded" == done.status
    assert {"GET"} == {request.method for request in done.requests}
    assert 2 == len(done.requests)


def test_at_the_limit_nothing_starts_by_itself():
    """
    What the clock starts is switched off, and only that: a release by people stays possible.
    """
    planned, azure = stopped()

    assert starts(planned) == set(azure.apps) - azure.on
    assert sorted(starts(planned)) == sorted(json.loads(azure.stopped["description"])["off"])


def test_at_the_limit_what_runs_is_cancelled():
    """
    Runs of the stack's Logic Apps, those that wait, and jobs of its workspaces are cancelled; what is over stays.
    """
    planned, azure = stopped()

    for app in ("net-runs", "refresh-pipeline"):
        assert ["Succeeded", *["Cancelled"] * 4, "Failed"] == list(azure.runs[named(planned, app)].values())
    asked = "CancelRequested"
    assert {"j1": "Completed", "j2": asked, "j3": asked, "j4": "Failed", "sweep": asked} == azure.jobs[
        workspace(planned)
    ]
    assert {"spark": asked} == azure.jobs[workspace(planned, "store")]


def test_at_the_limit_what_serves_and_notebooks_lose_their_machines():
    """
    No endpoint has a deployment or an autoscale setting, the endpoints themselves stay, and notebooks stop.
    """
    _, azure = stopped()

    for serving in azure.serving.values():
        assert ({}, {}, {}, {}) == (serving.deployments, serving.settings, serving.traffic, serving.mirrored)
        assert "" == serving.tags.get("serves", "")
    assert {"u-a-b-118bc4f7n": "Stopping"} == azure.notebooks


def test_what_served_is_written_down():
    """
    The stop says since when it holds, what was spent of which limit, and which versions served at which share.
    """
    _, azure = stopped()
    tags = azure.stopped["tags"]

    assert ("300.0", "300.0") == (tags["spend"], tags["limit"])
    assert tags["since"].startswith("2026-11-21T")
    assert "net 3, 100%" in tags["served"]
    assert "shadow: net 4, 0%" in tags["served"]
    assert "/two: tree 5, 0%" in tags["served"]


def test_nothing_of_another_stack_is_touched():
    """
    Somebody else's Logic App in the same resource group stays on, and its runs go on.
    """
    _, azure = stopped()

    assert "people-own" in azure.on
    assert {"r1": "Running"} == azure.runs["people-own"]


def test_people_are_told_once():
    """
    While nothing new is found, further looks at the limit say nothing.
    """
    planned, azure = stopped()

    for _ in range(3):
        assert "Succeeded" == look(planned, azure).status

    assert ["budget_stopped"] == azure.told
    assert 1 == len(azure.stops)


def test_what_somebody_started_meanwhile_is_cancelled():
    """
    A job, a release and a schedule that people brought back are stopped at the next look, which says so.
    """
    planned, azure = stopped()
    since = azure.stopped["tags"]["since"]
    azure.jobs[workspace(planned)]["by-hand"] = "Running"
    azure.apps[named(planned, "refresh-starts")]["properties"]["state"] = "Enabled"
    serving = release(planned, azure, "scorer", version="5")

    assert "Succeeded" == look(planned, azure).status

    assert "CancelRequested" == azure.jobs[workspace(planned)]["by-hand"]
    assert starts(planned) == set(azure.apps) - azure.on
    assert {} == serving.deployments
    assert ["budget_stopped"] * 2 == azure.told
    assert "net 5, 100%" in azure.stopped["tags"]["served"]
    assert since == azure.stopped["tags"]["since"]


def test_below_the_limit_again_what_it_switched_off_is_switched_on():
    """
    With a new month exactly what the stop switched off starts again; what a person had switched off stays off.
    """
    planned, azure = running()
    azure.apps[named(planned, "refresh-files")]["properties"]["state"] = "Disabled"
    azure.spend = 301.5
    look(planned, azure)
    azure.spend = 0.0

    assert "Succeeded" == look(planned, azure).status

    assert {named(planned, "refresh-files")} == set(azure.apps) - azure.on
    assert not azure.stopped
    assert ["budget_stopped", "budget_goes_on"] == azure.told
    assert {"GET"} == {request.method for request in look(planned, azure).requests}


def test_a_raised_limit_lets_it_go_on_and_the_next_stop_is_another():
    """
    A higher limit ends the stop as a new month does; a later stop is written down, and told, on its own.
    """
    planned, azure = stopped()
    azure.limit = 500.0
    look(planned, azure)
    azure.spend = 500.0

    assert "Succeeded" == look(planned, azure).status

    assert ["budget_stopped", "budget_goes_on", "budget_stopped"] == azure.told
    assert [True, False] == [stop["isArchived"] for stop in azure.stops.values()]


def test_while_nobody_knows_what_is_spent_a_stop_holds():
    """
    A budget that does not say what is spent ends no stop.
    """
    planned, azure = stopped()
    azure.spend = None

    look(planned, azure)

    assert azure.stopped
    assert starts(planned) == set(azure.apps) - azure.on


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ("refresh-5f918-starts/disable", "refresh-5f918-starts could not be disabled"),
        ("refresh-60a73-pipeline/runs", "the runs of fraud-dev-refresh-60a73-pipeline can not be listed"),
        ("/runs/r2/cancel", "a run of fraud-dev-net-36a46-runs could not be cancelled"),
        ("/jobs/j2/cancel", "the job j2 goes on"),
        ("fraud-dev-features-e9d9ab/jobs", "the jobs can not be listed"),
        ("/onlineEndpoints/fraud-dev-many", "the deployments of fraud-dev-many-e9d9ab can not be listed"),
        ("/deployments/two", "fraud-dev-many-e9d9ab/two could not be deleted (429)"),
        ("/autoscaleSettings/", "the autoscale setting of fraud-dev-scorer"),
        ("/computes/", "the notebook u-a-b-118bc4f7n could not be stopped"),
        ("/providers/Microsoft.Logic/workflows", "the Logic Apps can not be listed"),
        ("/metrics", "people could not be told"),
    ],
)
def test_a_call_that_fails_keeps_nothing_else_from_being_stopped(part, says):
    """
    What can't be stopped makes the look fail by name; all the rest is stopped, and the next look tries again.
    """
    planned, azure = running()
    azure.spend = 300.0
    azure.refuse = lambda request: (429, None) if part in request.path else None

    done = look(planned, azure)

    assert ("Failed", "NotStopped") == (done.status, done.error["code"])
    assert says in done.error["message"]
    failed = {name for name, serving in azure.serving.items() if serving.deployments}
    assert len(failed) == (1 if part in ("/deployments/two", "/onlineEndpoints/fraud-dev-many") else 0)
    azure.refuse = lambda _request: None
    assert "Succeeded" == look(planned, azure).status
    whole = stopped()[1]
    assert (whole.on, whole.runs, whole.jobs, whole.notebooks) == (azure.on, azure.runs, azure.jobs, azure.notebooks)
    assert not any(serving.deployments for serving in azure.serving.values())


@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_what_can_not_be_written_down_is_not_switched_off(method):
    """
    A schedule that nobody would switch on again stays on until the stop can be read and written down; the rest stops.
    """
    planned, azure = running()
    azure.spend = 300.0
    azure.refuse = lambda request: (503, None) if request.method == method and "/data/" in request.path else None

    done = look(planned, azure)

    assert ("Failed", "NotStopped") == (done.status, done.error["code"])
    assert set(azure.apps) == azure.on
    assert "CancelRequested" == azure.jobs[workspace(planned)]["j2"]
    azure.refuse = lambda _request: None
    look(planned, azure)
    assert starts(planned) == set(azure.apps) - azure.on


def test_a_job_that_ends_meanwhile_is_no_failure():
    """
    A job that is over when it is to be cancelled is what was wanted.
    """
    planned, azure = running()
    azure.spend = 300.0

    def ends(request):
        if request.path.endswith("/j2/cancel"):
            azure.jobs[workspace(planned)]["j2"] = "Completed"

    azure.refuse = ends

    assert "Succeeded" == look(planned, azure).status
    assert "Completed" == azure.jobs[workspace(planned)]["j2"]


def test_an_endpoint_that_is_being_released_is_stopped_at_the_next_look():
    """
    A deployment that still comes up can't be deleted: the look fails, and the next one deletes it.
    """
    planned, azure = running()
    azure.spend = 300.0
    serving = next(s for name, s in azure.serving.items() if "-many" in name)
    serving.ready["one"] = azure.clock.now.timestamp() + 5400

    done = look(planned, azure)

    assert ("Failed", "NotStopped") == (done.status, done.error["code"])
    assert "many-e9d9ab/one could not be deleted (409)" in done.error["message"]
    assert ["one"] == list(serving.deployments)
    assert "Succeeded" == look(planned, azure).status
    assert {} == serving.deployments


def test_an_endpoint_comes_back_by_its_next_release():
    """
    A release after a stop finds an endpoint as a first one does, in both forms, and needs no repair.
    """
    planned, azure = stopped()
    azure.spend = 0.0
    look(planned, azure)

    scorer = release(planned, azure, "scorer", version="4")
    many = release(planned, azure, "many", model="two", version="3")

    (serves,) = scorer.deployments
    assert {serves: 100} == scorer.traffic
    assert ("4", serves) == (scorer.tags["serves"], scorer.tags["stable"])
    assert 1 == len(scorer.settings)
    assert ["two"] == list(many.deployments)


def test_what_is_gone_is_no_failure():
    """
    An endpoint or a notebook that somebody deleted is stopped enough.
    """
    planned, azure = stopped()
    azure.notebooks.clear()
    azure.refuse = lambda request: (404, None) if "/onlineEndpoints/" in request.path else None

    assert "Succeeded" == look(planned, azure).status


def test_a_stack_of_jobs_alone_is_stopped_too():
    """
    Without endpoints, notebooks and features there is less to look at, and the stop works as well.
    """
    left = dict.fromkeys(("endpoints", "notebooks", "features", "monitoring", "pipelines", "batch"))
    planned = plan(**left)
    azure = estate(planned, spend=300.0)
    azure.jobs = {workspace(planned): {"j": "Running"}}

    assert "Succeeded" == look(planned, azure).status
    assert {"j": "CancelRequested"} == azure.jobs[workspace(planned)]
    assert [] == planned.all("azure-native:authorization:RoleAssignment", "stop-serves-as-serve")
