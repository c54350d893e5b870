"""Stacks with a dashboard, of as many endpoints as a test wants."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pulumi

from components.base import Cloud, Context, Result, implementation
from components.dashboard import DashboardSpec
from components.endpoint import EndpointResult, EndpointSpec
from components.features import FeaturesResult, FeaturesSpec
from components.foundation import FoundationSpec
from components.monitoring import MonitoringResult, MonitorSpec
from components.training import TrainingResult
from groundplan.target import offline_place
from groundplan.testing.planned import MONTH, Planned, plan_program

__all__ = ["DRIFT", "FRESH", "SLO", "stack"]

SLO = {"latency_p99": "120ms", "errors": "0.5%", "availability": "99.9%"}
DRIFT = {
    "baseline": "data/train/",
    "drift": {"metric": "psi", "above": 0.25},
    "data_quality": {"above": "5%"},
    "quality": {"labels": "data/truth/", "metric": "auc", "below": 0.8},
    "explain": {},
}
FRESH = {
    "entities": {"card": {"key": "card_id"}},
    "views": {
        "spending": {
            "entity": "card",
            "event_time": "ts",
            "schema": {"amount": "float"},
            "source": "data/features/",
            "materialize": {"every": "15m"},
            "freshness": "30m",
        }
    },
}
IDS = {  # how each cloud names an endpoint, what a run starts from, and an alarm
    "aws": (
        "arn:aws:sagemaker:us-east-1:111122223333:endpoint/{}",
        "arn:aws:states:us-east-1:111122223333:stateMachine:{}",
        "arn:aws:cloudwatch:us-east-1:111122223333:alarm:{}",
    ),
    "gcp": (
        "projects/p/locations/us-central1/endpoints/{}",
        "projects/p/locations/us-central1/workflows/{}",
        "projects/p/alertPolicies/{}",
    ),
    "azure": (
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/onlineEndpoints/{}",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Logic/workflows/{}",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/metricAlerts/{}",
    ),
}
KEYS = ("latency_p99", "errors", "availability")
BURNS = ("errors_fast", "errors_slow", "availability_fast", "availability_slow")


def _known(text: str, *parts: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(text.format("-".join(parts)))


def stack(
    cloud: str,
    endpoints: int = 1,
    *,
    monitored: bool = False,
    trainings: int = 1,
    features: bool = False,
    endpoint: dict[str, Any] | None = None,
) -> Planned:
    """
    A foundation and a dashboard over results as other components give them, planned.

    Args:
        cloud: `aws`, `gcp` or `azure`.
        endpoints, trainings: How many there are.
        monitored: Whether each endpoint has a monitor.
        features: Whether there is a feature store.
        endpoint: Fields of each endpoint besides what it promises.
    """
    return _planned(cloud, endpoints, monitored, trainings, features, json.dumps(endpoint or {}))


@cache
def _planned(cloud: str, endpoints: int, monitored: bool, trainings: int, features: bool, endpoint: str) -> Planned:
    chosen = Cloud(cloud)
    where = offline_place(chosen, [], None)
    context = Context("example", "prod", "ml", where, month=MONTH)
    of_endpoint, of_run, of_alarm = IDS[cloud]
    served = EndpointSpec.model_validate({"model": "fraud", "slo": SLO, **json.loads(endpoint)})
    names = [f"scorer-{n}" for n in range(endpoints)]
    spec = DashboardSpec(
        endpoints=dict.fromkeys(names, served),
        monitors=dict.fromkeys(names, MonitorSpec.model_validate(DRIFT)) if monitored else {},
        features=FeaturesSpec.model_validate(FRESH) if features else None,
    )

    def results() -> dict[str, Result]:
        found: dict[str, Result] = {}
        for name in names:
            found[f"endpoints/{name}"] = EndpointResult(
                endpoint_id=_known(of_endpoint, name),
                endpoint_name=_known("{}", name),
                url=_known("https://{}", name),
                capture_uri=None,
                release_id=_known(of_run, name, "release"),
                alarm_ids={key: _known(of_alarm, name, key) for key in KEYS},
                machine="m",
                burn_alarm_ids={key: _known(of_alarm, name, key) for key in BURNS},
                model_urls={model: _known("https://{}:predict", name, model) for model in served.models},
            )
            if monitored:
                alarms = {key: _known(of_alarm, name, key) for key in ("drift", "quality")}
                found[f"monitoring/{name}"] = MonitoringResult(_known(of_run, name), alarms, _known("s3://{}", name))
        for number in range(trainings):
            run = _known(of_run, f"fit-{number}")
            found[f"training/fit-{number}"] = TrainingResult(run, None, "m", _known("s3://{}", "o"), None)
        if features:
            late: dict[str, pulumi.Output[str] | None] = {"freshness_alarm_id": _known(of_alarm, "spending")}
            found["features"] = FeaturesResult(_known("{}", "store"), {"spending": late})
        return found

    def program() -> None:
        base = implementation("foundation", chosen)("foundation", FoundationSpec(), context)
        implementation("dashboard", chosen)("dashboard", spec, context, {base.label: base.result, **results()})

    place = {"cloud": cloud, "account": where.account, **{k: v for k, v in vars(where).items() if isinstance(v, str)}}
    return plan_program(program, place, f"example-prod-{cloud}")
