"""GP-SEC-030: what runs on Azure has an identity of its own."""

from policies.checks import all_of, must_equal, must_have
from policies.resource import Resource
from policies.rule import Rule, Severity
from policies.settings import Settings
from policies.values import is_known

_IDENTITY = must_equal(
    "identity.type",
    "SystemAssigned",
    "UserAssigned",
    "SystemAssigned,UserAssigned",
    "SystemAssigned, UserAssigned",
    wrong="None",
    because="Azure gives it none",
)
_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ml"


def _user_assigned(workspace: Resource, _settings: Settings) -> bool:
    kind = workspace.at("identity.type")
    return is_known(kind) and str(kind).lower() == "userassigned"


RULE = Rule(
    id="GP-SEC-030",
    demand="Workspaces, endpoints, AI services and search have a managed identity.",
    why="Without one they reach data by keys, which are copied and never changed.",
    fix="Set identity, and on a workspace with its own identities primaryUserAssignedIdentity.",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication",
    severity=Severity.MEDIUM,
    external=(
        "CKV_AZURE_207",
        "CKV_AZURE_238",
        "azpol:5f0c7d88-c7de-45b8-ac49-db49e72eaa78",
        "azpol:fe3fd216-4f83-4fc1-8984-2bbec80a3418",
    ),
    checks={
        "azure-native:machinelearningservices:Workspace": all_of(
            _IDENTITY,
            must_have(
                "primaryUserAssignedIdentity",
                passes=_ID,
                because="Azure does not know which of them the workspace is",
                when=_user_assigned,
                given={"identity.type": "UserAssigned"},
            ),
        ),
        "azure-native:machinelearningservices:OnlineEndpoint": _IDENTITY,
        "azure-native:cognitiveservices:Account": _IDENTITY,
        "azure-native:search:Service": _IDENTITY,
    },
)
