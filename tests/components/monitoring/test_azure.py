"""Monitoring on Azure: what a look at a window does on good days and bad ones, with the step's own code in its job."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest
from jsonschema import ValidationError

from tests.truth.azure_loop import Loop, Nested, machine
from tests.truth.azure_loop_plans import WORKFLOW, plan, start

ALERT = "azure-native:monitor:MetricAlert"
WATCHED: dict[str, Any] = {
    "drift": {"metric": "psi", "above": 0.2},
    "data_quality": {},
    "quality": {"labels": "data/labels/", "metric": "auc", "below": 0.8, "delay": "24h"},
    "bias": {"facet": "country", "metric": "dpl"},
}
FIGURES = {"groundplan.rows": "120", "groundplan.drift": "0.31", "groundplan.data_quality": "0.01"}


def _drifts(*values: float) -> Any:
    left = list(values)
    return lambda _name, _job: ("Completed", {**FIGURES, "groundplan.drift": str(left.pop(0))})


def _look(azure: Loop, hours: int = 1, **watched: Any) -> Any:
    planned = plan(monitoring={"scorer": watched or {"drift": {}}})
    done = start(planned, "scorer-monitor", azure, {"signals": ["drift"], "hours": hours})
    azure.clock.wait(hours * 3600 - int(done.seconds))
    return done


def test_one_window_beyond_the_bound_calls_nobody_and_two_of_three_do():
    """
    The figure is published each time; the alarm's number is how many of the last three windows were beyond the bound.
    """
    azure = Loop(steps=_drifts(0.1, 0.3, 0.1, 0.3, 0.3, 0.1, 0.1, 0.1))
    seen = []
    for _ in range(8):
        assert "Succeeded" == _look(azure).status
        seen.append((azure.last("drift"), azure.last("drift_breaches")))

    assert [(0.1, 0), (0.3, 1), (0.1, 1), (0.3, 2), (0.3, 2), (0.1, 2), (0.1, 1), (0.1, 0)] == seen
    alarm = plan(monitoring={"scorer": {"drift": {}}}).one(ALERT, "scorer-drift")
    (criterion,) = alarm.at("criteria.allOf")
    assert ("groundplan", "drift_breaches", "GreaterThanOrEqual", 2) == tuple(
        criterion[key] for key in ("metricNamespace", "metricName", "operator", "threshold")
    )
    assert "/onlineEndpoints/" in alarm.at("scopes")[0]


def test_answers_that_moved_are_drift_too():
    """
    The bound holds for columns and for answers: whichever is further away.
    """
    azure = Loop(
        steps=lambda *_: ("Completed", {**FIGURES, "groundplan.drift": "0", "groundplan.prediction_drift": "1"})
    )

    _look(azure, drift={"windows": "1 of 1"})

    assert (1, 1) == (azure.last("prediction_drift"), azure.last("drift_breaches"))


def test_two_looks_at_one_window_are_one():
    """
    A look that a person starts in the same hour does not make two windows of one.
    """
    azure = Loop(steps=_drifts(0.3, 0.3))
    planned = plan(monitoring={"scorer": {"drift": {}}})
    for _ in range(2):
        start(planned, "scorer-monitor", azure, {"signals": ["drift"], "hours": 1})
        azure.clock.wait(300)

    assert 1 == azure.last("drift_breaches")


def test_a_window_without_requests_starts_no_job_and_is_no_breach():
    """
    Nobody asked: there may not even be a folder of records, so nothing runs; rows = 0 is told and no figure.
    """
    azure = Loop(requests=0)

    assert "Succeeded" == _look(azure).status

    assert {} == azure.jobs
    assert {"rows": [0.0]} == {name: [value for _, value in found] for name, found in azure.numbers.items()}


def test_records_of_no_row_publish_no_figure():
    """
    Requests that were not sampled leave a window empty: the step says rows = 0, and no bound is held against it.
    """
    azure = Loop(steps=lambda *_: ("Completed", {"groundplan.rows": "0"}))

    assert "Succeeded" == _look(azure).status
    assert {"rows"} == set(azure.numbers)


@pytest.mark.parametrize(
    ("azure", "said"),
    [
        (Loop(steps=lambda *_: ("Failed", {"groundplan.reason": "the baseline has no column x"})), "no column x"),
        (Loop(steps=lambda *_: ("Failed", {})), "its log is in the workspace under the experiment monitor-scorer"),
        (Loop(wait=10**6), "ended as Canceled"),
    ],
)
def test_a_monitor_that_is_broken_does_not_look_calm(azure, said):
    """
    A step that fails, or gets no machine in a day, ends the run as failed with its reason, and an alert tells of it.
    """
    done = _look(azure)

    assert ("Failed", "MonitorFailed") == (done.status, done.error["code"])
    assert said in done.error["message"]
    assert {} == azure.numbers
    alarm = plan(monitoring={"scorer": {"drift": {}}}).one(ALERT, "scorer-monitor-failed")
    (criterion,) = alarm.at("criteria.allOf")
    assert ("RunsFailed", "Total", False) == (
        criterion["metricName"],
        criterion["timeAggregation"],
        alarm.at("autoMitigate"),
    )


def test_measures_that_can_not_be_read_fail_the_look():
    """
    Where Azure Monitor does not say how many asked, nobody knows whether all is well.
    """
    assert "Failed" == _look(Loop(requests=None)).status


def test_each_length_of_a_window_has_a_schedule():
    """
    What is watched hourly starts a quarter past each hour, what is watched daily once a day, with what it looks at.
    """
    planned = plan(monitoring={"scorer": WATCHED})

    found = {}
    for app in planned.all(WORKFLOW):
        if app.name.startswith("scorer-each-"):
            monitor = _Started()
            azure = Loop(workflows={"monitor": monitor})
            assert "Succeeded" == start(planned, app.name, azure).status
            found[app.at("definition.triggers.recurrence.recurrence.frequency")] = monitor.bodies
    assert {
        "Hour": [{"signals": ["drift", "data_quality"], "hours": 1}],
        "Day": [{"signals": ["quality", "bias"], "hours": 24}],
    } == found


class _Started(Nested):
    @property
    def bodies(self) -> list[Any]:
        return [body for _, body in self.started]


def test_quality_looks_at_what_was_asked_when_its_truth_is_known():
    """
    The window of quality ends its delay ago; what needs no truth looks at the hours that are just over.
    """
    planned = plan(monitoring={"scorer": WATCHED})
    azure = Loop(steps=lambda *_: ("Completed", {**FIGURES, "groundplan.quality": "0.7", "groundplan.bias": "0.05"}))

    done = start(planned, "scorer-monitor", azure, {"signals": ["quality", "bias"], "hours": 2})

    assert "Succeeded" == done.status, done.error
    fresh, late = azure.jobs.values()
    assert "for hour in 2026/11/21/07 2026/11/21/08; do" in fresh["command"]
    assert "for hour in 2026/11/20/07 2026/11/20/08; do" in late["command"]
    assert ({"baseline", "capture"}, {"baseline", "capture", "labels"}) == (set(fresh["inputs"]), set(late["inputs"]))
    assert {"step", "target", "bias"} == set(json.loads(fresh["environmentVariables"]["HYPERPARAMETERS"]))
    assert (1, 0) == (azure.last("quality_breaches"), azure.last("bias_breaches"))


@pytest.mark.parametrize("body", [{"signals": []}, {"signals": ["quality"]}, {"hours": 0}, {"hours": 169}, {"x": 1}])
def test_an_odd_start_starts_nothing(body):
    """
    A start that asks for what is not watched, or for no window, does not fit the trigger.
    """
    with pytest.raises(ValidationError):
        start(plan(monitoring={"scorer": {"drift": {}}}), "scorer-monitor", Loop(), body)


def test_what_can_not_be_watched_is_refused():
    """
    A monitor without anything to hold its windows against is refused when it is planned.
    """
    with pytest.raises(ValueError, match=r"training\.fraud-xgb has no inputs\. Write baseline"):
        plan(
            monitoring={"scorer": {"drift": {}}},
            training={"fraud-xgb": {"runtime": "xgboost", "machine": {"cpu": 4}, "spot": False}},
        )


# ------------------------------------------------------------------------------------------- with the step itself


def _rows(count: int, shift: float, seed: int) -> list[list[Any]]:
    draw = random.Random(seed)  # noqa: S311 no secret
    return [[draw.gauss(100 + shift, 20), draw.choice(["in", "de"])] for _ in range(count)]


def _baseline(store: Path) -> None:
    folder = store / "data" / "data" / "payments" / "train"
    folder.mkdir(parents=True)
    with (folder / "train.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["amount", "country", "label"])
        writer.writerows([*row, int(row[0] > 110)] for row in _rows(2000, 0, 1))


def _record(store: Path, hour: str, rows: list[list[Any]], deployment: str = "v1-2611") -> None:
    """Requests and answers as the data collector leaves them."""
    for half in ("request", "response"):
        folder = store / "capture" / "scorer" / half / "fraud-prod-scorer" / deployment / half / hour
        folder.mkdir(parents=True)
        lines = []
        for number, (amount, country) in enumerate(rows):
            asked = {"data": [{"amount": amount, "country": country}]}
            about = {"time": "2026-11-21T08:10:00Z", "id": f"{half}-{number}", "correlationid": f"c-{number}"}
            data = asked if half == "request" else [0.9 if amount > 110 else 0.1]
            lines.append(json.dumps({**about, "type": f"azureml.inference.{half}", "data": data}))
        (folder / "instance.jsonl").write_text("\n".join(lines) + "\n")


def test_recorded_requests_become_the_figures_that_the_alarm_is_on(tmp_path):
    """
    From the files that the data collector wrote to the number that the alarm watches, through the step's own code: the
    hours of the window count, others and those of a shadow don't.
    """
    store = tmp_path / "store"
    _baseline(store)
    _record(store, "2026/11/21/08", _rows(400, 0, 2))
    _record(store, "2026/11/21/07", _rows(400, 500, 3))
    _record(store, "2026/11/21/08", _rows(400, 500, 4), deployment="shadow")
    _record(store, "2026/11/21/09", _rows(400, 60, 5))
    azure = Loop(steps=machine(store, tmp_path / "machines"))

    calm, moved = _look(azure, drift={"windows": "1 of 1"}), _look(azure, drift={"windows": "1 of 1"})

    assert ("Succeeded", "Succeeded") == (calm.status, moved.status), (calm.error, moved.error)
    drift = [value for _, value in azure.numbers["drift"]]
    assert [400, 400] == [value for _, value in azure.numbers["rows"]]
    assert drift[0] < 0.2 < drift[1]
    assert [0, 1] == [value for _, value in azure.numbers["drift_breaches"]]
    assert (store / "artifacts" / "monitors" / "scorer").exists()


def test_the_steps_own_words_reach_whoever_reads_the_run(tmp_path):
    """
    A request that is of another shape than the baseline fails the look with what is wrong, and what to do.
    """
    store = tmp_path / "store"
    _baseline(store)
    folder = store / "capture" / "scorer" / "request" / "e" / "v1" / "request" / "2026/11/21/08"
    folder.mkdir(parents=True)
    record = {"time": "t", "id": "1", "type": "azureml.inference.request", "data": "1,2,3"}
    (folder / "x.jsonl").write_text(json.dumps(record) + "\n")

    done = _look(Loop(steps=machine(store, tmp_path / "machines")))

    assert "MonitorFailed" == done.error["code"]
    assert "a request has 3 values, and the baseline 2 columns" in done.error["message"]
