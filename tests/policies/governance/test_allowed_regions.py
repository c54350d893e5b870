"""Regions are those that were allowed, however a cloud spells them."""

from __future__ import annotations

from typing import Any

import pytest

from policies.pack import rule
from policies.resource import Resource
from policies.settings import Settings

AWS, GCP = "aws:s3/bucket:Bucket", "gcp:workbench/instance:Instance"
AZURE = "azure-native:keyvault:Vault"


def outside(kind: str, inputs: dict[str, Any], allowed: list[str], **provider: Any) -> bool:
    resource = Resource("urn:r", kind, inputs, provider=provider)
    return bool(rule("GP-GOV-003").breaches(resource, Settings.model_validate({"allowedRegions": allowed})))


@pytest.mark.parametrize(
    ("kind", "inputs", "allowed", "out"),
    [
        (GCP, {"location": "europe-west4-a"}, ["europe-west4"], False),
        (GCP, {"location": "us-central1-a"}, ["europe-west4"], True),
        ("gcp:storage/bucket:Bucket", {"location": "EU"}, ["eu"], False),
        ("gcp:storage/bucket:Bucket", {"location": "US"}, ["europe-*"], True),
        (AZURE, {"location": "West Europe"}, ["westeurope"], False),
        (AZURE, {"location": "eastus"}, ["westeurope"], True),
        (AWS, {"region": "us-east-1"}, [], False),
    ],
)
def test_each_clouds_spelling(kind: str, inputs: dict[str, Any], allowed: list[str], out: bool):
    """
    Zones are in their region, and case and blanks say nothing; without a list all are allowed.
    """
    assert out == outside(kind, inputs, allowed)


def test_the_providers_region_counts_where_none_is_set():
    """
    A resource without a region is where its provider is.
    """
    assert outside(AWS, {}, ["eu-*"], region="us-east-1")
    assert not outside(AWS, {}, ["eu-*"], region="eu-west-1")
    assert not outside(AWS, {}, ["eu-*"])
