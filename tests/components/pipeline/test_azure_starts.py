"""What starts a pipeline on Azure, and what holds a start back."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import ValidationError

from groundplan.testing import Planned
from tests.components.pipeline.azure_runs import a_pipeline, account, started
from tests.truth.azure_loop_plans import start
from tests.truth.azure_workflows import THIS_RUN

ALERT = "azure-native:monitor:MetricAlert"
CHAIN: dict[str, Any] = {
    "train": "fraud-xgb",
    "deploy": "scorer",
    "expect": {"rows": {"at_least": 3}, "columns": {"amount": {"min": 0, "missing": "10%"}}},
    "gate": {"metric": "auc", "by": 0.01},
}
WATCH = {"scorer": {"drift": {}, "on_breach": "retrain"}}
GOOD = {"groundplan.accepted": "1", "groundplan.candidate": "0.93", "groundplan.champion": "0.9"}
CHAMPION = {"stage": "Approved", "modelUri": "azureml://datastores/artifacts/paths/models/fraud-xgb/7"}


def _others(*runs: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [{"name": n, "properties": {"status": status, "startTime": begun}} for n, status, begun in runs]


def test_a_start_while_another_runs_is_left_out():
    """
    The later of two starts ends well as skipped, and does nothing; the earlier goes on, however close they are.
    """
    later = account(
        runs=_others(("a", "Running", "2026-11-21T09:29:59.9Z"), (THIS_RUN, "Running", "2026-11-21T09:30:00Z"))
    )
    earlier = account(
        runs=_others(("b", "Running", "2026-11-21T09:30:01Z"), (THIS_RUN, "Running", "2026-11-21T09:30:00Z"))
    )

    skipped, went_on = started(later), started(earlier)

    assert ("Succeeded", "skipped") == (skipped.status, skipped.outputs["result"]["outcome"])
    assert ({}, {}, {}) == (later.jobs, later.journal, later.numbers)
    assert "deployed" == went_on.outputs["result"]["outcome"]


def test_a_start_too_soon_after_another_is_left_out():
    """
    Within at_most_every of a run that went on, a start is skipped; one that was skipped itself holds back none.
    """
    azure = account()
    outcomes = []
    for wait in (0, 3600, 3600, 6 * 3600):
        azure.clock.wait(wait)
        outcomes.append(started(azure).outputs["result"]["outcome"])

    # the first takes some three hours itself
    assert ["deployed", "skipped", "skipped", "deployed"] == outcomes
    assert 2 == len(azure.journal)


def test_force_passes():
    """
    A start by hand with force goes on, whatever was before it.
    """
    azure = account(runs=_others(("a", "Running", "2026-11-21T09:00:00Z")))
    started(azure, {"force": True})

    done = started(azure, {"reason": "new features", "force": True})

    assert ("deployed", "new features") == (done.outputs["result"]["outcome"], done.outputs["result"]["reason"])


def test_a_run_that_died_is_begun_anew():
    """
    A run whose training was started and that then died is no obstacle: the next, later, makes names of its own.
    """

    class Dies(Exception):
        pass

    def dying(name: str, _job: Any) -> Any:
        if name.endswith("-evaluate"):
            raise Dies
        return "Completed", GOOD

    azure = account(steps=dying)
    with pytest.raises(Dies):
        started(azure)
    azure.steps = lambda *_: ("Completed", GOOD)
    azure.clock.wait(7 * 3600)

    assert "deployed" == started(azure).outputs["result"]["outcome"]
    first, second = (body["run"] for _, body in azure.workflows["runs"].started)
    assert first != second


@pytest.mark.parametrize("body", [{"force": "yes"}, {"run": "Not a name"}, {"reason": "it's"}, {"version": "1"}])
def test_an_odd_start_starts_nothing(body):
    """
    A start with a word that means nothing does not fit the trigger, so no run begins.
    """
    with pytest.raises(ValidationError):
        started(account(), body)


# ------------------------------------------------------------------------------------------- what starts it


def _raised(planned: Planned, number: str, begun: str, name: str = "scorer-drift") -> dict[str, Any]:
    essentials = {"alertRule": planned.one(ALERT, name).id, "startDateTime": begun, "monitorCondition": "Fired"}
    return {"id": f"/x/providers/Microsoft.AlertsManagement/alerts/{number}", "properties": {"essentials": essentials}}


def test_a_breach_starts_it_once():
    """
    An alert that a monitor raised starts the pipeline once, with the reason; an old one, or of another rule, does not.
    """
    planned = a_pipeline(watch=WATCH, on=["scorer.drift"])
    alerts = [
        _raised(planned, "AAAA-1", "2026-11-21T09:27:00.123Z"),
        _raised(planned, "old", "2026-11-20T09:00:00Z"),
        _raised(planned, "broken", "2026-11-21T09:27:00Z", "scorer-monitor-failed"),
    ]
    azure = account(alerts=alerts)

    for _ in range(3):
        assert "Succeeded" == start(planned, "retrain-events", azure).status

    assert [{"reason": "scorer.drift", "run": "alert-aaaa-1"}] == [b for _, b in azure.workflows["pipeline"].started]
    assert (
        "deployed"
        == started(account(), azure.workflows["pipeline"].started[0][1], planned).outputs["result"]["outcome"]
    )


def test_new_data_starts_it_once_a_window():
    """
    However many files arrived under the training's inputs, one start of the window's name is made.
    """
    planned = a_pipeline(on=["data"])
    azure = account(windows=["20261121-0915"])

    runs = [start(planned, "retrain-files", azure) for _ in range(2)]

    assert [{"reason": "data", "run": "data-20261121-0915"}] == [b for _, b in azure.workflows["pipeline"].started]
    query = runs[0].sent("POST", "/logs")[0].body["query"]
    for path in ("train", "validation"):
        assert f'/data/data/payments/{path}/" or ObjectKey' in query or f'/data/data/payments/{path}/")' in query
    assert 1 == query.count("summarize")


def test_a_schedule_starts_it_in_its_own_time_zone():
    """
    Each moment of the schedule is a start with that reason.
    """
    planned = a_pipeline(schedule="daily 01:30 Asia/Kolkata")
    azure = account()

    start(planned, "retrain-starts", azure)

    assert [{"reason": "schedule"}] == [body for _, body in azure.workflows["pipeline"].started]
    app = planned.one("azure-native:logic:Workflow", "retrain-starts")
    assert "India Standard Time" == app.at("definition.triggers.recurrence.recurrence.timeZone")
