"""GP-SEC-035: agents and model deployments carry a guardrail."""

from policies.checks import must_have, value
from policies.resource import Resource
from policies.rule import Absent, Rule, Severity
from policies.settings import Settings
from policies.values import is_known

_UNFILTERED = ("microsoft.nil", "microsoft.nill")
_NO_CHAT = ("text-embedding", "whisper", "tts")


def _talks(deployment: Resource, _settings: Settings) -> bool:
    """Embeddings and speech have no content to filter."""
    name = deployment.at("properties.model.name")
    return not (is_known(name) and str(name).lower().startswith(_NO_CHAT))


RULE = Rule(
    id="GP-SEC-035",
    demand="Agents and deployed language models carry a guardrail or content filter.",
    why="Without one a prompt in a document or a web page steers the agent, and what it says goes out unread.",
    fix="Name a guardrail in the agent's guardrailConfigurations, or a content filter in raiPolicyName.",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/agents-guardrail.html",
    severity=Severity.HIGH,
    external=(
        "CKV_AWS_383",
        "prowler:bedrock_agent_guardrail_enabled",
        "azpol:af253d37-136a-42f8-a1fc-30010c083d41",
        "OWASP:LLM01",
        "OWASP:LLM05",
    ),
    checks={
        "aws:bedrock/agentAgent:AgentAgent": must_have(
            "guardrailConfigurations.0.guardrailIdentifier", passes="gr-1234", because="an agent has none by itself"
        ),
        "azure-native:cognitiveservices:Deployment": value(
            "properties.raiPolicyName",
            lambda found, _: "that is no filter at all" if str(found).lower() in _UNFILTERED else None,
            passes="Microsoft.DefaultV2",
            fails=["Microsoft.Nil"],
            absent=Absent.PASSES,  # Azure filters by Microsoft.DefaultV2
            when=_talks,
        ),
    },
)
