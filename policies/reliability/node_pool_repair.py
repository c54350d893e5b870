"""GP-REL-011: node pools repair and upgrade themselves."""

from policies.checks import all_of, must_equal, value
from policies.resource import Resource
from policies.rule import Absent, Level, Rule, Severity
from policies.settings import Settings
from policies.values import is_known


def _alone(resource: Resource, _settings: Settings) -> bool:
    """Whether upgrades are the owner's choice: AKS Automatic does them anyhow."""
    sku = resource.at("sku.name")
    return not (is_known(sku) and str(sku).lower() == "automatic")


def _unpinned(resource: Resource, _settings: Settings) -> bool:
    """Whether nothing holds the version: the driver of a GPU may."""
    return not resource.has("nodeConfig.guestAccelerators")


RULE = Rule(
    id="GP-REL-011",
    demand="Node pools repair and upgrade themselves.",
    why="A node that hangs takes its pods along, and one that is never upgraded runs known faults.",
    fix="Set management.autoRepair and management.autoUpgrade; on AKS an upgrade channel such as stable.",
    source="https://cloud.google.com/kubernetes-engine/docs/how-to/node-auto-repair",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    external=("CKV_GCP_9", "CKV_GCP_10", "CKV_AZURE_171"),
    checks={
        # GKE does both unless told not to
        "gcp:container/nodePool:NodePool": all_of(
            must_equal("management.autoRepair", True, wrong=False, absent=Absent.PASSES, remedy=True),
            must_equal("management.autoUpgrade", True, wrong=False, absent=Absent.PASSES, when=_unpinned, remedy=True),
        ),
        "azure-native:containerservice:ManagedCluster": value(
            "autoUpgradeProfile.upgradeChannel",
            lambda found, _: "it must be patch, stable, rapid or node-image" if found == "none" else None,
            passes="stable",
            fails=["none"],
            absent=Absent.FAILS,
            because="AKS upgrades nothing by itself",
            when=_alone,
            remedy="stable",
        ),
    },
)
