"""Endpoints of several models, or that scale to zero, on SageMaker: what is made for them."""

from typing import Any

import pytest

from components.catalog import NoMachine
from tests.components.endpoint.aws_components import ALONE, BASKET, CONTROL, HOME, MANY, ZERO, body_of, outputs, plan

ALARM, ROLE_POLICY = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:iam/rolePolicy:RolePolicy"
MANAGED = "aws:iam/policy:Policy"
TARGET, POLICY = "aws:appautoscaling/target:Target", "aws:appautoscaling/policy:Policy"


def test_models_share_the_machines_of_one_endpoint():
    """
    Each model has a component of its own on the one endpoint, and a machine has room for a copy of each.
    """
    planned = plan(MANY)
    served = [body_of(planned, f"scorer_{name}") for name in ("home", "basket")]
    needs = [body["Specification"]["ComputeResourceRequirements"] for body in served]

    assert [HOME, BASKET] == [body["InferenceComponentName"] for body in served]
    assert {"example-prod-scorer"} == {body["EndpointName"] for body in served}
    assert sum(need["MinMemoryRequiredInMb"] for need in needs) <= 16 * 1024
    assert sum(need["NumberOfCpuCoresRequired"] for need in needs) <= 4


def test_the_endpoint_is_private_and_encrypted_without_a_model_of_its_own():
    """
    Network, isolation, key and role are the configuration's: a variant without a model has no other place for them.
    """
    body = body_of(plan(MANY), "scorer-machines")
    (variant,) = body["ProductionVariants"]

    assert body["EnableNetworkIsolation"]
    assert 2 == len(body["VpcConfig"]["Subnets"])
    assert ":key/" in body["KmsKeyId"]
    assert ":role/" in body["ExecutionRoleArn"]
    assert "ModelName" not in variant
    assert {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"} == variant["RoutingConfig"]


def test_another_size_is_another_configuration_of_another_name():
    """
    What a configuration says is in its name: the new one is made, and the endpoint moved, before the old one goes.
    """
    first, second = (body_of(plan(MANY, scale={"min": 1, "max": n}), "scorer-machines") for n in (2, 3))

    assert first["EndpointConfigName"] != second["EndpointConfigName"]
    assert body_of(plan(MANY, scale={"min": 1, "max": 2}), "scorer-machines") == first


def test_an_up_leaves_alone_what_releases_and_the_autoscaler_change():
    """
    The model and the copies of a component are none of Pulumi's business; the machines of the endpoint are.
    """
    planned = plan(MANY)
    ignored = {r["name"]: r["ignoreChanges"] for r in planned.document["resources"]}

    assert ["desiredState"] == ignored["scorer_home"]
    assert not ignored["scorer-machines"]
    assert not ignored["scorer"]


def test_each_model_scales_by_itself_within_the_bounds_of_the_machines():
    """
    Copies of a model follow its own load, between as many as there are machines at least and at most.
    """
    planned = plan(MANY, scale={"min": 2, "max": 6, "target": {"requests_per_replica": "200/min"}})
    target = planned.one(TARGET, "scorer_home-copies")
    policy = planned.one(POLICY, "scorer_home-target").at("targetTrackingScalingPolicyConfiguration")

    assert (2, 6) == (target.inputs["minCapacity"], target.inputs["maxCapacity"])
    assert f"inference-component/{HOME}" == target.inputs["resourceId"]
    assert "sagemaker:inference-component:DesiredCopyCount" == target.inputs["scalableDimension"]
    assert 200 == policy["targetValue"]
    kind = policy["predefinedMetricSpecification"]["predefinedMetricType"]
    assert "SageMakerInferenceComponentInvocationsPerCopy" == kind
    scaled = body_of(planned, "scorer-machines")["ProductionVariants"][0]["ManagedInstanceScaling"]
    assert {"Status": "ENABLED", "MinInstanceCount": 2, "MaxInstanceCount": 7} == scaled


@pytest.mark.parametrize(
    ("machine", "target", "metric", "value"),
    [
        ({"cpu": 4, "memory": "16GiB"}, {"cpu_utilisation": "60%"}, "CPUUtilizationNormalized", 60),
        ({"accelerator": "A10G", "count": 4}, {"gpu_utilisation": "70%"}, "GPUUtilizationNormalized", 70),
        (
            {"cpu": 4, "memory": "16GiB"},
            {"concurrent_requests": 4},
            "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
            4,
        ),
    ],
)
def test_the_target_is_held_in_the_metrics_own_unit(machine, target, metric, value):
    """
    Use is a share of what a copy has reserved, whatever the number of its processors.
    """
    planned = plan(MANY, machine=machine, scale={"min": 1, "max": 2, "target": target})
    held = planned.one(POLICY, "scorer_home-target").at("targetTrackingScalingPolicyConfiguration")
    own = held.get("customizedMetricSpecification", {})

    assert value == held["targetValue"]
    assert metric == (own.get("metricName") or held["predefinedMetricSpecification"]["predefinedMetricType"])
    assert not own or [{"name": "InferenceComponentName", "value": HOME}] == own["dimensions"]


def test_without_requests_the_last_copy_goes_and_a_request_brings_it_back():
    """
    A share of CPU never ends at none, and nothing is measured at none: an alarm takes the last copy, another adds one.
    """
    planned = plan(ZERO)
    wake, sleep = planned.one(ALARM, "scorer-wake"), planned.one(ALARM, "scorer-sleep")
    steps = {
        name: planned.one(POLICY, f"scorer-{name}").at("stepScalingPolicyConfiguration") for name in ("wake", "sleep")
    }
    counted = {q["metric"]["metricName"] for q in sleep.inputs["metricQueries"] if "metric" in q}

    assert 0 == planned.one(TARGET).inputs["minCapacity"]
    assert (
        0 == body_of(planned, "scorer-machines")["ProductionVariants"][0]["ManagedInstanceScaling"]["MinInstanceCount"]
    )
    assert "NoCapacityInvocationFailures" == wake.inputs["metricName"]
    assert {"InferenceComponentName": ALONE} == wake.inputs["dimensions"]
    assert ("ChangeInCapacity", 1) == (steps["wake"]["adjustmentType"], _by(steps["wake"]))
    assert ("ExactCapacity", 0) == (steps["sleep"]["adjustmentType"], _by(steps["sleep"]))
    # what waits for the copy keeps it, though it has no answer
    assert {"Invocations", "NoCapacityInvocationFailures"} == counted
    assert "breaching" == sleep.inputs["treatMissingData"]


def _by(step: dict[str, Any]) -> int:
    (adjustment,) = step["stepAdjustments"]
    return adjustment["scalingAdjustment"]


def test_a_component_is_made_with_a_copy():
    """
    SageMaker makes none without a copy; the autoscaler takes it away.
    """
    assert {"CopyCount": 1} == body_of(plan(ZERO), "scorer")["RuntimeConfig"]


def test_an_endpoint_that_always_has_a_machine_stays_as_it_was():
    """
    One model with scale.min: 1 is a variant with a model, as ever.
    """
    planned = plan({"model": "fraud"})

    assert [] == planned.all(CONTROL)
    assert 1 == len(planned.all("aws:sagemaker/endpointConfiguration:EndpointConfiguration"))


def test_callers_are_told_where_and_how_to_ask_each_model():
    """
    All models are asked at one address; a header says which.
    """
    found = outputs(MANY)

    assert {"home", "basket"} == set(found["model_urls"])
    assert found["url"] == found["model_urls"]["home"]
    assert f"X-Amzn-SageMaker-Inference-Component: {HOME}" == found["model_headers"]["home"]


def test_one_model_that_scales_to_zero_is_asked_with_a_header_too():
    """
    SageMaker takes no request to an endpoint of components that names none.
    """
    found = outputs(ZERO)

    assert {"fraud": f"X-Amzn-SageMaker-Inference-Component: {ALONE}"} == found["model_headers"]
    assert {} == found["model_urls"]


def test_each_model_has_alarms_of_its_own():
    """
    What is promised holds of each model: its alarms watch its requests alone, and their ids are under its name.
    """
    slo = {"errors": "1%", "latency_p99": "200ms"}
    planned, found = plan(MANY, slo=slo), outputs(MANY, slo=slo)
    latency = planned.one(ALARM, "scorer-home_latency_p99")
    queries = planned.one(ALARM, "scorer-basket_errors").inputs["metricQueries"]

    assert {"home_errors", "home_latency_p99", "basket_errors", "basket_latency_p99"} == set(found["alarm_ids"])
    assert {"home_errors_fast", "home_errors_slow"} < set(found["burn_alarm_ids"])
    assert {"InferenceComponentName": HOME} == latency.inputs["dimensions"]
    assert {BASKET} == {q["metric"]["dimensions"]["InferenceComponentName"] for q in queries if "metric" in q}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("capture", {"sample": "100%"}),
        ("shadow", {"sample": "50%"}),
        ("rollout", {"strategy": "canary", "steps": ["10%"], "bake": "10m"}),
    ],
)
def test_what_sagemaker_cant_have_at_zero_is_refused(field, value):
    """
    The message says why, where it is written, and what to write instead.
    """
    with pytest.raises(ValueError, match=f"{field} and scale.min: 0.*docs.aws.amazon.com.*Write scale.min: 1"):
        plan(ZERO, **{field: value, "slo": {"errors": "1%"}})


