"""Endpoint configurations that Cloud Control makes are judged as those of the provider's own class."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.judge import judge
from policies.pack import rule
from policies.resource import Resource
from policies.settings import Settings

TOKEN = "aws:cloudcontrol/resource:Resource"  # noqa: S105 a type
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
VARIANT = {
    "VariantName": "main",
    "InstanceType": "ml.m5.xlarge",
    "InitialInstanceCount": 2,
    "ManagedInstanceScaling": {"Status": "ENABLED", "MinInstanceCount": 2, "MaxInstanceCount": 4},
}


def _said(name: str, body: Any, environment: str = "prod") -> list[str]:
    text = body if isinstance(body, str) else json.dumps(body)
    made = Resource("urn:r", TOKEN, {"typeName": "AWS::SageMaker::EndpointConfig", "desiredState": text})
    found = judge([made], Settings(environment=environment), [rule(name)])
    return [finding.message for finding in found]


def test_disks_without_a_key_are_found():
    """
    GP-SEC-008 holds of it, by its own name of the key.
    """
    assert [] == _said("GP-SEC-008", {"ProductionVariants": [VARIANT], "KmsKeyId": KEY})
    assert _said("GP-SEC-008", {"ProductionVariants": [VARIANT]})


def test_what_is_captured_without_a_key_is_found():
    """
    GP-SEC-018 reads the body's own form.
    """
    capture = {"EnableCapture": True, "DestinationS3Uri": "s3://b/c", "InitialSamplingPercentage": 1}
    said = [
        bool(_said("GP-SEC-018", {"ProductionVariants": [VARIANT], "DataCaptureConfig": {**capture, **key}}))
        for key in ({"KmsKeyId": KEY}, {})
    ]

    assert [False, True] == said


def test_shell_access_is_found():
    """
    A variant that people can log in to breaks GP-SEC-019 under Cloud Control's name of it too.
    """
    assert [] == _said("GP-SEC-019", {"ProductionVariants": [VARIANT]})
    assert _said("GP-SEC-019", {"ProductionVariants": [{**VARIANT, "EnableSSMAccess": True}]})


@pytest.mark.parametrize(("least", "environment", "fails"), [(0, "prod", True), (2, "prod", False), (0, "dev", False)])
def test_no_machine_is_a_wish_outside_production_alone(least, environment, fails):
    """
    In production an endpoint that sleeps needs a waiver; in development it is as one likes.
    """
    scaled = {**VARIANT["ManagedInstanceScaling"], "MinInstanceCount": least}
    body = {"ProductionVariants": [{**VARIANT, "ManagedInstanceScaling": scaled}]}

    assert fails == bool(_said("GP-REL-001", body, environment))


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_body_that_is_none_breaks_nothing(text):
    """
    Cloud Control refuses it; no rule breaks over it.
    """
    assert [] == _said("GP-SEC-008", text)
