"""How many actions a month the Logic Apps of a stack perform: as many as are performed where they are played."""

from typing import Any

import pytest

from groundplan.cost.services.azure_actions import Course, performed
from groundplan.cost.services.azure_workflows import clock
from groundplan.testing import Planned
from tests.components.budget.azure_stop_stack import plan as hard_stop_plan
from tests.cost.azure_stack import BLUEPRINT, plan, row
from tests.truth import azure_workflows
from tests.truth.azure_batch import Scoring
from tests.truth.azure_loop import Loop, Nested
from tests.truth.azure_ml import Jobs
from tests.truth.azure_serving import Serving
from tests.truth.azure_stop import estate

WORKFLOW = "azure-native:logic:Workflow"
HOUR = 3600
ROLLOUT: dict[str, Any] = {"strategy": "canary", "steps": ["10%", "50%"], "bake": "15m"}
MONITOR: dict[str, Any] = {
    "drift": {"above": 0.2, "windows": "2 of 3", "every": "6h"},
    "data_quality": {"every": "6h"},
    "quality": {"labels": "data/truth/", "metric": "auc", "below": 0.9, "key": "id", "label": "y", "every": "1d"},
}
CHAIN: dict[str, Any] = {
    "train": "net",
    "schedule": "daily 02:00",
    "expect": {"rows": {"at_least": 3}},
    "gate": {"metric": "auc", "by": 0.01},
    "deploy": "scorer",
}
BATCH: dict[str, Any] = {
    "model": "net",
    "input": "data/today/",
    "output": "data/scores/",
    "runtime": "sklearn",
    "machine": {"cpu": 4},
    "schedule": "daily 03:00",
    "max_run": "1h",
}


@pytest.fixture(name="counted")
def _counted(monkeypatch):
    """Plays a Logic App of a plan, and says how many actions it performed."""
    count = 0
    real = azure_workflows._Machine.action  # it is where the player performs one

    def action(self: Any, name: str, one: Any) -> str:
        nonlocal count
        count += 1
        return real(self, name, one)

    monkeypatch.setattr(azure_workflows._Machine, "action", action)

    def play(planned: Planned, name: str, body: Any, cloud: Any) -> int:
        app = planned.one(WORKFLOW, name)
        done = azure_workflows.run(
            app.inputs["definition"], app.inputs["parameters"], body, cloud, getattr(cloud, "clock", None), app.id
        )
        assert "Succeeded" == done.status, done.error
        return count

    return play


def times(planned: Planned, name: str) -> float:
    """Actions in a month, without the trigger's, and how often the run is expected."""
    told = row(planned, f"Logic App {name}")
    runs = float(told["told"].split(" ")[0])
    return told["quantity"] / runs - 1


def test_a_training_looks_each_minute_until_its_job_is_over(counted):
    """
    The actions of a run that lasts two hours are those that Logic Apps performs in one.
    """
    planned = plan()
    jobs = Jobs(dedicated=((0, "Running"), (2 * HOUR, "Completed")))

    assert counted(planned, "net-runs", {}, jobs) == times(planned, "net-runs")


def test_a_batch_job_looks_until_its_longest_run_is_over(counted):
    """
    The actions of a scheduled run are those of one that takes as long as it may.
    """
    planned = plan(batch={"nightly": BATCH})
    azure = Scoring(dedicated=((0, "Running"), (HOUR, "Completed")))

    assert counted(planned, "nightly-batch", {}, azure) == times(planned, "nightly-batch")
    assert 30.42 == float(row(planned, "Logic App nightly-batch")["told"].split(" ")[0])


def test_a_release_watches_each_step_of_its_rollout(counted):
    """
    The actions of a canary release, with all that it asks while it bakes, are those of one that goes well.
    """
    endpoint = {**BLUEPRINT["endpoints"]["scorer"], "rollout": ROLLOUT, "slo": {"errors": "1%", "latency_p99": "200ms"}}
    planned = plan(endpoints={"scorer": endpoint})
    azure = Serving({"1": "Approved", "2": "Approved"}, up_seconds=15 * 60)
    first = counted(planned, "scorer-release", {"version": "1"}, azure)

    second = counted(planned, "scorer-release", {"version": "2"}, azure) - first

    assert second == pytest.approx(times(planned, "scorer-release"), rel=0.01)


