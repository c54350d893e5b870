"""Monitoring on Google Cloud: from recorded requests, by the step that runs everywhere, to alarms."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from blueprints import BlueprintError
from tests.truth.gcp_loop import LoopProject, moment
from tests.truth.gcp_stack import MONITOR, asked, planned, project

SCHEDULER = "gcp:cloudscheduler/job:Job"
HOUR = 3600


def _look(held: LoopProject, start: Any = None) -> dict[str, Any]:
    """Figures of the one view that was looked at."""
    ended = held.begin("scorer-monitor", start)
    assert not ended.failed, ended.error
    (window,) = ended.result["windows"]
    return window


def _stack(**monitor: Any):
    return planned({**MONITOR, **monitor}, None)


def test_a_calm_window_raises_nothing(tmp_path):
    """
    Requests like the training data have figures, published, and no alarm is open.
    """
    held = project(tmp_path, planned(pipeline=None), captured=asked("2026-11-20T09:00:00Z"))

    window = _look(held, {"signals": ["drift", "data_quality"], "hours": 1})

    assert "2026-11-20T09-1h" == window["window"]
    assert {"drift", "prediction_drift", "data_quality", "rows"} == set(window["figures"])
    assert 200 == window["figures"]["rows"]
    assert window["figures"]["drift"] < 0.2
    assert [] == held.open_alarms()
    published = {p.name.rpartition("_")[2]: p.value for p in held.points}
    assert published["rows"] == 200


def test_drift_in_two_of_three_windows_is_an_alarm(tmp_path):
    """
    From capture to alarm: one window that moved calls nobody, the second does, and two calm ones end it.
    """
    moved, calm = {"shift": 60}, {"shift": 0}
    shown = []
    held = project(tmp_path, planned(pipeline=None))
    for hour, how in enumerate((calm, moved, calm, moved, calm, calm), start=9):
        held.captured += asked(f"2026-11-20T{hour:02d}:00:00Z", **how)
        held.engine.now = moment(f"2026-11-20T{hour + 1:02d}:15:00Z")
        _look(held, {"signals": ["drift", "data_quality"], "hours": 1})
        shown.append("scorer-alarm-drift" in held.open_alarms())

    assert [False, False, False, True, False, False] == shown


def test_an_alarm_stays_until_the_next_window(tmp_path):
    """
    What was found counts until the next window is looked at, and is forgotten where none is for long.
    """
    held = project(tmp_path, _stack(drift={"windows": "1 of 1"}), captured=asked("2026-11-20T09:00:00Z", shift=80))
    _look(held)
    assert "scorer-alarm-drift" in held.open_alarms()

    held.engine.now += 55 * 60
    assert "scorer-alarm-drift" in held.open_alarms()
    held.engine.now += HOUR
    assert [] == held.open_alarms()


@pytest.mark.parametrize("table", [True, False])
def test_a_window_without_requests_is_no_breach(tmp_path, table):
    """
    No request, or no table yet as nothing was ever asked: the window says rows 0, and nothing else.
    """
    held = project(tmp_path, planned(pipeline=None), captured=asked("2026-11-19T01:00:00Z") if table else [])

    assert {"rows": 0.0} == _look(held)["figures"]
    assert [] == held.open_alarms()


def test_wrong_values_are_an_alarm_of_data_quality(tmp_path):
    """
    Countries that the baseline does not know are counted by row.
    """
    window = asked("2026-11-20T09:00:00Z")
    for record in window[:40]:
        amount, hour, _ = json.loads(record["request_payload"][0])
        record["request_payload"] = [json.dumps([amount, hour, "??"])]
    held = project(tmp_path, planned(pipeline=None), captured=window)

    assert 0.2 == _look(held)["figures"]["data_quality"]
    assert "scorer-alarm-data-quality" in held.open_alarms()


def test_a_step_that_fails_is_an_alarm_too(tmp_path):
    """
    A monitor that is broken does not look calm: its own alarm opens, and the execution says why.
    """
    held = project(tmp_path, planned(pipeline=None), captured=asked("2026-11-20T09:00:00Z"))
    held.broken_steps.add("monitor")

    ended = held.begin("scorer-monitor", {})

    assert ended.failed
    assert "MonitorFailed" == ended.error["error"]
    held.engine.now += 120
    assert ["scorer-alarm-failed"] == held.open_alarms()


def test_a_step_says_what_to_mend(tmp_path):
    """
    Where the step itself says what is wrong, the execution's error has its words.
    """
    held = project(tmp_path, _stack(drift={"columns": ["postcode"]}), captured=asked("2026-11-20T09:00:00Z"))

    ended = held.begin("scorer-monitor", {})

    assert "the baseline has no column postcode. It has amount, hour, country" in ended.error["message"]


QUALITY = {"labels": "data/chargebacks/", "metric": "auc", "below": 0.9, "delay": "1h", "every": "1h"}


def _labels(held: LoopProject, window: list[dict[str, Any]], *, wrong: bool = False) -> None:
    data = held.planned.one("gcp:storage/bucket:Bucket", "data").inputs["name"]
    truth = [
        (record["request_id"], int((json.loads(record["response_payload"][0]) > 0.5) != wrong)) for record in window
    ]
    held.put(f"gs://{data}/data/chargebacks/day.csv", "id,label\n" + "".join(f"{k},{v}\n" for k, v in truth))


def test_quality_is_of_the_window_whose_truth_is_known(tmp_path):
    """
    Its window ends so long ago as labels take; drift of the same clock is of the window that just ended.
    """
    before, now = asked("2026-11-20T08:00:00Z"), asked("2026-11-20T09:00:00Z", count=50)
    held = project(tmp_path, _stack(quality=QUALITY), captured=[*before, *now])
    _labels(held, before, wrong=True)

    ended = held.begin("scorer-monitor", {"signals": ["drift", "quality"], "hours": 1})

    views = {window["view"]: window for window in ended.result["windows"]}
    assert ("2026-11-20T09-1h", 50) == (views["inputs"]["window"], views["inputs"]["figures"]["rows"])
    assert ("2026-11-20T08-1h", 200) == (views["answers"]["window"], views["answers"]["figures"]["rows"])
    assert 0.0 == views["answers"]["figures"]["quality"]
    assert "scorer-alarm-quality" in held.open_alarms()


def test_missing_labels_fail_the_look_at_quality_and_no_other(tmp_path):
    """
    Without a file of labels the monitor's own alarm opens; the figures of the requests are published all the same.
    """
    recorded = [*asked("2026-11-20T08:00:00Z"), *asked("2026-11-20T09:00:00Z")]
    held = project(tmp_path, _stack(quality=QUALITY), captured=recorded)

    ended = held.begin("scorer-monitor", {"hours": 1})

    assert "labels has no table" in ended.error["message"]
    assert any(p.name.endswith("_drift") for p in held.points)
    assert "scorer-alarm-failed" in held.open_alarms()


def test_bias_that_needs_the_truth_waits_for_it(tmp_path):
    """
    Bias of answers is looked at with the requests, bias of errors with the labels.
    """
    held = project(tmp_path, _stack(quality=QUALITY, bias={"facet": "country", "metric": "accuracy_difference"}))
    other = project(tmp_path / "b", _stack(quality=QUALITY, bias={"facet": "country"}))

    def views(of: LoopProject) -> dict[str, list[str]]:
        source = next(s for n, s in of.sources.items() if n.endswith("-monitor"))
        given = json.loads(source)["main"]["steps"][0]["given"]["assign"][0]["given"]
        return {v["name"]: [f["signal"] for f in v["figures"]] for v in given["views"]}

    assert ["quality", "bias"] == views(held)["answers"]
    assert ["quality"] == views(other)["answers"]


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ({"signal": "drift"}, "a start takes signals and hours"),
        ({"signals": ["bias"]}, "nothing watches"),
        ({"signals": "drift"}, "signals is a list"),
        ({"hours": 0}, "hours is from 1 to 168"),
        ({"hours": "1"}, "hours is a number"),
    ],
)
def test_an_odd_start_is_refused(tmp_path, start, says):
    """
    A start that means nothing fails before it costs anything, with what to write.
    """
    held = project(tmp_path, planned(pipeline=None))

    ended = held.begin("scorer-monitor", start)

    assert says in json.dumps(ended.error)
    assert [] == held.steps


def test_looking_twice_is_looking_once(tmp_path):
    """
    A window that is looked at again has the same report at the same place, and raises nothing more.
    """
    held = project(tmp_path, planned(pipeline=None), captured=asked("2026-11-20T09:00:00Z", shift=80))
    first = _look(held)
    held.engine.now += 300
    second = _look(held)

    assert first == second
    assert "scorer-alarm-drift" not in held.open_alarms()  # two looks at one window are one window


def test_what_was_exported_is_gone_after_a_day(tmp_path):
    """
    The requests of a window lie for the step alone, and are deleted soon, whatever is kept otherwise.
    """
    stack = planned(pipeline=None)
    held = project(tmp_path, stack, captured=asked("2026-11-20T09:00:00Z"))
    _look(held)

    rules = stack.one("gcp:storage/bucket:Bucket", "artifacts").inputs["lifecycleRules"]
    short = [r for r in rules if "tmp/windows/" in (r["condition"].get("matchesPrefixes") or [])]
    assert [1, 1] == [r["condition"].get("age") or r["condition"].get("daysSinceNoncurrentTime") for r in short]
    folder = short[0]["condition"]["matchesPrefixes"][0]
    assert all(f"/{folder}scorer/" in query for query in held.queries.values())


def test_every_length_of_window_has_a_clock():
    """
    One clock for each length, soon after the windows end, with what is looked at over it.
    """
    stack = _stack(
        data_quality={"every": "6h"}, quality={**QUALITY, "every": "1d", "delay": "1d"}, bias={"facet": "country"}
    )
    jobs = {r.name: r.inputs for r in stack.all(SCHEDULER)}
    starts = {
        name: json.loads(json.loads(base64.b64decode(job["httpTarget"]["body"]))["argument"])
        for name, job in jobs.items()
    }

    assert {
        "scorer-every-1h": ("15 * * * *", {"signals": ["drift"], "hours": 1}),
        "scorer-every-6h": ("15 */6 * * *", {"signals": ["data_quality"], "hours": 6}),
        "scorer-every-1d": ("15 0 * * *", {"signals": ["quality", "bias"], "hours": 24}),
    } == {name: (jobs[name]["schedule"], starts[name]) for name in jobs}


def test_the_monitor_reads_reports_and_writes_windows_and_nothing_else():
    """
    Its account writes what it exports and reads what steps found; steps write reports.
    """
    grants = {
        r.name: (r.at("role"), r.at("condition.expression"))
        for r in planned(pipeline=None).all("gcp:storage/bucketIAMMember:BucketIAMMember")
        if r.name.startswith("artifacts-pipeline") and r.has("condition")
    }

    assert {"artifacts-pipeline-reports", "artifacts-pipeline-windows"} == set(grants)
    assert grants["artifacts-pipeline-reports"][0] == "roles/storage.objectViewer"
    assert grants["artifacts-pipeline-windows"][1].endswith('/objects/tmp/windows/")')


def test_a_monitor_without_a_baseline_is_refused():
    """
    Where nothing says what windows are held against, the plan says what to write.
    """
    with pytest.raises(BlueprintError, match=r"no training makes other\. Write baseline"):
        planned(pipeline=None, endpoints={"scorer": {"model": "other"}}, registry={"models": ["other"]})
