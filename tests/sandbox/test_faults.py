"""Faults on request: which calls fail, how, how often, and what the engine learns of it."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, status_pb2

from groundplan.sandbox.attach import Sandbox
from tests.sandbox.conftest import Engine, good, refused

BUCKET, VPC = "aws:s3/bucket:Bucket", "aws:ec2/vpc:Vpc"


@pytest.mark.parametrize(
    ("kind", "says"),
    [("quota", "quota"), ("denied", "permission"), ("timeout", "timed out")],
)
def test_faults_strike_as_often_as_asked(kind: str, says: str, engines: dict[str, Engine], sandbox: Sandbox) -> None:
    """
    A fault fails the calls it fits, as many times as it says, then no more.
    """
    faults = [{"kind": kind, "type": "aws:s3/*", "name": "it", "times": 2}]
    (sandbox.folder / "faults.json").write_text(json.dumps(faults))
    aws = engines["aws"]

    assert says in refused(aws.create, BUCKET, "it", good(BUCKET))
    assert says in refused(aws.create, BUCKET, "it", good(BUCKET))
    aws.create(VPC, "it", good(VPC))
    aws.create(BUCKET, "it", good(BUCKET))


def test_throttled_calls_are_tried_again(engines: dict[str, Engine], sandbox: Sandbox) -> None:
    """
    As the real providers do, a few throttled calls cost time, not the update.
    """
    (sandbox.folder / "faults.json").write_text(json.dumps([{"kind": "throttle", "times": 3}]))
    engines["aws"].create(BUCKET, "it", good(BUCKET))

    (sandbox.folder / "faults.json").write_text(json.dumps([{"kind": "throttle", "times": 99}]))
    assert "rate exceeded" in refused(engines["aws"].create, VPC, "net", good(VPC))


def test_what_was_half_created_is_known_to_the_engine(engines: dict[str, Engine], sandbox: Sandbox) -> None:
    """
    The error carries the id and outputs, so that the engine keeps the resource and can repair it.
    """
    (sandbox.folder / "faults.json").write_text(json.dumps([{"kind": "half-created", "message": "no capacity"}]))

    with pytest.raises(grpc.RpcError) as caught:
        engines["aws"].create(BUCKET, "it", good(BUCKET))

    metadata: Any = caught.value.trailing_metadata()  # pyright: ignore[reportAttributeAccessIssue]
    status = status_pb2.Status.FromString(dict(metadata)["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert (detail.id, list(detail.reasons)) == ("acme-artifacts", ["no capacity"])
    assert sandbox.world.get(BUCKET, "acme-artifacts") is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("{}", "must hold a list"),
        ('[{"kind": "fire"}]', "kind must be one of"),
        ('[{"kind": "quota", "typ": "*"}]', "keys from"),
        ('[{"kind": "quota", "operation": "up"}]', "operation"),
    ],
)
def test_a_wrong_fault_file_says_what_is_wrong(
    text: str, says: str, engines: dict[str, Engine], sandbox: Sandbox
) -> None:
    """
    A mistake in `faults.json` is an error, not a fault that never strikes.
    """
    (sandbox.folder / "faults.json").write_text(text)

    assert says in refused(engines["aws"].create, BUCKET, "it", good(BUCKET))
