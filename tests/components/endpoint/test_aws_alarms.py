"""Alarms of an endpoint on SageMaker: on each promise, and on numbers of the team's own."""

from pathlib import Path

import pytest

from components.clouds.aws.alarms import Datapoints
from components.units import Duration
from groundplan.testing import plan_blueprint
from tests.components.endpoint.aws_rollouts import CANARY, METRICS, alarms

ROOT = Path(__file__).parents[3]


def test_each_promise_has_an_alarm_without_a_rollout():
    """
    What slo says is watched at once: in microseconds, in hundredths of the requests, and people hear of it.
    """
    found = alarms()
    latency, errors, availability = (found[key] for key in ("latency_p99", "errors", "availability"))

    assert {"latency_p99", "errors", "availability"} == set(found)
    assert ("ModelLatency", "p99", 120_000) == tuple(
        latency.inputs[key] for key in ("metricName", "extendedStatistic", "threshold")
    )
    assert (0.5, "GreaterThanThreshold") == (errors.at("threshold"), errors.at("comparisonOperator"))
    assert (99.9, "LessThanThreshold") == (availability.at("threshold"), availability.at("comparisonOperator"))
    for alarm in found.values():
        assert "notBreaching" == alarm.at("treatMissingData")
        assert [alarm.at("alarmActions.0")] == alarm.inputs["okActions"]
        assert ":example-prod-alerts" in alarm.at("alarmActions.0")
        assert alarm.has("tags.owner")


def test_errors_and_availability_count_what_has_no_status_too():
    """
    A time-out is an error, and the endpoint's own fault; a caller's mistake is an error only.
    """
    found = alarms()
    expressions = {key: found[key].at("metricQueries.4.expression") for key in ("errors", "availability")}
    counts = {q["id"]: q["metric"]["metricName"] for q in found["errors"].inputs["metricQueries"] if "metric" in q}

    assert "100 * MAX([e4xx + e5xx, failed]) / requests" == expressions["errors"]
    assert "100 - 100 * MAX([e5xx, failed - e4xx]) / requests" == expressions["availability"]
    assert {"Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors"} == set(
        counts.values()
    )


@pytest.mark.parametrize(("bake", "bad"), [("1m", 1), ("3m", 1), ("4m", 2), ("5m", 3), ("1h", 3), (None, 3)])
def test_a_bad_version_is_seen_while_it_is_watched(bake, bad):
    """
    The minutes that must be bad, and the two that a number is late, fit into the bake time from three minutes on.
    """
    seen = Datapoints.within(Duration.parse(bake) if bake else None)

    assert bad == seen.bad <= seen.last
    assert bake in (None, "1m") or seen.bad + 2 <= Duration.parse(bake).minutes


def test_a_number_of_your_own_is_watched_in_the_stacks_name_space():
    """
    The metric is called as in the blueprint, in the stack's name space, with the endpoint's name as its dimension.
    """
    found = alarms(rollout={**CANARY, **METRICS})
    above, below = found["metric_refunds"], found["metric_approved_share"]

    assert ("example-prod", "refunds") == (above.at("namespace"), above.at("metricName"))
    assert {"Endpoint": "example-prod-scorer"} == above.at("dimensions")
    assert (3, "GreaterThanThreshold") == (above.at("threshold"), above.at("comparisonOperator"))
    assert (0.4, "LessThanThreshold") == (below.at("threshold"), below.at("comparisonOperator"))


def test_every_alarm_is_in_the_result():
    """
    The stack's outputs name the alarm of each promise, not those of a release alone.
    """
    stack = plan_blueprint(ROOT / "blueprints/fraud-detection.yaml", "prod", "aws")

    found = stack.document["outputs"]["endpoints/scorer"]["alarm_ids"]

    assert {"latency_p99", "errors", "availability"} == set(found)
    assert all(":alarm:fraud-detection-prod-scorer-" in arn for arn in found.values())
