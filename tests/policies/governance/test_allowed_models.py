"""Foundation models are known by their names, however a cloud writes them."""

from __future__ import annotations

import pytest

from policies.pack import rule
from policies.resource import Resource
from policies.settings import Settings

BEDROCK, AGENT = (
    "aws:bedrock/provisionedModelThroughput:ProvisionedModelThroughput",
    "aws:bedrock/agentAgent:AgentAgent",
)
GARDEN = "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment"
CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"


@pytest.mark.parametrize(
    ("kind", "path", "model", "agreed"),
    [
        (AGENT, "foundationModel", CLAUDE, True),
        (AGENT, "foundationModel", f"apac.{CLAUDE}", True),
        (AGENT, "foundationModel", f"arn:aws:bedrock:us-east-1:1:inference-profile/us.{CLAUDE}", True),
        (AGENT, "foundationModel", "arn:aws:bedrock:us-east-1:1:provisioned-model/abc123", True),
        (AGENT, "foundationModel", "meta.llama3-70b-instruct-v1:0", False),
        (BEDROCK, "modelArn", f"arn:aws:bedrock:us-east-1::foundation-model/{CLAUDE}", True),
        (BEDROCK, "modelArn", f"arn:aws:bedrock:us-east-1:1:custom-model/{CLAUDE}/abc123", True),
        (BEDROCK, "modelArn", "arn:aws:bedrock:us-east-1:1:custom-model/meta.llama3-70b/abc123", False),
        (GARDEN, "publisherModelName", "publishers/google/models/gemma3@gemma-3-1b-it", True),
        (GARDEN, "publisherModelName", "publishers/meta/models/llama3@llama-3-8b", False),
        (GARDEN, "huggingFaceModelId", "google/gemma-3-1b-it", True),
    ],
)
def test_names_of_models(kind: str, path: str, model: str, agreed: bool):
    """
    ARNs, inference profiles of a region, custom models and versions are held against the same short list.
    """
    resource = Resource("urn:r", kind, {path: model})
    settings = Settings.model_validate({"allowedModels": ["anthropic.*", "google/gemma*"]})

    assert agreed == (not rule("GP-GOV-011").breaches(resource, settings))
    assert not rule("GP-GOV-011").breaches(resource, Settings())