def test_a_monitor_does_what_its_schedule_asks_for(counted):
    """
    A window of two signals, and one of what waits for the truth, each perform what they do when played.
    """
    planned = plan(monitoring={"scorer": MONITOR})
    figures = {
        "groundplan.rows": "100",
        "groundplan.drift": "0.1",
        "groundplan.prediction_drift": "0.1",
        "groundplan.data_quality": "0",
        "groundplan.quality": "0.95",
        "groundplan.labelled": "90",
    }
    azure = Loop(steps=lambda _name, _job: ("Completed", figures), wait=600)
    fresh = counted(planned, "scorer-monitor", {"signals": ["drift", "data_quality"], "hours": 6}, azure)
    late = counted(planned, "scorer-monitor", {"signals": ["quality"], "hours": 24}, azure) - fresh

    quantity = row(planned, "Logic App scorer-monitor")["quantity"]

    # four windows a day of the one, and one of the other, and a trigger each
    assert 730 / 6 * (fresh + 1) + 730 / 24 * (late + 1) == pytest.approx(quantity, rel=0.01)


def test_a_pipeline_waits_for_what_it_starts(counted):
    """
    The actions of a pipeline are those of its steps, and of looking for the end of its training and its release.
    """
    planned = plan(pipelines={"refresh": CHAIN})
    good = {"groundplan.accepted": "1", "groundplan.candidate": "0.93", "groundplan.champion": "0.9"}
    azure = Loop(
        steps=lambda _name, _job: ("Completed", good),
        wait=600,
        serves="7",
        versions={"7": {"stage": "Approved", "modelUri": "azureml://datastores/artifacts/paths/models/net/7"}},
        workflows={"runs": Nested(seconds=2 * HOUR), "release": Nested(seconds=15 * 60), "pipeline": Nested()},
    )

    played = counted(planned, "refresh-pipeline", {}, azure)

    assert played == pytest.approx(times(planned, "refresh-pipeline"), rel=0.02)


@pytest.mark.parametrize(
    ("frequency", "interval", "a_month"),
    [("Minute", 5, 8760), ("Hour", 6, 730 / 6), ("Day", 1, 730 / 24), ("Week", 1, 730 / 168), ("Month", 1, 1)],
)
def test_a_clock_comes_as_often_as_it_says(frequency, interval, a_month):
    """
    A month has 730 hours, for what comes by the minute as for what comes by the week.
    """
    assert a_month == pytest.approx(clock({"frequency": frequency, "interval": interval}))


def test_what_goes_wrong_is_not_counted_but_in_the_dearest_month(counted):
    """
    A run on spot that finds its machines does nothing on dedicated ones; at worst it does, and it waits for both.
    """
    training = {**BLUEPRINT["training"]["net"], "spot": {"max_wait": "4h"}, "restartable": True}
    planned = plan(training={"net": training})
    jobs = Jobs(spot=((0, "Running"), (2 * HOUR, "Completed")))

    assert counted(planned, "net-runs", {}, jobs) == times(planned, "net-runs")
    told = row(planned, "Logic App net-runs")
    assert told["high"] > 1.3 * told["amount"]


def test_a_branch_that_fails_is_no_normal_way():
    """
    Of two branches the one that ends in a failure is not taken, however much it would do.
    """
    wait = {"type": "Wait", "runAfter": {}, "inputs": {"interval": {"count": 60, "unit": "Second"}}}
    failure = {"type": "Terminate", "runAfter": {"b": ["Succeeded"]}, "inputs": {"runStatus": "Failed"}}
    choice = {"type": "If", "runAfter": {}, "actions": {"a": wait, "b": wait, "end": failure}, "else": {"actions": {}}}
    loop = {"type": "Until", "runAfter": {}, "actions": {"rest": wait, "look": {"type": "Http", "runAfter": {}}}}
    course = Course(lambda name: 300.0 if name == "loop" else 0.0, {}.get)

    assert 1 == performed({"choice": choice}, course)
    assert 1 + 5 * 2 == performed({"loop": loop}, course)
    assert 1 + 2 == performed({"other": loop}, course)


def test_a_look_at_the_budget_below_its_limit_is_what_is_expected(counted):
    """
    The actions of a hard stop's hourly look are those of one that finds less spent than may be.
    """
    planned = hard_stop_plan()

    assert counted(planned, "budget-stop", None, estate(planned)) == times(planned, "budget-stop")
    assert 730 == float(row(planned, "Logic App budget-stop")["told"].split(" ")[0])
