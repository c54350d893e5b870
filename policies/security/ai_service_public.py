"""GP-SEC-033: AI services and search are not on the internet."""

from policies.checks import any_of, must_equal
from policies.rule import Rule, Severity

_OPEN = "Azure lets the internet in"

RULE = Rule(
    id="GP-SEC-033",
    demand="AI services and search take no traffic from the internet at large.",
    why="A leaked key of a language model or a search index is then used, and paid for, from anywhere.",
    fix="Set publicNetworkAccess to Disabled with a private endpoint, or deny by default and name the networks.",
    source="https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks",
    severity=Severity.HIGH,
    external=(
        "CKV_AZURE_124",
        "CKV_AZURE_134",
        "azpol:037eea7a-bd0a-46c5-9a66-03aea78705d3",
        "azpol:47ba1dd7-28d9-4b07-a8d5-9813bed64e0c",
        "prowler:aisearch_service_not_publicly_accessible",
    ),
    checks={
        "azure-native:cognitiveservices:Account": any_of(
            must_equal("properties.publicNetworkAccess", "Disabled", wrong="Enabled", because=_OPEN),
            must_equal("properties.networkAcls.defaultAction", "Deny", wrong="Allow", because=_OPEN),
        ),
        "azure-native:search:Service": must_equal(
            "publicNetworkAccess", "disabled", "securedByPerimeter", wrong="enabled", because=_OPEN
        ),
    },
)
