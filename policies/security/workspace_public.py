"""GP-SEC-025: ML workspaces and their registries are not on the internet."""

from policies.checks import must_equal
from policies.resource import Resource
from policies.rule import Rule, Severity
from policies.settings import Settings


def _stands_alone(workspace: Resource, _settings: Settings) -> bool:
    """A project takes its network from its hub."""
    return not workspace.has("hubResourceId")


RULE = Rule(
    id="GP-SEC-025",
    demand="ML workspaces and registries take no traffic from the internet.",
    why="Who has a key or token of a workspace can read its data, models and secrets from anywhere.",
    fix="Set publicNetworkAccess to Disabled and reach it by a private endpoint, as the blueprint's network does.",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",
    severity=Severity.CRITICAL,
    external=(
        "CKV_AZURE_144",
        "CKV2_AZURE_49",
        "azpol:438c38d2-3772-465a-a9cc-7a6666a275ce",
        "azpol:a10ee784-7409-4941-b091-663697637c0f",
    ),
    checks={
        "azure-native:machinelearningservices:Workspace": must_equal(
            "publicNetworkAccess",
            "Disabled",
            wrong="Enabled",
            when=_stands_alone,
            because="Azure ML lets the internet in",
        ),
        "azure-native:machinelearningservices:Registry": must_equal(
            "publicNetworkAccess", "Disabled", wrong="Enabled", because="Azure ML lets the internet in"
        ),
    },
)
