"""GP-SEC-028: a workspace's metadata is under a key of one's own."""

from policies.checks import all_of, must_equal, must_have
from policies.resource import Resource
from policies.rule import Level, Rule, Severity
from policies.settings import Settings


def _stands_alone(workspace: Resource, _settings: Settings) -> bool:
    """A project is encrypted with its hub's key."""
    return not workspace.has("hubResourceId")


_KEY = "https://ml.vault.azure.net/keys/data/0123456789abcdef0123456789abcdef"

RULE = Rule(
    id="GP-SEC-028",
    demand="ML workspaces are encrypted with a key of your own.",
    why="With a key of your own you say who reads, see each use, and can end every use at once.",
    fix="Set encryption.status to Enabled with a key of your vault, as the blueprint's workspace has.",
    source="https://learn.microsoft.com/azure/machine-learning/concept-customer-managed-keys",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("azpol:ba769a63-b8cc-4b2d-abf6-ac33c7204be8",),
    checks={
        "azure-native:machinelearningservices:Workspace": all_of(
            must_equal(
                "encryption.status",
                "Enabled",
                wrong="Disabled",
                because="Azure uses a key of its own",
                when=_stands_alone,
            ),
            must_have("encryption.keyVaultProperties.keyIdentifier", passes=_KEY, when=_stands_alone),
        ),
    },
)
