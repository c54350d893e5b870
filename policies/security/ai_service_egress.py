"""GP-SEC-034: AI services call only the domains they are allowed to."""

from policies.checks import known, must_equal
from policies.rule import Rule, Severity

RULE = Rule(
    id="GP-SEC-034",
    demand="OpenAI and AI services accounts call no domain that is not on their list.",
    why="A prompt can make a model fetch a URL, and so carry data to whoever owns it.",
    fix="Set restrictOutboundNetworkAccess to true, and list the domains it needs in allowedFqdnList.",
    source="https://learn.microsoft.com/azure/ai-services/cognitive-services-data-loss-prevention",
    severity=Severity.MEDIUM,
    external=("CKV_AZURE_247",),
    checks={
        "azure-native:cognitiveservices:Account": must_equal(
            "properties.restrictOutboundNetworkAccess",
            True,
            wrong=False,
            because="Azure lets it call any domain",
            given={"kind": "OpenAI"},
            when=known("kind", "OpenAI", "AIServices"),
        ),
    },
)
