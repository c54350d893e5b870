"""What starts a pipeline on Google Cloud, and what holds a start back."""

from __future__ import annotations

import base64
import json

import pytest

from tests.components.pipeline.gcp_runs import (
    AUTOMATIC,
    DAY,
    HOUR,
    LINE,
    MINUTE,
    again,
    approve,
    held_by,
    later,
    serves,
    told,
)
from tests.truth.gcp_loop import Execution
from tests.truth.gcp_project import Job
from tests.truth.gcp_stack import MONITOR, PIPELINE, planned, project
from tests.truth.gcp_traffic import Traffic


def test_a_start_while_one_runs_is_left_out(tmp_path):
    """
    The second ends well at once as skipped, and the first goes on.
    """
    held = held_by(tmp_path, 0.9)
    second: list[Execution] = []
    held.at(HOUR, lambda: second.append(again(held)))
    approve(held, "approved", 9 * HOUR)

    assert "deployed" == held.begin(LINE).result["outcome"]
    assert ("skipped", True) == (second[0].result["outcome"], "a run is in progress" in second[0].result["because"])


def test_two_starts_of_one_moment_are_one_run(tmp_path):
    """
    Of two that see each other the earlier goes on.
    """
    held = held_by(tmp_path, 0.9, **AUTOMATIC)
    second: list[Execution] = []

    def start(_method: str) -> None:
        if not second and held.executions_of(LINE):
            second.append(Execution("", 0, None))
            second[0] = again(held)

    held.before = start

    assert ("deployed", "skipped") == (held.begin(LINE).result["outcome"], second[0].result["outcome"])


def test_starts_are_apart_unless_forced(tmp_path):
    """
    One within at_most_every is left out, whatever became of the one before; forced it runs. Those left out don't count.
    """
    held = held_by(tmp_path, 0.9, 0.95, 0.99, **AUTOMATIC)
    held.begin(LINE)
    later(held, 2 * HOUR)
    left_out = held.begin(LINE)
    forced = held.begin(LINE, {"force": True})
    later(held, 3 * HOUR)
    again = held.begin(LINE)
    later(held, 6 * HOUR)
    after = held.begin(LINE)

    assert "a run began less than 6h ago" in left_out.result["because"]
    outcomes = [e.result["outcome"] for e in (left_out, forced, again, after)]
    assert ["skipped", "deployed", "skipped", "deployed"] == outcomes


def test_a_storm_of_starts_is_one_run(tmp_path):
    """
    Two hundred that were left out are looked through, and hold nothing back.
    """
    held = held_by(tmp_path, 0.9, 0.95, **AUTOMATIC)
    held.begin(LINE)
    for _ in range(210):
        later(held, MINUTE)
        assert "skipped" == held.begin(LINE).result["outcome"]
    later(held, 5 * HOUR)

    assert "deployed" == held.begin(LINE).result["outcome"]


def test_a_run_that_died_is_begun_anew(tmp_path):
    """
    After a run whose training went on without it, a forced start trains and releases as if it were the first.
    """
    held = held_by(tmp_path, 0.9, 0.91, **AUTOMATIC)
    calls: list[str] = []

    def die(method: str) -> None:
        calls.append(method)
        if method.endswith("models.upload") and calls.count(method) == 1:
            raise RuntimeError("the region is gone")

    held.before = die
    engine = held.engine
    with pytest.raises(RuntimeError):
        held.begin(LINE)
    held.engine = engine
    for known in held.executions.values():
        for execution in known:
            execution.ends, execution.failed = engine.now, True
    later(held, HOUR)

    ended = held.begin(LINE, {"force": True})

    assert "deployed" == ended.result["outcome"]
    assert ["v1"] == serves(held)


def test_a_breach_starts_it_with_its_reason(tmp_path):
    """
    A message that the awaited alarm has opened starts a run; one that it has closed, or of another alarm, does not.
    """
    held = held_by(tmp_path, 0.9, **AUTOMATIC)

    assert {"started": []} == held.begin("nightly-breaches", held.told("scorer-alarm-drift", "closed")).result
    assert {"started": []} == held.begin("nightly-breaches", held.told("scorer-alarm-data-quality")).result
    assert {"started": ["scorer.drift"]} == held.begin("nightly-breaches", held.told("scorer-alarm-drift")).result
    assert "scorer.drift" == held.executions_of(LINE)[0].result["reason"]


def test_a_breach_under_review_waits_for_a_person(tmp_path):
    """
    With on_breach: review a version waits, also where the registry approves by itself; one by schedule does not.
    """
    stack = planned({**MONITOR, "on_breach": "review"}, PIPELINE, **AUTOMATIC)
    held = project(tmp_path, stack, jobs=[Job(), Job()], traffic=Traffic(requests=0))
    held.metrics = [{"auc": 0.9}, {"auc": 0.95}]
    held.begin(LINE, {"reason": "schedule"})
    later(held)
    approve(held, "approved", DAY)

    ended = held.begin(LINE, {"reason": "scorer.drift"})

    assert ["waits for approval"] == [note["outcome"] for note in told(ended)]
    assert ended.ends - ended.began > DAY
    assert ["v2"] == serves(held)


def test_new_files_of_any_input_are_one_run(tmp_path):
    """
    Each folder that the training reads tells of its files; those of a window start one run.
    """
    stack = planned(**AUTOMATIC)
    held = held_by(tmp_path, 0.9, **AUTOMATIC)
    prefixes = {r.at("objectNamePrefix") for r in stack.all("gcp:storage/notification:Notification")}
    for file in range(3):
        held.begin("nightly-arrivals", {"id": str(file)})

    assert {"data/payments/train/", "data/payments/validation/"} == prefixes
    assert ["deployed"] == [e.result["outcome"] for e in held.executions_of(LINE)][:1]
    assert held.executions_of(LINE)[0].result["reason"].startswith("data-")


def test_a_schedule_starts_it_in_its_own_time_zone():
    """
    The clock says that it was the clock.
    """
    job = planned(pipeline={**PIPELINE, "schedule": "daily 02:00 Europe/Paris"}).one(
        "gcp:cloudscheduler/job:Job", "nightly-schedule"
    )

    assert ("0 2 * * *", "Europe/Paris") == (job.at("schedule"), job.at("timeZone"))
    body = json.loads(base64.b64decode(job.at("httpTarget.body")))
    assert {"reason": "schedule"} == json.loads(body["argument"])


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ({"why": "x"}, "a start takes reason and force"),
        ({"force": 1}, "force is true or false"),
        ({"reason": 1}, "a text"),
    ],
)
def test_an_odd_start_is_refused(tmp_path, start, says):
    """
    A start that means nothing fails before it costs anything.
    """
    held = held_by(tmp_path, 0.9)

    assert says in json.dumps(held.begin(LINE, start).error)
    assert {} == held.made
