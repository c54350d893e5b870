"""The hard stop at the budget's limit on Google Cloud: what is stopped, told, and switched on again."""

import base64
import json
from typing import Any

import pytest

from tests.components.budget.gcp_stops import BEGUN, NOON, Held, planned, source
from tests.truth.gcp_expression import Raised
from tests.truth.gcp_loop import moment

OTHER = "shop-1a2b3-x-dev-batch-weekly-schedule"
KINDS = ("batchPredictionJobs", "customJobs", "hyperparameterTuningJobs")
OTHERS = [f"{kind}/1{whose}" for kind in KINDS for whose in ("-person", "-x")]


@pytest.fixture
def held() -> Held:
    """A project in which everything runs and serves."""
    project = Held()
    project.released()
    project.released("pages", model="home")
    project.released("pages", model="cart")
    return project


def _serves(project: Held) -> list[str]:
    return sorted(version for versions in project.serves().values() for version in versions)


def _failed(failure: pytest.ExceptionInfo[Raised]) -> str:
    """What an execution that failed says, once it is seen that it names its failure."""
    said: Any = failure.value.value
    assert "NotStopped" == said["error"]
    return said["message"]


def test_below_the_limit_nothing_changes(held):
    """
    A cent below the limit nothing is stopped, written down or told.
    """
    assert held.look(299.99)["stopped"] is False
    assert [] == held.on(held.clocks, "PAUSED")
    assert ["v1", "v1", "v1"] == _serves(held)
    assert held.record() is None
    assert [] == held.told()


def test_at_the_limit_everything_of_the_stack_stops(held):
    """
    Clocks are off, executions and jobs cancelled, endpoints have no machine, notebooks stand still.
    """
    answer = held.look(300)

    assert answer["stopped"] is True
    assert [OTHER] == held.on(held.clocks, "ENABLED")
    assert len(held.on(held.clocks, "PAUSED")) == len(planned().all("gcp:cloudscheduler/job:Job"))
    assert OTHERS == held.goes()
    assert [] == _serves(held)
    assert {} == held.pools
    assert {"STOPPING"} == set(held.notebooks.values())


def test_another_stack_goes_on(held):
    """
    What is called alike, labelled alike or runs as somebody else goes on: clocks, executions, jobs.
    """
    held.look(300)

    running = [name.split("/")[-3] for name, state in held.executions.items() if state == "ACTIVE"]
    assert OTHER in held.on(held.clocks, "ENABLED")
    assert "shop-1a2b3-x-dev-training-ranker-run" in running
    assert set(OTHERS) <= set(held.goes())


def test_executions_end_but_for_what_costs_nothing(held):
    """
    Of the stack's own workflows, those go on that stop it and that register a version.
    """
    held.executions[f"{held.parent}/workflows/shop-dev-training-ranker-run/executions/99"] = "QUEUED"

    held.look(300)

    own = {
        name.split("/")[-3] for name, s in held.executions.items() if s in ("ACTIVE", "QUEUED") and "-x-" not in name
    }
    assert {"shop-dev-registry-register", "shop-dev-budget-dc12b-stop"} == own


def test_what_an_execution_began_before_it_ended_itself_ends_as_well(held):
    """
    A pipeline may have started a training whose workflow was looked at already.
    """
    training = f"{held.parent}/workflows/shop-dev-training-ranker-run/executions/99"

    def begins(method: str) -> None:
        before = [state for name, state in held.executions.items() if "/shop-dev-pipelines-refresh-" in name]
        if method.endswith("executions.cancel") and before == ["CANCELLED", "CANCELLED", "ACTIVE"]:
            held.executions.setdefault(training, "ACTIVE")

    held.before = begins

    held.look(300)

    assert "CANCELLED" == held.executions[training]


def test_what_is_switched_off_is_written_down(held):
    """
    The record says since when, what was spent, which clocks are off, and which versions served.
    """
    held.look(312.5)

    record = held.record()
    assert record
    assert ("2026-11", 312.5, 300) == (record["month"], record["spent"], record["limit"])
    assert record["since"].startswith("2026-11-21T1")
    assert held.on(held.clocks, "PAUSED") == sorted(name.rpartition("/")[2] for name in record["clocks"])
    assert {"scorer": ["1"], "pages/home": ["1"], "pages/cart": ["1"]} == {
        each["name"]: each["versions"] for each in record["endpoints"]
    }


