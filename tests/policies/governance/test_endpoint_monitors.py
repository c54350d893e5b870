"""GP-GOV-006: which endpoints a monitor is advised for, and what counts as one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.judge import judge
from policies.pack import rule
from policies.resource import Resource
from policies.settings import Settings

AWS, CONFIG = "aws:sagemaker/endpoint:Endpoint", "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
CLOUD_CONTROL = "aws:cloudcontrol/resource:Resource"
AZURE = "azure-native:machinelearningservices:OnlineEndpoint"
ALERT, ALARM = "azure-native:monitor:MetricAlert", "aws:cloudwatch/metricAlarm:MetricAlarm"
MACHINES = {"modelName": "m", "instanceType": "ml.m5.xlarge"}
ENDPOINT = Resource("e", AWS, {"name": "scorer", "endpointConfigName": "c"}, dependencies=("c",))


def found(*resources: Resource, environment: str = "prod") -> list[str]:
    return [f.urn for f in judge(list(resources), Settings(environment=environment), [rule("GP-GOV-006")])]


@pytest.mark.parametrize(
    ("config", "advised"),
    [
        ({"productionVariants": [MACHINES]}, True),
        ({"productionVariants": [{"modelName": "m", "serverlessConfig": {"maxConcurrency": 5}}]}, False),
        (
            {"productionVariants": [MACHINES], "asyncInferenceConfig": {"outputConfig": {"s3OutputPath": "s3://b/"}}},
            False,
        ),
        ({"productionVariants": [{"instanceType": "ml.m5.xlarge"}]}, False),
    ],
    ids=["machines", "serverless", "async", "components"],
)
def test_a_monitor_is_advised_where_requests_can_be_recorded(config: dict[str, Any], advised: bool):
    """
    SageMaker captures no data of serverless and asynchronous endpoints, nor where inference components answer.
    """
    made = Resource("c", CONFIG, {"name": "c", **config})

    assert (["e"] if advised else []) == found(ENDPOINT, made)
    assert [] == found(ENDPOINT, made, environment="dev")


@pytest.mark.parametrize("known", [True, False])
def test_components_by_cloud_control_are_advised_no_monitor(known: bool):
    """
    Likewise where Cloud Control makes the configuration, known in a preview or not.
    """
    body = {"EndpointConfigName": "c", "ProductionVariants": [{"InstanceType": "ml.m5.xlarge"}]}
    state = {"desiredState": json.dumps(body)} if known else {}

    assert [] == found(ENDPOINT, Resource("c", CLOUD_CONTROL, {"typeName": "AWS::SageMaker::EndpointConfig", **state}))


def test_several_models_on_azure_are_advised_no_monitor():
    """
    Where no deployment has a share of the traffic, callers name theirs, and one monitor can't be of all of them.
    """
    alone, many = (
        Resource(name, AZURE, {"endpointName": name, "properties": {**more}})
        for name, more in (("alone", {}), ("many", {"traffic": {}}))
    )

    assert ["alone"] == found(alone, many)


@pytest.mark.parametrize(("metric", "watched"), [("explain", True), ("largest_drift", True), ("quality", False)])
def test_weights_that_move_are_drift(metric: str, watched: bool):
    """
    A monitor of how columns weigh in the answers is one of drift, on any cloud; one of quality alone is none.
    """
    config = Resource("c", CONFIG, {"name": "c", "productionVariants": [MACHINES]})
    alarm = Resource("a", ALARM, {"metricName": metric, "dimensions": {"Endpoint": "scorer"}})
    azure = Resource("z", AZURE, {"endpointName": "scorer"})
    criteria = {"allOf": [{"metricName": f"{metric}_breaches"}]}
    alert = Resource("m", ALERT, {"criteria": criteria, "scopes": ["/onlineEndpoints/scorer"]})

    assert ([] if watched else ["e", "z"]) == found(ENDPOINT, config, alarm, azure, alert)
