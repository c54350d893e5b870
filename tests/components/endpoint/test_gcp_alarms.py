"""Alert policies of endpoints on Google Cloud: when they go off, and who hears of it."""

import re
from typing import Any

import pytest

from components.endpoint import EndpointSpec
from components.foundation import FoundationSpec
from groundplan.testing.component import plan_component
from tests.components.endpoint.gcp_serving import CANARY, SLO, plan
from tests.truth.gcp_traffic import Behaviour, Traffic

POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
DESCRIPTOR = "gcp:monitoring/metricDescriptor:MetricDescriptor"


def _goes_off(query: str, acts: Behaviour, **traffic: Any) -> bool:
    """Whether a policy does, half an hour after version 1 began to serve so."""
    number = re.search(r'endpoint_id="([0-9]+)"', query)
    seen = Traffic(behaves=lambda _version, _share: acts, **{"endpoint": number[1] if number else "", **traffic})
    seen.split(0, {"7000": 100}, [{"id": "7000", "displayName": "v1"}])
    return bool(seen.answer(query, 1800)["data"]["result"])


def _query(name: str, **fields: Any) -> str:
    policy = next(r for r in plan(**fields).all(POLICY) if r.name == f"scorer-alarm-{name}")
    return policy.at("conditions.0.conditionPrometheusQueryLanguage.query")


@pytest.mark.parametrize("family", ["", "private_"])
@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("latency-p99", Behaviour(milliseconds=200), Behaviour(milliseconds=201)),
        ("errors", Behaviour(refused=0.005, failed=0.004), Behaviour(refused=0.006, failed=0.005)),
        ("availability", Behaviour(refused=0.5, failed=0.004), Behaviour(failed=0.006)),
    ],
)
def test_an_alarm_goes_off_beyond_what_is_promised_and_not_before(name, good, bad, family):
    """
    Latency is the 99th percentile, errors are 4xx and 5xx, and only a 5xx makes an endpoint unavailable; whichever of
    its two names Vertex AI counts requests under.
    """
    query = _query(name, slo=SLO)

    assert not _goes_off(query, good, family=family)
    assert _goes_off(query, bad, family=family)
    assert not _goes_off(query, bad, family=family, requests=0)


def test_an_alarm_is_on_this_endpoint_alone():
    """
    What another endpoint of the project does makes no alarm go off here.
    """
    query = _query("errors", slo=SLO)

    assert _goes_off(query, Behaviour(failed=1.0))
    assert not _goes_off(query, Behaviour(failed=1.0), endpoint="1")


@pytest.mark.parametrize(("bound", "bad"), [({"above": 3}, 3.1), ({"below": 3}, 2.9)])
def test_a_minute_of_a_number_beyond_its_bound_is_an_alarm(bound, bad):
    """
    A published number is compared as the mean of each minute; the bound itself is within.
    """
    query = _query("refunds", rollout={**CANARY, "metrics": {"refunds": bound}})

    assert not _goes_off(query, Behaviour(numbers={"refunds": 3.0}))
    assert _goes_off(query, Behaviour(numbers={"refunds": bad}))
    assert not _goes_off(query, Behaviour())


def test_each_promise_has_an_alarm_without_a_rollout_too():
    """
    What is promised is watched, whoever serves; the result says which alarm watches what.
    """
    planned = plan(slo={"errors": "1%", "availability": "99%"})

    assert {"scorer-alarm-errors", "scorer-alarm-availability"} == {
        r.name for r in planned.all(POLICY) if "-burn-" not in r.name
    }
    assert [] == planned.all(DESCRIPTOR)
    assert [] == plan().all(POLICY)


def test_people_and_programs_hear_of_it():
    """
    A policy tells each address of the stack, and its topic even where there is no address.
    """
    spec = EndpointSpec.model_validate({"model": "fraud", "slo": SLO})
    for emails in ([], ["a@example.com", "b@example.com"]):
        ground = FoundationSpec(images=["scorer"], alert_emails=emails)
        planned = plan_component("endpoint", "gcp", spec, name="scorer", foundation=ground)

        assert all(1 + len(emails) == len(r.inputs["notificationChannels"]) for r in planned.all(POLICY))
    channels = planned.all("gcp:monitoring/notificationChannel:NotificationChannel")
    assert {"email", "pubsub"} == {r.at("type") for r in channels}


def test_a_number_of_ones_own_is_defined_before_it_is_published():
    """
    Its type is there beforehand, so that who publishes it may write values and nothing else; and it stays, as other
    stacks of the project may publish under it.
    """
    planned = plan(slo=SLO, rollout={**CANARY, "metrics": {"chargeback_rate": {"above": 3}}})

    metric = planned.one(DESCRIPTOR)
    assert "custom.googleapis.com/groundplan/chargeback_rate" == metric.at("type")
    assert ("GAUGE", "DOUBLE") == (metric.at("metricKind"), metric.at("valueType"))
    assert ["stack", "endpoint", "version"] == [label["key"] for label in metric.at("labels")]
    role = next(r for r in planned if r.name == "role-publish")
    assert ["monitoring.timeSeries.create"] == role.inputs["permissions"]
    assert {"role-publish-serve-member", "role-publish-pipeline-member"} <= {r.name for r in planned}
