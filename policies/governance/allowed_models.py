"""GP-GOV-011: only foundation models that were agreed on are used."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from policies.checks import all_of, value
from policies.rule import Absent, Check, Rule, Severity
from policies.settings import Settings

_PROFILE = re.compile(r"^(?:us-gov|us|eu|apac|ap|jp|au|ca|sa|global)\.")  # an inference profile's regions


def _names(found: str) -> Iterator[str]:
    """
    The names that a list may know a model by.

    `arn:…:foundation-model/anthropic.claude-…` and `eu.anthropic.claude-…` are `anthropic.claude-…`;
    `publishers/google/models/gemma3@gemma-3-1b-it` is `google/gemma3`; `…/models/Phi-4/versions/2` is `Phi-4`.
    """
    yield found
    last = re.sub(r"/versions/[^/]+$", "", found).rpartition("/")[2].partition("@")[0]
    yield last
    yield _PROFILE.sub("", last)
    publisher = re.match(r"publishers/([^/]+)/models/([^/@]+)", found)
    if publisher:
        yield "/".join(publisher.groups())
    base = re.search(r"custom-model/([^/:]+)", found)
    if base:
        yield base.group(1)


def _agreed(found: Any, settings: Settings) -> str | None:
    if not settings.allowed_models or not isinstance(found, str) or ":provisioned-model/" in found:
        return None  # the throughput that it names is looked at by itself
    names = [name.lower() for name in _names(found)]
    if any(fnmatchcase(name, pattern.lower()) for pattern in settings.allowed_models for name in names):
        return None
    return f"it must be one of {', '.join(settings.allowed_models)}"


def _model(path: str, passes: str, fails: str) -> Check:
    return value(path, _agreed, passes=passes, fails=[fails], absent=Absent.PASSES)


_ARN = "arn:aws:bedrock:eu-west-1::foundation-model/"
_CLAUDE, _OTHER = "anthropic.claude-sonnet-4-20250514-v1:0", "deepseek.r1-v1:0"

RULE = Rule(
    id="GP-GOV-011",
    demand="Foundation models are of the allowed ones; without allowedModels in the settings all are.",
    why="Licence, origin, safety and where prompts go differ by model: somebody must have looked at each.",
    fix="Choose one of the allowed models, or have this one added to allowedModels.",
    source="https://cloud.google.com/vertex-ai/generative-ai/docs/control-model-access",
    severity=Severity.HIGH,
    external=(
        "gcp:vertexai.allowedModels",
        "gcp:vertexai.allowedPartnerModelFeatures",
        "azpol:aafe3651-cb78-4f68-9f81-e7e41509110f",
        "OWASP:LLM03",
    ),
    checks={
        "aws:bedrock/agentAgent:AgentAgent": _model("foundationModel", f"eu.{_CLAUDE}", _OTHER),
        "aws:bedrock/customModel:CustomModel": _model("baseModelIdentifier", _ARN + _CLAUDE, _ARN + _OTHER),
        "aws:bedrock/inferenceProfile:InferenceProfile": _model("modelSource.copyFrom", _ARN + _CLAUDE, _ARN + _OTHER),
        "aws:bedrock/provisionedModelThroughput:ProvisionedModelThroughput": _model(
            "modelArn", _ARN + _CLAUDE, _ARN + _OTHER
        ),
        "azure-native:cognitiveservices:Deployment": _model("properties.model.name", "gpt-4o", "gpt-35-turbo"),
        "azure-native:machinelearningservices:ServerlessEndpoint": _model(
            "properties.modelSettings.modelId",
            "azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct",
            "azureml://registries/azureml-cohere/models/Cohere-command-r",
        ),
        "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": all_of(
            _model(
                "publisherModelName",
                "publishers/google/models/gemma3@gemma-3-1b-it",
                "publishers/deepseek-ai/models/deepseek-r1",
            ),
            _model("huggingFaceModelId", "google/gemma-3-1b-it", "deepseek-ai/DeepSeek-R1"),
        ),
    },
    tried_with={"allowedModels": ["anthropic.*", "gpt-4o", "google/gemma*", "Meta-Llama-*"]},
)