def test_people_are_told_once_what_was_stopped_and_how_to_go_on(held):
    """
    One message a stop, with what was spent and what to release again; the next look says nothing.
    """
    held.look(312.5)
    (told,) = held.told()
    held.look(313)

    assert "stopped" == told["outcome"]
    for word in ("312.5 USD of 300", "monthly_usd", "scorer 1", "pages/home 1", "3 endpoints", "2 notebooks"):
        assert word in told["message"]
    assert [] == held.told()


def test_what_somebody_starts_by_hand_is_cancelled_at_the_next_look(held):
    """
    Above the limit a new job and a new release end again, and people hear of that.
    """
    held.look(300)
    held.works("2")
    held.released()

    held.look(301)

    assert not [name for name in held.goes() if name.endswith("/2")]
    assert [] == _serves(held)
    assert "3 jobs" in held.told()[0]["message"]
    assert "scorer 1" in held.told()[0]["message"]


def test_a_deployment_that_had_begun_does_not_come_up_after_all():
    """
    A release that is cancelled half-way has asked for machines already: they are awaited, and taken away.
    """
    project = Held()
    project.takes = {"deployModel": 3000}

    def cancelled(method: str) -> None:
        if method.endswith("endpoints.operations.get"):
            raise InterruptedError

    project.before = cancelled
    with pytest.raises(InterruptedError):
        project.released()
    project.before = lambda _method: None

    project.look(300)
    project.engine.now += 10_000
    project._pass_time()

    assert [] == _serves(project)


def test_below_again_exactly_its_own_clocks_are_on(held):
    """
    A clock that a person had paused stays so; the record is gone, and people are told once.
    """
    mine = next(name for name in held.clocks if OTHER not in name)
    held.clocks[mine] = "PAUSED"
    held.look(300)
    held.look(310)

    answer = held.look(2, begun="2026-11-01T08:00:00Z")

    assert answer["stopped"] is False
    assert [mine.rpartition("/")[2]] == held.on(held.clocks, "PAUSED")
    assert held.record() is None
    assert ["goes on"] == [line["outcome"] for line in held.told()]
    held.look(3)
    assert [] == held.told()


@pytest.mark.parametrize("form", ["scorer", "pages"])
def test_an_endpoint_comes_back_by_the_next_release(held, form):
    """
    The release that is started as ever finds what a first one finds, and brings the version back.
    """
    start = {"model": "home"} if form == "pages" else {}
    held.look(300)
    held.look(10)

    held.released(form, **start)

    assert ["v1"] == _serves(held)
    assert bool(held.pools) == (form == "pages")


@pytest.mark.parametrize("spent", [10, 400])
def test_what_keeps_hours_brings_nothing_back(held, spent):
    """
    A workflow of hours that runs all the same finds nothing to give replicas to.
    """
    held.look(300)
    held.running = 0

    held.run(source("scorer-hours"), {})

    assert [] == _serves(held)
    held.running = 1
    held.look(spent)
    assert [] == _serves(held)


def test_what_can_not_be_stopped_keeps_nothing_else_running(held):
    """
    The rest stops, the run fails as NotStopped and says what goes on, and the next look tries again.
    """
    clock = next(name for name in held.clocks if OTHER not in name)
    held.sticks = {f"{clock}:pause", "customJobs/1:cancel", "insert nothing"}
    held.sticks.add(f"{held.known['endpoints'][-1]['endpoint']}:undeployModel")

    with pytest.raises(Raised) as failure:
        held.look(300)

    told = _failed(failure)
    assert "customJobs/1" in told
    assert "still has machines" in told
    assert sorted([clock.rpartition("/")[2], OTHER]) == held.on(held.clocks, "ENABLED")
    assert sorted([*OTHERS, "customJobs/1"]) == held.goes()
    assert ["v1"] == _serves(held)
    assert {"STOPPING"} == set(held.notebooks.values())
    assert "Not everything could be stopped" in held.told()[0]["message"]
    held.sticks = set()
    assert held.look(301)["stopped"] is True
    assert len(held.record()["clocks"]) == len(set(held.record()["clocks"]))
    assert [OTHER] == held.on(held.clocks, "ENABLED")
    assert OTHERS == held.goes()
    assert [] == _serves(held)


def test_a_job_that_ends_meanwhile_is_no_failure(held):
    """
    A cancellation that is refused as the job is over counts as stopped.
    """
    job = next(job for name, job in held.work.items() if name.endswith("customJobs/1"))

    def ends(method: str) -> None:
        if method.endswith("customJobs.cancel"):
            job["state"] = "JOB_STATE_SUCCEEDED"

    held.before = ends

    assert held.look(300)["stopped"] is True


