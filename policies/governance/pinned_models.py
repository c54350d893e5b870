"""GP-GOV-012: the version of a foundation model is fixed."""

import re
from typing import Any

from policies.checks import all_of, must_equal, must_have, value
from policies.rule import Absent, Level, Rule, Severity
from policies.settings import Settings

_HUB = "arn:aws:sagemaker:eu-west-1:aws:hub-content/SageMakerPublicHub/Model/huggingface-llm-gemma-2-2b"


def _versioned_hub(found: Any, _settings: Settings) -> str | None:
    """A hub's content ends in its version: `…/Model/<name>/1.2.0`."""
    open_ = isinstance(found, str) and "hub-content/" in found and not re.search(r"/\d+\.\d+\.\d+$", found)
    return "it must end in a version, such as /1.2.0" if open_ else None


def _versioned_publisher(found: Any, _settings: Settings) -> str | None:
    return "it must end in a version, such as @gemma-3-1b-it" if isinstance(found, str) and "@" not in found else None


def _versioned_bedrock(found: Any, _settings: Settings) -> str | None:
    """Model ids have theirs in the name; an alias such as `…-latest` has none."""
    floats = isinstance(found, str) and re.search(r"(^|[-.:])latest$", found)
    return "it must name a version" if floats else None


RULE = Rule(
    id="GP-GOV-012",
    demand="Foundation models are of a fixed version.",
    why="A model that the cloud replaces overnight answers differently, and no test has seen it.",
    fix="Name the version, turn automatic upgrades off, and move to a new one as to any release.",
    source="https://learn.microsoft.com/azure/ai-foundry/openai/concepts/model-versions",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("OWASP:LLM03", "NIST-AI-RMF:MANAGE-3.2"),
    checks={
        "azure-native:cognitiveservices:Deployment": all_of(
            must_have("properties.model.version", passes="2024-08-06", because="Azure takes its default version"),
            must_equal(
                "properties.versionUpgradeOption",
                "NoAutoUpgrade",
                wrong="OnceNewDefaultVersionAvailable",
                because="Azure upgrades it when a new version becomes the default",
            ),
        ),
        "aws:sagemaker/trainingJob:TrainingJob": value(
            "serverlessJobConfig.baseModelArn",
            _versioned_hub,
            passes=f"{_HUB}/1.2.0",
            fails=[_HUB],
            absent=Absent.PASSES,
        ),
        "aws:bedrock/agentAgent:AgentAgent": value(
            "foundationModel",
            _versioned_bedrock,
            passes="anthropic.claude-sonnet-4-20250514-v1:0",
            fails=["anthropic.claude-sonnet-latest"],
            absent=Absent.PASSES,
        ),
        "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": value(
            "publisherModelName",
            _versioned_publisher,
            passes="publishers/google/models/gemma3@gemma-3-1b-it",
            fails=["publishers/google/models/gemma3"],
            absent=Absent.PASSES,
        ),
    },
)