def test_more_models_than_accelerators_are_refused():
    """
    A model has whole accelerators; the message names a machine with enough of them.
    """
    with pytest.raises(NoMachine, match=r"2 models share .*which has 1 A10G.*count: 4"):
        plan(MANY, machine={"accelerator": "A10G"})


def test_models_that_a_machine_has_no_room_for_are_refused():
    """
    The message says how large the machine is, and how large it must be.
    """
    models = {f"m{n}": f"model-{n}" for n in range(12)}

    with pytest.raises(NoMachine, match=r"12 models share ml\..* Write machine: \{cpu: 4, memory: 16GiB\}"):
        plan({"models": models, "machine": {"cpu": 2, "memory": "8GiB"}})


def test_roles_have_what_components_need_and_only_where_there_are_some():
    """
    The serve role writes their logs, the pipeline role updates them, callers ask them; other stacks grant none of it.
    """
    plain = plan({"model": "fraud"})
    granted = {r.name for kind in (ROLE_POLICY, MANAGED) for r in plain.all(kind)}

    assert not [name for name in granted if name.endswith("-components")]
    assert "UpdateInferenceComponent" in plan(ZERO).one(MANAGED, "pipeline-components").inputs["policy"]
    assert "/aws/sagemaker/InferenceComponents" in plan(ZERO).one(ROLE_POLICY, "serve-components").inputs["policy"]
    assert "inference-component/" in plan(ZERO).one(ROLE_POLICY, "submit-components").inputs["policy"]
