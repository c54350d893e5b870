"""GP-SEC-045: key vaults are closed, and what is deleted can be had back."""

from policies.checks import all_of, any_of, must_equal
from policies.rule import Absent, Rule, Severity

RULE = Rule(
    id="GP-SEC-045",
    demand="Key vaults are off the internet, grant by roles, and keep what is deleted.",
    why="With a vault's keys go all data under them: who reads it has everything, who purges it leaves nothing.",
    fix="Deny by default, turn purge protection and role-based access on, and leave soft delete as it is.",
    source="https://learn.microsoft.com/azure/key-vault/general/best-practices",
    severity=Severity.HIGH,
    external=(
        "CKV_AZURE_42",
        "CKV_AZURE_109",
        "CKV_AZURE_110",
        "CKV_AZURE_111",
        "CKV_AZURE_189",
    ),
    checks={
        "azure-native:keyvault:Vault": all_of(
            any_of(
                must_equal(
                    "properties.publicNetworkAccess", "Disabled", wrong="Enabled", because="Azure lets the internet in"
                ),
                must_equal(
                    "properties.networkAcls.defaultAction", "Deny", wrong="Allow", because="Azure lets the internet in"
                ),
            ),
            must_equal(
                "properties.enablePurgeProtection", True, wrong=False, because="Azure lets deleted keys be purged"
            ),
            must_equal("properties.enableSoftDelete", True, wrong=False, absent=Absent.PASSES, remedy=True),
            must_equal(
                "properties.enableRbacAuthorization", True, wrong=False, because="Azure uses the vault's own policies"
            ),
        ),
    },
)
