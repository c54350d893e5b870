"""Alarms on how fast an endpoint uses up its error budget, on each cloud."""

import re

import pytest

from components.clouds.gcp.slo import burn_query
from components.endpoint import EndpointSpec
from components.endpoint.burn import burns
from groundplan.testing.component import plan_component
from tests.truth.gcp_promql import Point, evaluate

SLO = {"errors": "0.5%", "availability": "99.9%"}
ONLINE = "aiplatform_googleapis_com:prediction_online_"


def _spec(**slo: str) -> EndpointSpec:
    return EndpointSpec.model_validate({"model": "fraud", **({"slo": slo} if slo else {})})


def _planned(cloud: str, **slo: str):
    return plan_component("endpoint", cloud, _spec(**slo), name="scorer")


def test_speeds_are_those_of_the_workbook():
    """
    14.4 times over an hour and five minutes, 6 times over six hours and half an hour; of each budget.
    """
    found = {b.key: (b.share, b.long, b.short) for b in burns(_spec(**SLO))}

    assert {
        "errors_fast": (7.2, 60, 5),
        "errors_slow": (3.0, 360, 30),
        "availability_fast": (1.44, 60, 5),
        "availability_slow": (0.6, 360, 30),
    } == found


def test_a_speed_that_nothing_reaches_has_no_alarm():
    """
    A budget of 10% can't be used up 14.4 times as fast, as no more than everything fails; one of 20% not 6 times.
    """
    assert ["errors_slow"] == [b.key for b in burns(_spec(errors="10%"))]
    assert [] == burns(_spec(errors="20%"))
    assert [] == burns(_spec(latency_p99="1s"))


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_each_cloud_has_an_alarm_for_each_speed(cloud):
    """
    There are four of them, the stack's people hear of each, and the cloud takes them.
    """
    planned = _planned(cloud, **SLO)
    kinds = ("compositeAlarm:", "alertPolicy:", "ScheduledQueryRule")
    burning = [r for r in planned if "burn" in r.name and any(kind in r.type for kind in kinds)]

    assert 4 == len(burning)
    assert [] == planned.refusals
    for alarm in burning:
        assert alarm.inputs.get("alarmActions") or alarm.inputs.get("notificationChannels") or alarm.inputs["actions"]
    assert not [r for r in _planned(cloud) if "burn" in r.name]


def test_no_release_on_aws_looks_at_them():
    """
    What takes a version back looks at minutes; a budget of 28 days that was used up before must not.
    """
    spec = EndpointSpec.model_validate({"model": "fraud", "slo": SLO, "rollout": {"steps": ["10%"]}})
    machine = plan_component("endpoint", "aws", spec, name="scorer").one("aws:sfn/stateMachine:StateMachine")

    assert "burn" not in machine.inputs["definition"]


def test_on_aws_both_windows_must_be_bad():
    """
    The alarm that people hear of is raised while those of both windows are; these have periods that add up to less
    than a day, and tell nobody.
    """
    planned = _planned("aws", errors="1%")
    windows = {r.at("name"): r for r in planned.all("aws:cloudwatch/metricAlarm:MetricAlarm") if "burn" in r.name}
    fast = planned.one("aws:cloudwatch/compositeAlarm:CompositeAlarm", "scorer-burn_errors_fast")
    named = re.fullmatch(r'ALARM\("([^"]+)"\) AND ALARM\("([^"]+)"\)', fast.at("alarmRule"))

    assert named
    assert [3600, 300] == [windows[name].at("metricQueries.0.metric.period") for name in named.groups()]
    assert {14.4} == {windows[name].at("threshold") for name in named.groups()}
    for window in windows.values():
        assert "notBreaching" == window.at("treatMissingData")
        assert not window.inputs.get("alarmActions")
        assert window.at("metricQueries.0.metric.period") <= 86_400


def _answers(minutes: int, bad: float) -> list[Point]:
    """So many minutes of 100 requests, of which a share failed, the last six not to be seen yet."""
    of = {"endpoint_id": "7"}
    found = []
    for minute in range(600 - minutes, 594):
        for code, share in (("2xx", 1 - bad), ("5xx", bad)):
            labels = {**of, "response_code": code}
            found.append(Point(f"{ONLINE}private_response_count", labels, minute * 60.0, 100 * share))
    return found


@pytest.mark.parametrize(
    ("recent", "before", "raised"),
    [(0.2, 0.2, True), (0.0, 0.2, False), (0.2, 0.0, False), (0.1, 0.1, False)],
    ids=["burning", "over", "a moment", "slower"],
)
def test_on_google_cloud_both_windows_must_be_bad(recent, before, raised):
    """
    It goes off while the hour and the last minutes are bad, not once it is over, not for a moment, not below its speed.
    """
    fast = next(b for b in burns(_spec(errors="1%")) if b.speed == "fast")
    old = [p for p in _answers(600, before) if p.at <= 585 * 60]
    points = [*old, *(p for p in _answers(600, recent) if p.at > 585 * 60)]

    answer, measures = evaluate(burn_query(fast, "7"), points, 600 * 60)

    assert raised == bool(answer)
    assert len(measures) == 2
    assert ({}, measures) == evaluate(burn_query(fast, "7"), [], 600 * 60)


def test_on_azure_one_query_compares_the_slower_window():
    """
    The rule looks back as far as the long window, which Azure Monitor allows, and its column is the speed itself.
    """
    rules = {r.name: r for r in _planned("azure", errors="1%").all("azure-native:monitor:ScheduledQueryRule")}
    fast, slow = rules["scorer-burn-errors_fast"], rules["scorer-burn-errors_slow"]

    assert ("PT1H", 14.4) == (fast.at("windowSize"), fast.at("criteria.allOf.0.threshold"))
    assert ("PT6H", 6) == (slow.at("windowSize"), slow.at("criteria.allOf.0.threshold"))
    assert {"speed"} == {rule.at("criteria.allOf.0.metricMeasureColumn") for rule in (fast, slow)}
    assert "ago(10m)" in fast.at("criteria.allOf.0.query")
    assert "ago(35m)" in slow.at("criteria.allOf.0.query")
    assert all("min_of(" in rule.at("criteria.allOf.0.query") for rule in (fast, slow))
