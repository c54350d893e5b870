"""What a change means: nothing, an update, a replacement, and in which order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundplan.sandbox.values import secret
from tests.sandbox.conftest import GOOD, emulator_of, good


def diff(type_: str, old: dict[str, Any], new: dict[str, Any]) -> Any:
    return emulator_of(type_).diff(type_, old, new)


@pytest.mark.parametrize("type_", GOOD)
def test_no_change_is_no_change(type_: str) -> None:
    """
    The same inputs are no change, whatever is secret or empty in them.
    """
    first = next(iter(GOOD[type_]))
    marked = good(type_, **{first: secret(GOOD[type_][first])})

    assert diff(type_, good(type_), good(type_)).changed == []
    assert diff(type_, good(type_), marked | {"tags": {}} if "tags" not in GOOD[type_] else marked).changed == []


@pytest.mark.parametrize(
    ("type_", "inputs", "replaces"),
    [
        ("aws:s3/bucket:Bucket", {"tags": {"owner": "you"}}, []),
        ("aws:s3/bucket:Bucket", {"bucket": "acme-others"}, ["bucket"]),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.1.0.0/16"}, ["cidrBlock"]),
        ("aws:ec2/vpc:Vpc", {"enableDnsSupport": True}, []),
        ("aws:sagemaker/model:Model", {"executionRoleArn": "arn:aws:iam::111122223333:role/b"}, ["executionRoleArn"]),
        ("gcp:storage/bucket:Bucket", {"labels": {"owner": "you"}}, []),
        ("gcp:storage/bucket:Bucket", {"location": "US"}, ["location"]),
        ("gcp:kms/cryptoKey:CryptoKey", {"purpose": "ASYMMETRIC_SIGN"}, ["purpose"]),
        ("gcp:vertex/aiEndpoint:AiEndpoint", {"displayName": "Churn"}, []),
        ("gcp:vertex/aiEndpoint:AiEndpoint", {"network": "projects/1/global/networks/b"}, ["network"]),
        ("azure-native:storage:StorageAccount", {"tags": {"owner": "you"}}, []),
        ("azure-native:storage:StorageAccount", {"isHnsEnabled": True}, ["isHnsEnabled"]),
        ("azure-native:machinelearningservices:Compute", {"workspaceName": "ml-b"}, ["workspaceName"]),
    ],
)
def test_a_change_of_what_can_not_change_replaces(type_: str, inputs: dict[str, Any], replaces: list[str]) -> None:
    """
    Only what the cloud can't change in place replaces the resource.
    """
    found = diff(type_, good(type_), good(type_, **inputs))

    assert found.changed != []
    assert found.replaces == replaces


def test_a_change_deep_inside_is_told_by_its_path() -> None:
    """
    The path names the list item and property, or the tag, that changed.
    """
    config = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
    new = good(config)
    new["productionVariants"][0]["initialInstanceCount"] = 2

    assert diff(config, good(config), new).replaces == ["productionVariants[0].initialInstanceCount"]
    assert diff("aws:s3/bucket:Bucket", {"tags": {"a.b": "1", "c": "1"}}, {"tags": {"a.b": "2", "c": "2"}}).changed == [
        'tags["a.b"]',
        "tags.c",
    ]


def test_a_given_name_must_be_free_before_the_new_one_takes_it() -> None:
    """
    A replacement that keeps its given name deletes first; one with a made-up name creates first.
    """
    model = "aws:sagemaker/model:Model"
    change = {"executionRoleArn": "arn:aws:iam::111122223333:role/b"}
    named, renamed = good(model, name="churn"), good(model, name="churn", **change)
    made_up = good(model, name="churn-0123abc", __defaults=["name"], **change)

    assert diff(model, named, renamed).delete_before_replace
    assert not diff(model, good(model), good(model, **change)).delete_before_replace
    assert not diff(model, good(model, name="churn-0123abc"), made_up).delete_before_replace


def test_a_change_that_azure_refuses_is_told_apart() -> None:
    """
    What the provider would try in place and the service then refuse is neither update nor replacement.
    """
    workspace = "azure-native:machinelearningservices:Workspace"

    found = diff(workspace, good(workspace, keyVault="/a"), good(workspace, keyVault="/b"))

    assert (found.replaces, found.refused) == ([], ["keyVault"])


def test_a_cloud_control_body_replaces_when_its_type_can_not_change() -> None:
    """
    A changed create-only property inside the JSON replaces; another does not.
    """
    type_ = "aws:cloudcontrol/resource:Resource"

    def body(name: str, tags: list[dict[str, str]]) -> dict[str, str]:
        wanted = {"ModelPackageGroupName": name, "Tags": tags}
        return {"typeName": "AWS::SageMaker::ModelPackageGroup", "desiredState": json.dumps(wanted)}

    moved = diff(type_, body("a", []), body("b", []))
    tagged = diff(type_, body("a", []), body("a", [{"Key": "k", "Value": "v"}]))

    assert moved.replaces == ["desiredState"]
    assert (tagged.changed, tagged.replaces) == (["desiredState"], [])
