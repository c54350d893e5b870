"""What the tests of rollouts on SageMaker share: an endpoint with its promises, planned and released to."""

import json
from functools import cache
from typing import Any

from components.endpoint import EndpointSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_sagemaker import FakeSageMaker
from tests.truth.aws_states import Ended, run

__all__ = [
    "CANARY",
    "METRICS",
    "STEPS",
    "alarms",
    "deployment",
    "guards",
    "named",
    "planned",
    "release",
    "routing",
    "shifts",
]

MACHINE = "aws:sfn/stateMachine:StateMachine"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
SLO = {"latency_p99": "120ms", "errors": "0.5%", "availability": "99.9%"}
CANARY = {"strategy": "canary", "steps": ["10%"], "bake": "15m"}
STEPS = {"steps": ["10%", "50%"], "bake": "15m"}
METRICS = {"metrics": {"refunds": {"above": 3}, "approved_share": {"below": 0.4}}}


@cache
def _plan(fields: str) -> Planned:
    given = {"model": "fraud", "machine": {"cpu": 4, "memory": "8GiB"}, "scale": {"min": 2, "max": 8}, "slo": SLO}
    return plan_component(
        "endpoint", "aws", EndpointSpec.model_validate({**given, **json.loads(fields)}), name="scorer"
    )


def planned(**fields: Any) -> Planned:
    """An endpoint with these fields, on its foundation."""
    return _plan(json.dumps(fields))


def release(given: dict[str, Any], cloud: FakeSageMaker, rollout: Any = None, mark: str = "1", **fields: Any) -> Ended:
    """
    A start of the release.

    Args:
        given: Its input.
        cloud: Where.
        rollout: Of the endpoint; in steps of 10% and 50% where it is not given, none where it is False.
        mark: What the names that it makes end in.
        fields: Further ones of the endpoint.
    """
    definition = (
        planned(rollout=STEPS if rollout is None else rollout or None, **fields).one(MACHINE).inputs["definition"]
    )
    return run(json.loads(definition.replace("$substring($uuid(), 0, 8)", f"'{mark}'")), given, cloud)


def alarms(**fields: Any) -> dict[str, Any]:
    """The alarms of an endpoint, by what they are of it, but for those on its budget of 28 days."""
    found = {alarm.name.removeprefix("scorer-"): alarm for alarm in planned(**fields).all(ALARM)}
    return {part: alarm for part, alarm in found.items() if not part.startswith("burn_")}


def named(rollout: Any, *parts: str) -> set[str]:
    """Names of alarms in CloudWatch, by what they are of the endpoint."""
    found = alarms(rollout=rollout)
    return {found[part].inputs["name"] for part in parts}


def deployment(ended: Ended) -> dict[str, Any]:
    """How the one update was guarded."""
    (update,) = ended.called("UpdateEndpoint")
    return update["DeploymentConfig"]


def routing(ended: Ended) -> dict[str, Any]:
    """How its traffic moved."""
    return deployment(ended)["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]


def guards(ended: Ended) -> list[str]:
    """The alarms that would have taken it back."""
    return [alarm["AlarmName"] for alarm in deployment(ended)["AutoRollbackConfiguration"]["Alarms"]]


def shifts(ended: Ended) -> list[tuple[float, ...]]:
    """Weights of the stable variant and the candidate, call by call."""
    calls = ended.called("UpdateEndpointWeightsAndCapacities")
    return [tuple(one["DesiredWeight"] for one in call["DesiredWeightsAndCapacities"]) for call in calls]
