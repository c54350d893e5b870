"""GP-GOV-016: a cluster's control plane logs who did what."""

from collections.abc import Iterator
from typing import Any

from policies.checks import value
from policies.endpoints import about
from policies.resource import Resource, Stack
from policies.rule import Absent, Breach, Check, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known, look

KINDS = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
AKS, DIAGNOSTICS = "azure-native:containerservice:ManagedCluster", "azure-native:monitor:DiagnosticSetting"
_COMPONENTS = "loggingConfig.enableComponents"
_URN = "urn:pulumi:prod::ml::{}::ml"


def _complete(found: Any, _settings: Settings) -> str | None:
    if not isinstance(found, list) or any(not is_known(kind) for kind in found):
        return None
    lacking = [kind for kind in KINDS if kind not in found]
    return f"it lacks {', '.join(lacking)}" if lacking else None


def _gke(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    """GKE logs unless it is told not to, its API server's audit log too."""
    if resource.at("loggingService") == "none":
        yield Breach("loggingService is 'none'; it must not be", "loggingService")
    if resource.at(_COMPONENTS) == []:
        yield Breach(f"{_COMPONENTS} is empty; it must have SYSTEM_COMPONENTS", _COMPONENTS)


def _silent(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    for cluster in stack.of(AKS):
        kept = (about(stack, cluster, s, ["resourceUri"], *_names(cluster)) for s in stack.of(DIAGNOSTICS))
        if not _monitored(cluster) and not any(kept):
            yield Breach("no log of this cluster's control plane is kept", "addonProfiles", cluster.urn)


def _monitored(cluster: Resource) -> bool:
    agents = [look(cluster.at("addonProfiles"), f"{name}.enabled") for name in ("omsagent", "omsAgent")]
    return any(on is True or (on is not ABSENT and not is_known(on)) for on in agents)


def _names(cluster: Resource) -> list[str]:
    name = cluster.at("resourceName")
    return [name] if isinstance(name, str) else []


RULE = Rule(
    id="GP-GOV-016",
    demand="A cluster's control plane logs are on.",
    why="They alone show who read a secret, ran a pod or changed a right in the cluster.",
    fix="Turn on all kinds of control plane logs; on AKS add a diagnostic setting or the omsagent add-on.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("CKV_AWS_37", "CKV_AZURE_4", "CKV_GCP_1"),
    checks={
        "aws:eks/cluster:Cluster": value(
            "enabledClusterLogTypes",
            _complete,
            passes=KINDS,
            fails=[["api"], []],
            absent=Absent.FAILS,
            because="EKS logs none",
            remedy=KINDS,
        ),
        "gcp:container/cluster:Cluster": Check(
            run=_gke,
            reads=(_COMPONENTS,),
            passes={"loggingConfig": {"enableComponents": ["SYSTEM_COMPONENTS", "APISERVER"]}},
            fails=({"loggingConfig": {"enableComponents": []}}, {"loggingService": "none"}),
            absent=Absent.PASSES,
        ),
    },
    across=(
        StackCheck(
            run=_silent,
            types=(AKS, DIAGNOSTICS),
            passes=(
                Resource(_URN.format(AKS), AKS, {"resourceName": "ml"}),
                Resource(
                    _URN.format(DIAGNOSTICS),
                    DIAGNOSTICS,
                    {},
                    property_dependencies={"resourceUri": (_URN.format(AKS),)},
                ),
            ),
            fails=(
                Resource(_URN.format(AKS), AKS, {"resourceName": "ml"}),
                Resource(_URN.format(DIAGNOSTICS), DIAGNOSTICS, {"resourceUri": "/managedClusters/other"}),
            ),
        ),
    ),
)
