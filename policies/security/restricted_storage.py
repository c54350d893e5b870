"""GP-SEC-031: a workspace of high business impact keeps its storage private."""

from collections.abc import Iterator

from policies.resource import Resource, Stack
from policies.rule import Breach, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import is_known, word

WORKSPACE = "azure-native:machinelearningservices:Workspace"
ACCOUNT = "azure-native:storage:StorageAccount"
_URN = "urn:pulumi:dev::ml::azure-native"
_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/data"


def _is_its_storage(workspace: Resource, account: Resource) -> bool:
    if account.urn in workspace.property_dependencies.get("storageAccount", ()):
        return True
    used, name = workspace.at("storageAccount"), account.at("accountName")
    return is_known(used) and is_known(name) and str(used).lower().endswith(f"/storageaccounts/{str(name).lower()}")


def _private(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    for workspace in stack.of(WORKSPACE):
        if workspace.at("hbiWorkspace") is not True:
            continue
        for account in stack.of(ACCOUNT):
            if not _is_its_storage(workspace, account):
                continue
            access = account.at("publicNetworkAccess")
            if not account.has("publicNetworkAccess") or (
                is_known(access) and str(access).lower() not in ("disabled", "securedbyperimeter")
            ):
                why = f"publicNetworkAccess is {word(access)}; its workspace is of high business impact"
                yield Breach(why, "publicNetworkAccess", account.urn)


def _stack(access: str) -> tuple[Resource, ...]:
    account = Resource(f"{_URN}:storage:Account::data", ACCOUNT, {"accountName": "data", "publicNetworkAccess": access})
    inputs = {"hbiWorkspace": True, "storageAccount": _ID}
    return (
        account,
        Resource(
            f"{_URN}:machinelearningservices:Workspace::ws",
            WORKSPACE,
            inputs,
            property_dependencies={"storageAccount": (account.urn,)},
        ),
    )


RULE = Rule(
    id="GP-SEC-031",
    demand="The storage of a workspace of high business impact takes no traffic from the internet.",
    why="A closed workspace protects nothing while the account with its data and models answers everybody.",
    fix="Set publicNetworkAccess of the storage account to Disabled and give it a private endpoint.",
    source="https://learn.microsoft.com/azure/machine-learning/concept-data-encryption#azure-blob-storage",
    severity=Severity.CRITICAL,
    external=("CKV2_AZURE_50",),
    across=(StackCheck(run=_private, types=(WORKSPACE, ACCOUNT), passes=_stack("Disabled"), fails=_stack("Enabled")),),
)
