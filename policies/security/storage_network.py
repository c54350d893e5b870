"""GP-SEC-043: a storage account lets in named networks and identities, and Azure's own services."""

from policies.checks import all_of, any_of, must_equal, value
from policies.rule import Absent, Rule, Severity

RULE = Rule(
    id="GP-SEC-043",
    demand="Storage accounts deny by default, keep Azure's trusted services, and take no account keys.",
    why="An account key opens everything in the account, from any network that is let in, and says not who used it.",
    fix="Deny by default with bypass AzureServices, set allowSharedKeyAccess to false, and datastores to Identity.",
    source="https://learn.microsoft.com/azure/storage/common/storage-network-security",
    severity=Severity.HIGH,
    external=("CKV_AZURE_35", "CKV_AZURE_36", "CKV2_AZURE_40"),
    checks={
        "azure-native:storage:StorageAccount": all_of(
            any_of(
                must_equal(
                    "networkRuleSet.defaultAction", "Deny", wrong="Allow", because="Azure lets every network in"
                ),
                must_equal(
                    "publicNetworkAccess", "Disabled", "SecuredByPerimeter", wrong="Enabled", because="Azure is open"
                ),
            ),
            value(
                "networkRuleSet.bypass",
                lambda found, _: None if "azureservices" in str(found).lower() else "it must hold AzureServices",
                passes="AzureServices",
                fails=["None", "Logging, Metrics"],
                absent=Absent.PASSES,
            ),
            must_equal("allowSharedKeyAccess", False, wrong=True, because="Azure takes account keys"),
        ),
        "azure-native:machinelearningservices:Workspace": must_equal(
            "systemDatastoresAuthMode",
            "Identity",
            "UserDelegationSAS",
            wrong="AccessKey",
            because="Azure ML keeps an account key for its datastores",
            when=lambda workspace, _: not workspace.has("hubResourceId"),  # a project has its hub's datastores
        ),
    },
)
