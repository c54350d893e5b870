"""Emulated clouds to test, a good resource of each, and a provider to speak to over gRPC."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from groundplan.sandbox import Emulator
from groundplan.sandbox.attach import PLACES, Sandbox
from groundplan.sandbox.wire import pack, unpack

POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
GOOD: dict[str, dict[str, Any]] = {
    "aws:iam/role:Role": {"assumeRolePolicy": POLICY},
    "aws:s3/bucket:Bucket": {"bucket": "acme-artifacts", "tags": {"owner": "ml"}},
    "aws:kms/key:Key": {"deletionWindowInDays": 30, "enableKeyRotation": True},
    "aws:ec2/vpc:Vpc": {"cidrBlock": "10.0.0.0/16"},
    "aws:sagemaker/model:Model": {
        "executionRoleArn": "arn:aws:iam::111122223333:role/exec",
        "primaryContainer": {"image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1"},
    },
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": {
        "productionVariants": [
            {"variantName": "main", "modelName": "churn", "instanceType": "ml.m5.large", "initialInstanceCount": 1}
        ]
    },
    "gcp:storage/bucket:Bucket": {"name": "acme-artifacts", "location": "EU", "labels": {"owner": "ml"}},
    "gcp:serviceaccount/account:Account": {"accountId": "trainer"},
    "gcp:kms/cryptoKey:CryptoKey": {
        "name": "key",
        "keyRing": "projects/acme/locations/europe-west1/keyRings/ml",
        "purpose": "ENCRYPT_DECRYPT",
    },
    "gcp:vertex/aiEndpoint:AiEndpoint": {
        "name": "1234567",
        "displayName": "churn",
        "location": "europe-west1",
        "network": "projects/1/global/networks/ml",
    },
    "azure-native:storage:StorageAccount": {
        "accountName": "acmeartifacts",
        "resourceGroupName": "ml",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
    },
    "azure-native:machinelearningservices:Compute": {
        "computeName": "gpu-spot",
        "workspaceName": "ml-ws",
        "resourceGroupName": "ml",
        "properties": {
            "computeType": "AmlCompute",
            "properties": {
                "vmSize": "STANDARD_NC6",
                "vmPriority": "LowPriority",
                "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 2},
            },
        },
    },
    "azure-native:machinelearningservices:Workspace": {
        "workspaceName": "ml-ws",
        "resourceGroupName": "ml",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": ["/subscriptions/s/id/a"]},
    },
}
"""A type of each cloud → inputs its cloud accepts."""

_CLOUDS = {"aws": "aws", "gcp": "gcp", "azure-native": "azure"}


def cloud_of(type_: str) -> str:
    """Return the cloud of a type token."""
    return _CLOUDS[type_.split(":", 1)[0]]


def emulator_of(type_: str) -> Emulator:
    """Return an emulator of the type's cloud, at its usual place."""
    return Emulator(PLACES[cloud_of(type_)])


def good(type_: str, **changes: Any) -> dict[str, Any]:
    """Return accepted inputs of a type, with some top-level ones changed; None takes one away."""
    inputs = copy.deepcopy(GOOD[type_]) | changes
    return {k: v for k, v in inputs.items() if v is not None}


def urn_of(type_: str, name: str = "it") -> str:
    """Return the urn a stack would give a resource."""
    return f"urn:pulumi:dev::acme::{type_}::{name}"


def refused(call: Any, *args: Any, **kwargs: Any) -> str:
    """Return what the provider says when it refuses a call."""
    with pytest.raises(grpc.RpcError) as caught:
        call(*args, **kwargs)
    return caught.value.details() or ""  # pyright: ignore[reportAttributeAccessIssue]


class Engine:
    """Speaks to an emulated provider as the engine does."""

    def __init__(self, port: int) -> None:
        # a connection of its own, as each provider resource of the engine has
        own = [("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=own)
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def configure(self, **config: str) -> Any:
        return self.stub.Configure(provider_pb2.ConfigureRequest(args=pack(config), acceptSecrets=True))

    def check(self, type_: str, name: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
        return self.stub.Check(
            provider_pb2.CheckRequest(urn=urn_of(type_, name), olds=pack(olds or {}), news=pack(news))
        )

    def check_named(self, type_: str, name: str, news: dict[str, Any], mode: int, proposed: str) -> Any:
        options = provider_pb2.CheckRequest.AutonamingOptions(proposed_name=proposed, mode=mode)  # pyright: ignore[reportArgumentType]
        return self.stub.Check(provider_pb2.CheckRequest(urn=urn_of(type_, name), news=pack(news), autonaming=options))

    def create(self, type_: str, name: str, inputs: dict[str, Any], *, preview: bool = False) -> tuple[str, dict]:
        checked = self.check(type_, name, inputs)
        assert [(f.property, f.reason) for f in checked.failures] == []
        made = self.stub.Create(
            provider_pb2.CreateRequest(urn=urn_of(type_, name), properties=checked.inputs, preview=preview)
        )
        return made.id, unpack(made.properties)

    def read(self, type_: str, name: str, id_: str) -> Any:
        return self.stub.Read(provider_pb2.ReadRequest(id=id_, urn=urn_of(type_, name)))

    def diff(self, type_: str, name: str, olds: dict[str, Any], news: dict[str, Any]) -> Any:
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                urn=urn_of(type_, name), id="id", olds=struct_pb2.Struct(), old_inputs=pack(olds), news=pack(news)
            )
        )

    def update(self, type_: str, name: str, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> dict:
        made = self.stub.Update(
            provider_pb2.UpdateRequest(urn=urn_of(type_, name), id=id_, olds=pack(olds), news=pack(news))
        )
        return unpack(made.properties)

    def delete(self, type_: str, name: str, id_: str) -> None:
        self.stub.Delete(provider_pb2.DeleteRequest(urn=urn_of(type_, name), id=id_))

    def invoke(self, token: str, **arguments: Any) -> dict[str, Any]:
        answer = self.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=pack(arguments)))
        return unpack(getattr(answer, "return"))


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """
    All three clouds over an empty world.
    """
    with Sandbox(tmp_path / "world") as served:
        yield served


@pytest.fixture
def engines(sandbox: Sandbox) -> Iterator[dict[str, Engine]]:
    """
    An engine's connection to each cloud's provider, configured.
    """
    engines = {_CLOUDS[package]: Engine(port) for package, port in sandbox.ports.items()}
    for engine in engines.values():
        engine.configure()
    yield engines
    for engine in engines.values():
        engine.channel.close()
