"""Serverless endpoints on SageMaker: what they are made with, what is refused, and how a version comes into service."""

import json
from functools import cache
from typing import Any

import pytest

from components.endpoint import EndpointSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_sagemaker import FakeSageMaker
from tests.truth.aws_states import Ended, run

MODEL = "aws:sagemaker/model:Model"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
MACHINE = "aws:sfn/stateMachine:StateMachine"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
SLO = {"latency_p99": "120ms", "errors": "0.5%", "availability": "99.9%"}


@cache
def _plan(fields: str) -> Planned:
    spec = EndpointSpec.model_validate({"model": "fraud", **json.loads(fields)})
    return plan_component("endpoint", "aws", spec, name="scorer")


def _planned(**fields: Any) -> Planned:
    return _plan(json.dumps({"form": "serverless", **fields}))


def _release(given: dict[str, Any], cloud: FakeSageMaker, **fields: Any) -> Ended:
    return run(json.loads(_planned(**fields).one(MACHINE).inputs["definition"]), given, cloud)


def _cloud(**more: Any) -> FakeSageMaker:
    cloud = FakeSageMaker(**more)
    cloud.scaled, cloud.counts = {}, {"main": 0}
    (variant,) = cloud.configurations["at-first"]["ProductionVariants"]
    del variant["InstanceType"], variant["InitialInstanceCount"]
    return cloud


def test_a_serverless_endpoint_has_memory_and_concurrency_and_no_machine():
    """
    What is not written is 2 GiB and 20 requests at once; no autoscaler, no volume key.
    """
    planned = _planned()
    configuration = planned.one(CONFIGURATION)

    (variant,) = configuration.at("productionVariants")
    assert {"memorySizeInMb": 2048, "maxConcurrency": 20} == variant["serverlessConfig"]
    assert "instanceType" not in variant
    assert not configuration.has("kmsKeyArn")
    assert not any("appautoscaling" in kind for kind in planned.types)
    assert [] == planned.refusals


def test_its_model_is_where_sagemaker_takes_it():
    """
    In no network of the stack and not isolated, neither at first nor in a release: SageMaker refuses both.
    """
    model = _planned().one(MODEL)
    (released,) = _release({"version": "12"}, _cloud()).called("CreateModel")

    assert not model.has("vpcConfig")
    assert not model.has("enableNetworkIsolation")
    assert not {"VpcConfig", "EnableNetworkIsolation"} & set(released)


@pytest.mark.parametrize(
    ("memory", "nearest"), [("512MiB", "1GiB"), ("1.5GiB", "2GiB"), ("3.2GiB", "3GiB"), ("8GiB", "6GiB")]
)
def test_other_memory_is_refused_with_the_nearest(memory, nearest):
    """
    SageMaker has 1 to 6 whole GiB.
    """
    with pytest.raises(ValueError, match=rf"memory is {memory}.*Write memory: {nearest}"):
        _planned(memory=memory)


@pytest.mark.parametrize(("field", "value"), [("capture", {}), ("rollout", {"steps": ["10%"]})])
def test_what_serverless_has_not_is_refused_with_a_source(field, value):
    """
    Neither requests are recorded, nor is a release guarded: the message says what to write.
    """
    with pytest.raises(ValueError, match=rf"^{field}: .*serverless-endpoints\.html.*Leave {field} out"):
        _planned(slo=SLO, **{field: value})


def test_a_release_puts_a_version_into_service():
    """
    With the memory and concurrency of the blueprint, without what machines alone have.
    """
    cloud = _cloud()

    ended = _release({"version": "12"}, cloud, memory="4GiB", concurrency=50)

    (configuration,) = ended.called("CreateEndpointConfig")
    (update,) = ended.called("UpdateEndpoint")
    (variant,) = configuration["ProductionVariants"]
    assert "" == ended.error
    assert {"MemorySizeInMB": 4096, "MaxConcurrency": 50} == variant["ServerlessConfig"]
    assert {"EndpointName", "EndpointConfigName"} == set(update)
    assert "12" == cloud.tags(cloud.configuration)["version"]
    assert not any("Scal" in name for name, _ in ended.calls)


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"rolls_back": True}, "RolledBack"),
        ({"update_refused": ("SageMaker.X", "no quota")}, "Refused"),
        ({"approval": "Rejected"}, "NotApproved"),
        ({"breaks": True}, "NotRolledBack"),
    ],
)
def test_a_release_that_fails_says_why_and_tidies_up(more, error):
    """
    As with machines: what serves goes on serving, and nothing of the release is left where nothing needs it.
    """
    cloud = _cloud(**more)

    ended = _release({"version": "12"}, cloud)

    assert error == ended.error
    assert "at-first" == cloud.configuration
    assert error == "NotRolledBack" or {"at-first"} == set(cloud.configurations)


def test_promises_are_watched_by_what_a_serverless_endpoint_publishes():
    """
    InvocationModelErrors is not among it.
    """
    alarms = [alarm.inputs for alarm in _planned(slo=SLO).all(ALARM)]
    metrics = {q["metric"]["metricName"] for a in alarms for q in a.get("metricQueries", []) if "metric" in q}

    assert {"Invocations", "Invocation4XXErrors", "Invocation5XXErrors"} == metrics
    assert "ModelLatency" in {alarm.get("metricName") for alarm in alarms}


def test_another_form_is_another_endpoint():
    """
    SageMaker turns no endpoint with machines into a serverless one: it is made beside it, and the other one goes.
    """
    other = _plan(json.dumps({"machine": {"cpu": 4, "memory": "8GiB"}}))

    for kind in (ENDPOINT, CONFIGURATION, MODEL):
        assert other.one(kind).name != _planned().one(kind).name
    assert other.one(ENDPOINT).inputs["name"] != _planned().one(ENDPOINT).inputs["name"]
