"""What the emulated clouds accept and refuse, by type, rule and docstring."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

from groundplan.sandbox import Emulator
from groundplan.sandbox.attach import PLACES
from groundplan.sandbox.values import secret
from tests.sandbox.conftest import GOOD, emulator_of, good

ROLE = "aws:iam/role:Role"
CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
COMPUTE = "azure-native:machinelearningservices:Compute"


def refusals(type_: str, inputs: dict[str, Any]) -> list[tuple[str, str]]:
    return [(f.property, f.reason) for f in emulator_of(type_).check(type_, inputs)]


@pytest.mark.parametrize("type_", GOOD)
def test_good_inputs_pass(type_: str) -> None:
    """
    What a cloud accepts is accepted here.
    """
    assert refusals(type_, good(type_)) == []


@pytest.mark.parametrize("type_", GOOD)
def test_a_property_the_type_has_not_is_refused_with_the_nearest_name(type_: str) -> None:
    """
    A mistyped property is named, and the one that was probably meant.
    """
    first = next(iter(GOOD[type_]))

    found = refusals(type_, good(type_, **{f"{first}x": "a"}))

    assert [path for path, _ in found] == [f"{first}x"]
    assert f"did you mean {first!r}?" in found[0][1]


@pytest.mark.parametrize(
    ("type_", "missing"),
    [
        (ROLE, "assumeRolePolicy"),
        (CONFIG, "productionVariants"),
        ("gcp:storage/bucket:Bucket", "location"),
        ("gcp:kms/cryptoKey:CryptoKey", "keyRing"),
        ("azure-native:storage:StorageAccount", "sku"),
        (COMPUTE, "workspaceName"),
    ],
)
def test_a_missing_required_property_is_refused(type_: str, missing: str) -> None:
    """
    What the cloud requires must be given.
    """
    assert refusals(type_, good(type_, **{missing: None})) == [(missing, "is required but was not given")]


@pytest.mark.parametrize(
    ("type_", "inputs", "path", "says"),
    [
        ("aws:s3/bucket:Bucket", {"tags": ["owner"]}, "tags", "must be a map, not a list"),
        ("aws:kms/key:Key", {"enableKeyRotation": "on"}, "enableKeyRotation", "must be true or false, not a string"),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": {}}, "cidrBlock", "must be a string, not an object"),
        (CONFIG, {"productionVariants": {}}, "productionVariants", "must be a list, not an object"),
        ("gcp:storage/bucket:Bucket", {"forceDestroy": 3}, "forceDestroy", "must be true or false, not a number"),
        ("azure-native:storage:StorageAccount", {"sku": "Standard_LRS"}, "sku", "must be an object, not a string"),
        (
            "azure-native:storage:StorageAccount",
            {"isHnsEnabled": "true"},
            "isHnsEnabled",
            "must be true or false, not a string",
        ),
    ],
)
def test_a_wrong_type_is_refused(type_: str, inputs: dict[str, Any], path: str, says: str) -> None:
    """
    A value of the wrong kind is refused; the message says which kind it should be.
    """
    assert refusals(type_, good(type_, **inputs)) == [(path, says)]


def test_bridged_providers_turn_texts_into_numbers_as_they_really_do() -> None:
    """
    The AWS and GCP providers take "30" for 30; a text that is no number is still refused.
    """
    assert refusals("aws:kms/key:Key", good("aws:kms/key:Key", deletionWindowInDays="30")) == []
    assert refusals("aws:kms/key:Key", good("aws:kms/key:Key", deletionWindowInDays="thirty")) == [
        ("deletionWindowInDays", "must be a whole number, not a string")
    ]


@pytest.mark.parametrize(
    ("type_", "inputs", "path", "says"),
    [
        ("aws:kms/key:Key", {"keyUsage": "ENCRYPT"}, "keyUsage", "did you mean 'ENCRYPT_DECRYPT'?"),
        ("gcp:kms/cryptoKey:CryptoKey", {"purpose": "ENCRYPT"}, "purpose", "did you mean 'ENCRYPT_DECRYPT'?"),
        ("azure-native:storage:StorageAccount", {"kind": "StorageV3"}, "kind", "did you mean 'StorageV2'?"),
    ],
)
def test_a_value_outside_its_enum_is_refused(type_: str, inputs: dict[str, Any], path: str, says: str) -> None:
    """
    A value the cloud does not know is refused, with the nearest it knows.
    """
    [(where, reason)] = refusals(type_, good(type_, **inputs))

    assert where == path
    assert says in reason


def test_an_instance_type_deep_in_a_list_is_checked() -> None:
    """
    Rules reach into lists, and the path says which item is wrong.
    """
    inputs = good(CONFIG)
    inputs["productionVariants"][0]["instanceType"] = "ml.g5.xlrge"

    [(path, reason)] = refusals(CONFIG, inputs)

    assert path == "productionVariants[0].instanceType"
    assert "did you mean 'ml.g5.xlarge'?" in reason


@pytest.mark.parametrize(
    ("type_", "inputs", "path"),
    [
        ("aws:s3/bucket:Bucket", {"bucket": "Acme_Artifacts"}, "bucket"),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0"}, "cidrBlock"),
        ("aws:sagemaker/model:Model", {"name": "churn_model"}, "name"),
        ("aws:iam/role:Role", {"assumeRolePolicy": "{'Version': 1}"}, "assumeRolePolicy"),
        ("gcp:serviceaccount/account:Account", {"accountId": "Trainer"}, "accountId"),
        ("gcp:storage/bucket:Bucket", {"name": "google-models"}, "name"),
        ("gcp:vertex/aiEndpoint:AiEndpoint", {"name": "churn"}, "name"),
        ("gcp:storage/bucket:Bucket", {"labels": {"owner": "ML@acme"}}, "labels.owner"),
        ("azure-native:storage:StorageAccount", {"accountName": "acme-artifacts"}, "accountName"),
        ("azure-native:machinelearningservices:Workspace", {"workspaceName": "ml"}, "workspaceName"),
    ],
)
def test_a_name_its_service_does_not_take_is_refused(type_: str, inputs: dict[str, Any], path: str) -> None:
    """
    Names obey the rules of the service they are for.
    """
    assert [where for where, _ in refusals(type_, good(type_, **inputs))] == [path]


@pytest.mark.parametrize(
    ("type_", "value"),
    [("aws:kms/key:Key", 3), ("aws:kms/key:Key", 31)],
)
def test_a_number_out_of_bounds_is_refused(type_: str, value: int) -> None:
    """
    A number below the least or above the most is refused.
    """
    [(path, reason)] = refusals(type_, good(type_, deletionWindowInDays=value))

    assert path == "deletionWindowInDays"
    assert "allowed" in reason


def test_a_tagged_union_is_checked_by_its_tag() -> None:
    """
    Of several shapes the tag picks one; a tag that is missing or unknown is refused.
    """
    inputs = good(COMPUTE)
    inputs["properties"]["properties"]["vmPriority"] = "Spot"
    unknown = good(COMPUTE, properties={"computeType": "AmlCluster"})
    untagged = good(COMPUTE, properties={"properties": {}})

    assert refusals(COMPUTE, inputs) == [
        ("properties.properties.vmPriority", "'Spot' is not one of ['Dedicated', 'LowPriority']")
    ]
    assert [path for path, _ in refusals(COMPUTE, unknown)] == ["properties.computeType"]
    assert "is required: one of" in refusals(COMPUTE, untagged)[0][1]


def test_what_several_properties_break_together_is_refused() -> None:
    """
    Rules that span properties hold: spot waits, traffic sums, scaling bounds.
    """
    scaling = {
        "minCapacity": 5,
        "maxCapacity": 2,
        "resourceId": "endpoint/churn/variant/main",
        "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "serviceNamespace": "sagemaker",
    }
    traffic = {
        "endpointName": "churn",
        "workspaceName": "ml-ws",
        "resourceGroupName": "ml",
        "properties": {"authMode": "AADToken", "traffic": {"blue": 60, "green": 30}},
    }

    assert refusals("aws:appautoscaling/target:Target", scaling) == [("minCapacity", "5 is above maxCapacity, 2")]
    assert refusals("azure-native:machinelearningservices:OnlineEndpoint", traffic) == [
        ("properties.traffic", "sums to 90: it must be 0 or 100")
    ]


def test_an_alert_of_azure_looks_back_as_far_as_to_its_last_look() -> None:
    """
    A window shorter than the time between two looks leaves minutes that nobody looks at, and Azure refuses it.
    """
    alert = {
        "ruleName": "errors",
        "resourceGroupName": "ml",
        "location": "global",
        "severity": 1,
        "enabled": True,
        "scopes": ["/subscriptions/s/resourceGroups/ml"],
        "evaluationFrequency": "PT5M",
        "windowSize": "PT1M",
        "criteria": {"odataType": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria", "allOf": []},
    }
    kind = "azure-native:monitor:MetricAlert"

    assert refusals(kind, alert) == [("windowSize", "PT1M is shorter than evaluationFrequency, PT5M")]
    assert refusals(kind, {**alert, "windowSize": "PT5M"}) == []
    assert [path for path, _ in refusals(kind, {**alert, "windowSize": "PT10M"})] == ["windowSize"]
    assert [path for path, _ in refusals(kind, {**alert, "windowSize": "PT5M", "severity": 5})] == ["severity"]


@pytest.mark.parametrize("unknown", [UNKNOWN, Unknown(), secret(UNKNOWN)])
@pytest.mark.parametrize("type_", GOOD)
def test_what_is_not_known_yet_passes_wherever_it_stands(type_: str, unknown: object) -> None:
    """
    In a preview a value may be unknown, secret or both: that is no failure.
    """
    for name in GOOD[type_]:
        assert refusals(type_, good(type_, **{name: unknown})) == []


def test_a_secret_is_checked_and_never_quoted() -> None:
    """
    A wrong secret is refused without telling what it is.
    """
    [(path, reason)] = refusals("aws:s3/bucket:Bucket", {"bucket": secret("Hunter2_Hunter2")})

    assert path == "bucket"
    assert "Hunter2" not in reason
    assert "[secret]" in reason


def test_a_name_that_pulumi_would_make_up_wrongly_must_be_given() -> None:
    """
    Where the made-up name is refused, leaving the name out is refused, and the logical name counts.
    """
    endpoint = good("gcp:vertex/aiEndpoint:AiEndpoint", name=None)
    group = {"vpcId": "vpc-0123456789abcdef0"}
    aws = Emulator(PLACES["aws"])

    assert "must be given: Pulumi would make up" in refusals("gcp:vertex/aiEndpoint:AiEndpoint", endpoint)[0][1]
    assert aws.check("aws:ec2/securityGroup:SecurityGroup", group, "web") == []
    assert "must be given" in aws.check("aws:ec2/securityGroup:SecurityGroup", group, "sg")[0].reason


def test_a_cloud_control_body_is_checked_against_its_type() -> None:
    """
    JSON inside Cloud Control is no hiding place: what the type has not, or requires, is refused.
    """
    inputs = {
        "typeName": "AWS::SageMaker::ModelQualityJobDefinition",
        "desiredState": '{"RoleArm": "arn:aws:iam::111122223333:role/exec"}',
    }

    reasons = [reason for _, reason in refusals("aws:cloudcontrol/resource:Resource", inputs)]

    assert any("did you mean 'RoleArn'?" in reason for reason in reasons)
    assert any("lacks JobResources" in reason for reason in reasons)


def test_a_type_no_provider_has_is_refused() -> None:
    """
    A type token that the SDK does not know is a failure, not a crash.
    """
    [(path, reason)] = refusals("aws:s3/buckett:Buckett", {})

    assert path == ""
    assert "is not a resource type" in reason
