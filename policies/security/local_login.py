"""GP-SEC-029: ML compute, endpoints and AI services know no keys or passwords."""

from policies.checks import known, must_equal
from policies.rule import Rule, Severity

_KEYS = "Azure gives it keys that let anyone in who has one"

RULE = Rule(
    id="GP-SEC-029",
    demand="ML compute, endpoints, AI services and search take identities, and no keys or passwords.",
    why="A key says not who used it, is copied into code and notebooks, and works from anywhere until it is changed.",
    fix="Turn local authentication off, and call with Entra ID: AADToken for an endpoint.",
    source="https://learn.microsoft.com/azure/ai-services/disable-local-auth",
    severity=Severity.HIGH,
    external=(
        "CKV_AZURE_142",
        "CKV_AZURE_236",
        "azpol:e96a9a5f-07ca-471b-9bc5-6a0f33cbd68f",
        "azpol:71ef260a-8f18-47b7-abcb-62d0673d94dc",
    ),
    checks={
        "azure-native:machinelearningservices:Compute": must_equal(
            "properties.disableLocalAuth",
            True,
            wrong=False,
            because="Azure ML lets people log in by SSH",
            given={"properties.computeType": "AmlCompute"},
            when=known("properties.computeType", "AmlCompute", "ComputeInstance"),
            remedy=True,
        ),
        "azure-native:machinelearningservices:OnlineEndpoint": must_equal(
            "properties.authMode", "AADToken", wrong="Key", because="an endpoint must say whom it lets in"
        ),
        "azure-native:cognitiveservices:Account": must_equal(
            "properties.disableLocalAuth", True, wrong=False, because=_KEYS
        ),
        "azure-native:search:Service": must_equal("disableLocalAuth", True, wrong=False, because=_KEYS),
    },
)
