"""The emulated providers, spoken to over gRPC as the engine does."""

from __future__ import annotations

import importlib.metadata
import json
from typing import Any

import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from groundplan.sandbox.attach import Sandbox
from groundplan.sandbox.values import is_secret, secret
from groundplan.sandbox.wire import unpack
from tests.sandbox.conftest import GOOD, Engine, cloud_of, good, refused

BUCKET, VPC, SUBNET = "aws:s3/bucket:Bucket", "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
MODEL = "aws:sagemaker/model:Model"
CONFIG, ENDPOINT = "aws:sagemaker/endpointConfiguration:EndpointConfiguration", "aws:sagemaker/endpoint:Endpoint"
PARENTS: dict[str, tuple[str, str]] = {
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (MODEL, "churn"),
    "gcp:kms/cryptoKey:CryptoKey": ("gcp:kms/keyRing:KeyRing", "projects/acme/locations/europe-west1/keyRings/ml"),
    "azure-native:machinelearningservices:Compute": (
        "azure-native:machinelearningservices:Workspace",
        "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/ml/providers"
        "/Microsoft.MachineLearningServices/workspaces/ml-ws",
    ),
}
"""Types that need something to exist → what."""


@pytest.mark.parametrize("type_", GOOD)
def test_a_resource_lives_from_create_to_delete(type_: str, engines: dict[str, Engine], sandbox: Sandbox) -> None:
    """
    Created, read back as it is, unchanged by the same inputs, deleted, gone.
    """
    engine = engines[cloud_of(type_)]
    if type_ in PARENTS:
        sandbox.world.assume(*PARENTS[type_])
    id_, outputs = engine.create(type_, "it", good(type_))
    inputs = unpack(engine.check(type_, "it", good(type_)).inputs)

    found = engine.read(type_, "it", id_)
    assert (found.id, unpack(found.properties)) == (id_, outputs)
    again = engine.diff(type_, "it", inputs, unpack(engine.check(type_, "it", good(type_), inputs).inputs))
    assert again.changes == provider_pb2.DiffResponse.DIFF_NONE

    engine.delete(type_, "it", id_)
    assert engine.read(type_, "it", id_).id == ""


@pytest.mark.parametrize("type_", GOOD)
def test_a_preview_creates_nothing_and_knows_nothing_yet(
    type_: str, engines: dict[str, Engine], sandbox: Sandbox
) -> None:
    """
    In a preview what the cloud would make up is unknown, and the world stays as it was.
    """
    id_, outputs = engines[cloud_of(type_)].create(type_, "it", good(type_), preview=True)

    assert id_ == ""
    assert UNKNOWN in outputs.values()
    assert sandbox.world.resources() == []


def test_check_says_which_property_is_wrong(engines: dict[str, Engine]) -> None:
    """
    A failure has the property's path, for the engine to show.
    """
    answer = engines["aws"].check(BUCKET, "it", {"buckett": "acme"})

    assert [failure.property for failure in answer.failures] == ["buckett"]
    assert "did you mean 'bucket'?" in answer.failures[0].reason


def test_a_made_up_name_stays_until_the_resource_is_replaced(engines: dict[str, Engine]) -> None:
    """
    The name is the same in every preview and update, and another for the one that replaces it.
    """
    engine = engines["aws"]
    first = unpack(engine.check(MODEL, "churn", good(MODEL)).inputs)
    engine.create(MODEL, "churn", good(MODEL))

    kept = unpack(engine.check(MODEL, "churn", good(MODEL), first).inputs)
    replaced = unpack(engine.check(MODEL, "churn", good(MODEL)).inputs)

    assert kept["name"] == first["name"]
    assert replaced["name"] != first["name"]


def test_a_projects_own_naming_is_followed(engines: dict[str, Engine]) -> None:
    """
    Pulumi's `autonaming` setting proposes names, or forbids to make them up.
    """
    mode = provider_pb2.CheckRequest.AutonamingOptions
    proposed = engines["aws"].check_named(MODEL, "churn", good(MODEL), mode.PROPOSE, "acme-churn")
    disabled = engines["aws"].check_named(MODEL, "churn", good(MODEL), mode.DISABLE, "")

    assert unpack(proposed.inputs)["name"] == "acme-churn"
    assert [(f.property, f.reason) for f in disabled.failures] == [("name", "must be given: auto-naming is disabled")]


def test_a_replacement_says_its_order(engines: dict[str, Engine]) -> None:
    """
    The engine learns what replaces, and whether the old must go first.
    """
    named = good(MODEL, name="churn")
    moved = named | {"executionRoleArn": "arn:aws:iam::111122223333:role/b"}

    answer = engines["aws"].diff(MODEL, "churn", named, moved)

    assert list(answer.replaces) == ["executionRoleArn"]
    assert answer.deleteBeforeReplace
    assert answer.detailedDiff["executionRoleArn"].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE


def test_an_update_keeps_the_id_and_what_the_cloud_computed(engines: dict[str, Engine]) -> None:
    """
    Tags change in place: the ARN does not.
    """
    engine = engines["aws"]
    id_, before = engine.create(BUCKET, "it", good(BUCKET))

    after = engine.update(BUCKET, "it", id_, before, good(BUCKET, tags={"owner": "you"}))

    assert after["tags"] == {"owner": "you"}
    assert after["arn"] == before["arn"]


def test_a_refresh_sees_what_changed_behind_pulumis_back(engines: dict[str, Engine], sandbox: Sandbox) -> None:
    """
    Drift and deletion show when a resource is read.
    """
    engine = engines["aws"]
    id_, _ = engine.create(BUCKET, "it", good(BUCKET))

    sandbox.world.change(BUCKET, id_, {"tags.owner": "intruder"})
    found = engine.read(BUCKET, "it", id_)
    assert unpack(found.properties)["tags"] == {"owner": "intruder"}
    assert unpack(found.inputs)["tags"] == {"owner": "intruder"}

    sandbox.world.remove(BUCKET, id_)
    assert engine.read(BUCKET, "it", id_).id == ""


def test_secrets_stay_secret(engines: dict[str, Engine], sandbox: Sandbox) -> None:
    """
    What went in as a secret comes out as one, from a create and from a read.
    """
    engine, version = engines["aws"], "aws:secretsmanager/secretVersion:SecretVersion"
    sandbox.world.assume("aws:secretsmanager/secret:Secret", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:t")
    inputs = {
        "secretId": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:t",
        "secretString": secret("hunter2"),
    }

    id_, outputs = engine.create(version, "it", inputs)

    assert is_secret(outputs["secretString"])
    assert is_secret(unpack(engine.read(version, "it", id_).properties)["secretString"])


def test_what_is_refused_says_why(engines: dict[str, Engine]) -> None:
    """
    References to nothing, names taken, deletes of what is in use: each has its reason.
    """
    aws = engines["aws"]
    lost = {"vpcId": "vpc-0123456789abcdef0", "cidrBlock": "10.0.1.0/24"}
    assert "there is no such aws:ec2/vpc:Vpc" in refused(aws.create, SUBNET, "sub", lost)

    vpc, _ = aws.create(VPC, "net", good(VPC))
    subnet, _ = aws.create(SUBNET, "sub", {"vpcId": vpc, "cidrBlock": "10.0.1.0/24"})
    assert "is in use: vpcId of aws:ec2/subnet:Subnet" in refused(aws.delete, VPC, "net", vpc)
    aws.delete(SUBNET, "sub", subnet)
    aws.delete(VPC, "net", vpc)

    aws.create(BUCKET, "one", good(BUCKET))
    assert "already exists" in refused(aws.create, BUCKET, "two", good(BUCKET))


def test_an_endpoint_needs_its_configuration(engines: dict[str, Engine]) -> None:
    """
    An endpoint of a configuration that is not there is refused.
    """
    says = refused(engines["aws"].create, ENDPOINT, "ep", {"endpointConfigName": "none"})

    assert "endpointConfigName names 'none'" in says


def test_azure_keeps_deleted_names_and_deletes_what_lies_below(engines: dict[str, Engine], sandbox: Sandbox) -> None:
    """
    A deleted vault's name is burnt; a deleted workspace takes its computes along.
    """
    azure, vault = engines["azure"], "azure-native:keyvault:Vault"
    workspace, compute = "azure-native:machinelearningservices:Workspace", GOOD_COMPUTE
    inputs = {
        "vaultName": "acme-keys",
        "resourceGroupName": "ml",
        "properties": {
            "sku": {"family": "A", "name": "standard"},
            "tenantId": "00000000-0000-4000-8000-000000000002",
        },
    }
    id_, _ = azure.create(vault, "kv", inputs)
    azure.delete(vault, "kv", id_)
    assert "keeps its name" in refused(azure.create, vault, "kv", inputs)

    ws, _ = azure.create(workspace, "ws", good(workspace))
    azure.create(compute, "gpu", good(compute))
    azure.delete(workspace, "ws", ws)
    assert sandbox.world.resources() == []


GOOD_COMPUTE = "azure-native:machinelearningservices:Compute"


def test_a_key_that_can_not_be_deleted_burns_its_name_in_its_ring_only(
    engines: dict[str, Engine], sandbox: Sandbox
) -> None:
    """
    A destroyed CryptoKey leaves its name taken where it was, and free elsewhere.
    """
    gcp, key = engines["gcp"], "gcp:kms/cryptoKey:CryptoKey"
    other = "projects/acme/locations/europe-west1/keyRings/other"
    sandbox.world.assume(*PARENTS[key])
    sandbox.world.assume("gcp:kms/keyRing:KeyRing", other)
    id_, _ = gcp.create(key, "key", good(key))
    gcp.delete(key, "key", id_)

    assert "can't be deleted" in refused(gcp.create, key, "key", good(key))
    gcp.create(key, "key", good(key, keyRing=other))


def test_settings_of_a_shared_project_are_written_over(engines: dict[str, Engine]) -> None:
    """
    Two stacks may both turn on a project's audit log: that is no conflict.
    """
    gcp, audit = engines["gcp"], "gcp:projects/iAMAuditConfig:IAMAuditConfig"
    inputs = {
        "project": "acme",
        "service": "aiplatform.googleapis.com",
        "auditLogConfigs": [{"logType": "DATA_READ"}],
    }

    assert gcp.create(audit, "one", inputs)[0] == gcp.create(audit, "two", inputs)[0]


def test_gcp_protects_what_it_protects_by_default(engines: dict[str, Engine]) -> None:
    """
    A workflow can't be deleted until its protection, which is on by default, is off.
    """
    gcp, workflow = engines["gcp"], "gcp:workflows/workflow:Workflow"
    inputs: dict[str, Any] = {"name": "retrain", "region": "europe-west1", "sourceContents": "main: {}"}
    id_, outputs = gcp.create(workflow, "wf", inputs)

    assert "has deletion protection" in refused(gcp.delete, workflow, "wf", id_)
    gcp.update(workflow, "wf", id_, outputs, inputs | {"deletionProtection": False})
    gcp.delete(workflow, "wf", id_)


def test_a_change_the_service_refuses_fails_the_update(engines: dict[str, Engine]) -> None:
    """
    Azure ML does not move a workspace to another vault: the update says so, and what would do.
    """
    azure, workspace = engines["azure"], "azure-native:machinelearningservices:Workspace"
    id_, outputs = azure.create(workspace, "ws", good(workspace, keyVault="/a"))

    says = refused(azure.update, workspace, "ws", id_, outputs, good(workspace, keyVault="/b"))

    assert "keyVault can't be changed after creation" in says


def test_two_regions_are_two_connections(sandbox: Sandbox) -> None:
    """
    Each provider resource has its own connection, and its own region.
    """
    paris, dublin = Engine(sandbox.ports["aws"]), Engine(sandbox.ports["aws"])
    paris.configure(region="eu-west-3")
    dublin.configure(region="eu-west-1")

    _, there = paris.create(MODEL, "one", good(MODEL))
    _, here = dublin.create(MODEL, "two", good(MODEL))

    assert ":eu-west-3:" in there["arn"]
    assert ":eu-west-1:" in here["arn"]


def test_look_ups_are_answered_or_refused(engines: dict[str, Engine]) -> None:
    """
    Who and where am I is answered; what only the user's own cloud knows is refused, with a way out.
    """
    aws = engines["aws"]
    statement = {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::acme/*"]}

    caller = aws.invoke("aws:index/getCallerIdentity:getCallerIdentity")
    document = aws.invoke("aws:iam/getPolicyDocument:getPolicyDocument", statements=[statement])
    project = engines["gcp"].invoke("gcp:organizations/getProject:getProject")
    client = engines["azure"].invoke("azure-native:authorization:getClientConfig")

    assert caller["accountId"] == "111122223333"
    assert json.loads(document["json"])["Statement"][0]["Action"] == "s3:GetObject"
    assert project["projectId"] == "groundplan-sandbox"
    assert client["tenantId"] == "00000000-0000-4000-8000-000000000002"
    assert "Pass the value as configuration" in refused(aws.invoke, "aws:ec2/getAmi:getAmi")


def test_the_plugin_tells_the_version_of_the_sdk(engines: dict[str, Engine]) -> None:
    """
    The engine records which provider made a resource.
    """
    info = engines["aws"].stub.GetPluginInfo(empty_pb2.Empty())

    assert info.version == importlib.metadata.version("pulumi-aws")


def test_what_a_provider_is_not_for_is_refused(engines: dict[str, Engine]) -> None:
    """
    No components, no methods, no parameters.
    """
    stub = engines["aws"].stub

    assert "no component" in refused(stub.Construct, provider_pb2.ConstructRequest(type="aws:x:Y"))
    assert "can't be called" in refused(stub.Call, provider_pb2.CallRequest(tok="aws:x:Y/z"))
    assert "no parameters" in refused(stub.Parameterize, provider_pb2.ParameterizeRequest())