def test_without_a_record_no_clock_is_switched_off(held):
    """
    What nobody would know to switch on again stays on; everything else stops, and the run fails.
    """
    held.sticks = {"insert budget/stopped.json"}

    with pytest.raises(Raised) as failure:
        held.look(300)

    assert "no schedule was switched off" in _failed(failure)
    assert [] == held.on(held.clocks, "PAUSED")
    assert OTHERS == held.goes()
    assert [] == _serves(held)


@pytest.mark.parametrize(
    "published",
    [
        {"spent": None},
        {"spent": 999, "budget": "another"},
        {"spent": 999, "begun": "2026-10-01T07:00:00Z"},
        {"spent": 999, "begun": "2026-10-01T00:00:00Z"},
    ],
)
def test_what_is_not_known_to_be_over_stops_nothing(held, published):
    """
    No spend yet, another budget, and a late message of last month change nothing.
    """
    assert held.look(**published)["stopped"] is None
    assert ["v1", "v1", "v1"] == _serves(held)
    assert [] == held.on(held.clocks, "PAUSED")


@pytest.mark.parametrize("begun", [BEGUN, "2026-11-01T08:00:00Z", "2026-11-01T00:00:00Z"])
def test_the_month_begins_at_midnight_whatever_the_zone(held, begun):
    """
    Months of a budget begin at midnight of the West Coast, or of UTC: both are this month.
    """
    assert held.look(300, begun=begun)["stopped"] is True


def test_a_new_month_lets_the_stack_go_on(held):
    """
    With the first message of the next month clocks are on again, also in the hours that are still November there.
    """
    held.look(300)
    held.engine.now = moment("2026-12-01T07:00:00Z")
    assert held.look(305)["stopped"] is True

    held.engine.now = moment("2026-12-01T09:00:00Z")
    assert held.look(0, begun="2026-12-01T08:00:00Z")["stopped"] is False
    assert [] == held.on(held.clocks, "PAUSED")


def test_messages_out_of_order_change_nothing(held):
    """
    An older message neither lets a stopped stack go on, nor stops one whose limit was raised since.
    """
    held.look(300)
    assert held.look(200, ago=7200)["stopped"] is True
    assert held.on(held.clocks, "PAUSED")

    held.look(310, limit=600)
    assert held.look(305, ago=7200)["stopped"] is False
    assert [] == held.on(held.clocks, "PAUSED")


def test_one_message_at_a_time(held):
    """
    While one execution stops the stack, another that starts leaves it to it.
    """
    held.others = {"00000000-0db1": NOON + 10**6}

    assert held.look(300)["stopped"] is None
    assert [] == held.on(held.clocks, "PAUSED")


def test_a_clock_that_can_not_be_switched_on_is_tried_again(held):
    """
    The others are on, the record stays, the run fails; the next look switches on what is left.
    """
    held.look(300)
    clock = held.record()["clocks"][0]
    held.sticks = {f"{clock}:resume"}

    with pytest.raises(Raised) as failure:
        held.look(10)

    assert "not switched on again" in _failed(failure)
    assert [clock.rpartition("/")[2]] == held.on(held.clocks, "PAUSED")
    held.sticks = set()
    held.look(11)
    assert [] == held.on(held.clocks, "PAUSED")
    assert held.record() is None


def _incident() -> dict:
    policy = next(r for r in planned().all("gcp:monitoring/alertPolicy:AlertPolicy") if r.name == "scorer-alarm-drift")
    text = json.dumps({"incident": {"state": "open", "condition": {"name": f"{policy.id}/conditions/1"}}})
    return {
        "data": {"message": {"data": base64.b64encode(text.encode()).decode(), "publishTime": "2026-11-21T12:00:00Z"}}
    }


def test_an_alert_is_no_message_of_the_budget(held):
    """
    What else is published to the topic is passed over.
    """
    assert held.run(source(), _incident())["stopped"] is None


def test_events_start_nothing_while_the_stack_is_stopped(held):
    """
    Files that arrive and alarms that open start runs below the limit, and none from it on.
    """
    for workflow in ("nightly-arrivals", "refresh-arrivals", "refresh-breaches"):
        held.run(source(workflow), _incident())
    assert 3 == len(held.started)

    held.look(300)
    for workflow in ("nightly-arrivals", "refresh-arrivals", "refresh-breaches"):
        assert {"stopped": True} == held.run(source(workflow), _incident())

    assert 3 == len(held.started)
