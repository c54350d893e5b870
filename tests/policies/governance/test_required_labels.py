"""Required labels are there, wherever they come from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.pack import rule
from policies.resource import Resource
from policies.settings import Settings
from policies.values import UNKNOWN

FULL = {"blueprint": "fraud", "environment": "prod", "owner": "risk-ml", "managed-by": "groundplan"}
BUCKET, VAULT = "aws:s3/bucket:Bucket", "azure-native:keyvault:Vault"


def said(kind: str, inputs: dict[str, Any], provider: dict[str, Any] | None = None, **settings: Any) -> list[str]:
    resource = Resource("urn:r", kind, inputs, provider=provider or {})
    return [b.message for b in rule("GP-GOV-001").breaches(resource, Settings.model_validate(settings))]


@pytest.mark.parametrize("tags", [{"tags": {"owner": "risk-ml"}}, json.dumps({"tags": {"owner": "risk-ml"}}), UNKNOWN])
def test_a_providers_tags_count(tags: Any):
    """
    What a provider puts on each resource is there, in whatever form the engine has it; unknown may be all.
    """
    without_owner = {key: value for key, value in FULL.items() if key != "owner"}

    assert [] == said(BUCKET, {"tags": without_owner}, {"defaultTags": tags})
    assert ["tags has no owner"] == said(BUCKET, {"tags": without_owner})


def test_only_azure_ignores_case():
    """
    `Owner` is `owner` on Azure; on AWS they are two tags.
    """
    upper = {key.title(): value for key, value in FULL.items()}

    assert [] == said(VAULT, {"tags": upper})
    assert said(BUCKET, {"tags": upper})


def test_the_list_is_the_teams():
    """
    The settings say which labels are required; a value not known yet is one.
    """
    assert ["tags has no cost-centre"] == said(BUCKET, {"tags": FULL}, requiredLabels=["owner", "cost-centre"])
    assert [] == said(BUCKET, {"tags": {**FULL, "owner": UNKNOWN}})
    assert [] == said(BUCKET, {"tags": UNKNOWN})
