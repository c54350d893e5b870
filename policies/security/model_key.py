"""GP-SEC-036: agents, custom models and AI services are under a key of one's own."""

from policies.checks import must_equal
from policies.keys import aws_key
from policies.rule import Rule, Severity

_AWS = "AWS uses a key of its own"

RULE = Rule(
    id="GP-SEC-036",
    demand="Agents, custom models and AI services are encrypted with a key of your own.",
    why="A tuned model holds what it was tuned on: with a key of your own you say who reads it, and can end it.",
    fix="Name a KMS key for the agent or the model; on Azure set encryption.keySource to Microsoft.KeyVault.",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/encryption-agents.html",
    severity=Severity.MEDIUM,
    external=(
        "CKV_AWS_373",
        "CKV2_AZURE_22",
        "prowler:bedrock_custom_model_encrypted_with_cmk",
        "azpol:67121cc7-ff39-4ab8-b7e3-95b84dab487d",
    ),
    checks={
        "aws:bedrock/agentAgent:AgentAgent": aws_key("customerEncryptionKeyArn", _AWS),
        "aws:bedrock/customModel:CustomModel": aws_key("customModelKmsKeyId", _AWS),
        "azure-native:cognitiveservices:Account": must_equal(
            "properties.encryption.keySource",
            "Microsoft.KeyVault",
            wrong="Microsoft.CognitiveServices",
            because="Azure uses a key of its own",
        ),
    },
)
