"""What the emulated clouds give back: real-looking ids and outputs, the same every time."""

from __future__ import annotations

import re
from typing import Any

import pytest

from groundplan.sandbox import Emulator
from groundplan.sandbox.attach import PLACES
from groundplan.sandbox.sdk import UnknownType
from tests.sandbox.conftest import GOOD, emulator_of, good, urn_of

SUBSCRIPTION = PLACES["azure"]["subscription"]
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/ml/providers"

NAMED_BY = {
    "aws:s3/bucket:Bucket": "bucket",
    "gcp:storage/bucket:Bucket": "name",
    "gcp:serviceaccount/account:Account": "accountId",
    "gcp:kms/cryptoKey:CryptoKey": "name",
    "gcp:vertex/aiEndpoint:AiEndpoint": "name",
    "azure-native:storage:StorageAccount": "accountName",
    "azure-native:machinelearningservices:Compute": "computeName",
    "azure-native:machinelearningservices:Workspace": "workspaceName",
}


def create(type_: str, /, logical: str = "it", **inputs: Any) -> Any:
    values = good(type_, **inputs) if type_ in GOOD else inputs
    return emulator_of(type_).create(type_, logical, urn_of(type_, logical), values)


@pytest.mark.parametrize(
    ("type_", "inputs", "id_"),
    [
        ("aws:iam/role:Role", {"name": "exec"}, r"exec"),
        ("aws:iam/role:Role", {}, r"it-[0-9a-f]{7}"),
        ("aws:s3/bucket:Bucket", {}, r"acme-artifacts"),
        ("aws:kms/key:Key", {}, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("aws:ec2/vpc:Vpc", {}, r"vpc-0[0-9a-f]{16}"),
        ("aws:sagemaker/model:Model", {}, r"it-[0-9a-f]{7}"),
        ("gcp:storage/bucket:Bucket", {}, r"acme-artifacts"),
        (
            "gcp:serviceaccount/account:Account",
            {},
            r"projects/groundplan-sandbox/serviceAccounts/trainer@groundplan-sandbox\.iam\.gserviceaccount\.com",
        ),
        ("gcp:kms/cryptoKey:CryptoKey", {}, r"projects/acme/locations/europe-west1/keyRings/ml/cryptoKeys/key"),
        (
            "gcp:vertex/aiEndpoint:AiEndpoint",
            {},
            r"projects/groundplan-sandbox/locations/europe-west1/endpoints/1234567",
        ),
        (
            "azure-native:storage:StorageAccount",
            {},
            rf"{GROUP}/Microsoft\.Storage/storageAccounts/acmeartifacts",
        ),
        (
            "azure-native:storage:StorageAccount",
            {"accountName": None},
            rf"{GROUP}/Microsoft\.Storage/storageAccounts/it[0-9a-f]{{8}}",
        ),
        (
            "azure-native:machinelearningservices:Compute",
            {},
            rf"{GROUP}/Microsoft\.MachineLearningServices/workspaces/ml-ws/computes/gpu-spot",
        ),
    ],
)
def test_ids_are_what_the_real_provider_gives(type_: str, inputs: dict[str, Any], id_: str) -> None:
    """
    An id looks as the real one would, so that what refers to it can be checked.
    """
    assert re.fullmatch(id_, create(type_, **inputs).id)


@pytest.mark.parametrize("type_", GOOD)
def test_the_same_call_gives_the_same_answer(type_: str) -> None:
    """
    Ids come from the urn and the place, never from a clock or chance.
    """
    assert create(type_) == create(type_)
    assert create(type_, "other", **{NAMED_BY.get(type_, "x"): None}).outputs != create(type_).outputs


def test_another_generation_has_other_ids() -> None:
    """
    What replaces a resource is another: it has another id and made-up name.
    """
    aws = Emulator(PLACES["aws"])
    urn = urn_of("aws:ec2/vpc:Vpc")

    first = aws.create("aws:ec2/vpc:Vpc", "it", urn, good("aws:ec2/vpc:Vpc"))
    second = aws.create("aws:ec2/vpc:Vpc", "it", urn, good("aws:ec2/vpc:Vpc"), generation="1")

    assert first.id != second.id


@pytest.mark.parametrize(
    ("type_", "output", "value"),
    [
        ("aws:iam/role:Role", "arn", r"arn:aws:iam::111122223333:role/it-[0-9a-f]{7}"),
        ("aws:s3/bucket:Bucket", "arn", r"arn:aws:s3:::acme-artifacts"),
        ("aws:sagemaker/model:Model", "arn", r"arn:aws:sagemaker:eu-west-1:111122223333:model/it-[0-9a-f]{7}"),
        ("gcp:storage/bucket:Bucket", "url", r"gs://acme-artifacts"),
        (
            "gcp:serviceaccount/account:Account",
            "member",
            r"serviceAccount:trainer@groundplan-sandbox\.iam\.gserviceaccount\.com",
        ),
        ("azure-native:storage:StorageAccount", "type", r"Microsoft\.Storage/storageAccounts"),
        ("azure-native:machinelearningservices:Workspace", "workspaceId", r"[0-9a-f-]{36}"),
    ],
)
def test_outputs_that_others_are_fed_from_look_real(type_: str, output: str, value: str) -> None:
    """
    ARNs, links, e-mails and GUIDs have their real form.
    """
    assert re.fullmatch(value, create(type_).outputs[output])


def test_azure_identities_go_in_as_a_list_and_come_out_by_id() -> None:
    """
    The output has the shape the SDK can translate, with the ids the service fills in.
    """
    identity = create("azure-native:machinelearningservices:Workspace").outputs["identity"]

    [(id_, filled)] = identity["userAssignedIdentities"].items()
    assert id_ == "/subscriptions/s/id/a"
    assert re.fullmatch(r"[0-9a-f-]{36}", filled["principalId"])


def test_what_was_given_comes_back() -> None:
    """
    An output that is an input has the value that was given, number for number.
    """
    variants = create("aws:sagemaker/endpointConfiguration:EndpointConfiguration").outputs["productionVariants"]

    assert variants[0]["instanceType"] == "ml.m5.large"
    assert variants[0]["initialInstanceCount"] == 1


def test_a_resource_is_where_its_place_is() -> None:
    """
    Two regions give two ARNs.
    """
    paris = Emulator({"cloud": "aws", "region": "eu-west-3", "account": "111122223333"})
    type_ = "aws:sagemaker/model:Model"

    assert ":eu-west-3:" in paris.create(type_, "it", urn_of(type_), good(type_)).outputs["arn"]


def test_secret_outputs_are_told() -> None:
    """
    What the SDK marks secret is told, for whoever shows outputs.
    """
    made = create("gcp:storage/bucket:Bucket")

    assert {"effectiveLabels", "pulumiLabels"} <= made.secrets


@pytest.mark.parametrize(
    "place",
    [{}, {"cloud": "oracle"}, {"cloud": "aws", "region": "eu-west-1"}],
)
def test_a_place_that_is_none_is_refused(place: dict[str, str]) -> None:
    """
    A place says which cloud it is in and what that cloud needs.
    """
    with pytest.raises(ValueError, match="place"):
        Emulator(place)


def test_a_type_no_sdk_has_can_not_be_created() -> None:
    """
    The error names the type.
    """
    with pytest.raises(UnknownType, match="aws:s3/buckett:Buckett"):
        create("aws:s3/buckett:Buckett")


def test_a_bucket_tells_several_topics() -> None:
    """
    Each notification of a bucket has an id of its own, so that two jobs may wait for files of one store.
    """
    kind, inputs = "gcp:storage/notification:Notification", {"bucket": "acme-data", "payloadFormat": "JSON_API_V1"}
    ids = [create(kind, name, topic=f"projects/acme/topics/{name}", **inputs).id for name in ("one", "two")]

    assert 2 == len(set(ids))
    assert all(re.fullmatch(r"acme-data/notificationConfigs/[0-9]+", made) for made in ids)
