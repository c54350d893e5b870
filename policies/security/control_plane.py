"""GP-SEC-056: a cluster's control plane is not for the internet."""

from collections.abc import Iterator
from typing import Any

from policies.addresses import is_open
from policies.checks import all_of, any_of, must_equal, value
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known

_OFFICE = "203.0.113.0/24"
_NETWORKS = "masterAuthorizedNetworksConfig"
_PRIVATE = "privateClusterConfig.enablePrivateEndpoint"
_ADDRESSES = "controlPlaneEndpointsConfig.ipEndpointsConfig.enabled"


def _narrow(found: Any, _settings: Settings) -> str | None:
    ranges = found if isinstance(found, list) else [found]
    return "it must name networks, and not the internet" if not ranges or any(map(is_open, ranges)) else None


def _gke(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    private, addresses, networks = map(resource.at, (_PRIVATE, _ADDRESSES, _NETWORKS))
    if private is True or addresses is False or not (is_known(private) or private is ABSENT):
        return
    if networks is ABSENT:
        yield Breach(f"{_NETWORKS} is not set: GKE lets the internet reach the control plane", _NETWORKS)
    for where, found in resource.all(f"{_NETWORKS}.cidrBlocks.*.cidrBlock"):
        if is_open(found):
            yield Breach(f"{where} is the internet", where)


_GKE = Check(
    run=_gke,
    reads=(_PRIVATE, _NETWORKS),
    passes={_NETWORKS: {"cidrBlocks": [{"cidrBlock": _OFFICE}]}},
    fails=({_NETWORKS: {"cidrBlocks": [{"cidrBlock": "0.0.0.0/0"}]}},),
    absent=Absent.FAILS,
    because="GKE lets the internet reach the control plane",
)

RULE = Rule(
    id="GP-SEC-056",
    demand="Only named networks and identities reach a cluster's control plane.",
    why="The control plane starts anything as any service account: a leaked token there is the whole cluster.",
    fix="Make the endpoint private or name the networks that may call it; on AKS turn local accounts off and RBAC on.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
    severity=Severity.HIGH,
    external=(
        "CKV_AWS_38",
        "CKV_GCP_18",
        "CKV_GCP_25",
        "CKV_GCP_64",
        "CKV_AZURE_5",
        "CKV_AZURE_6",
        "CKV_AZURE_141",
    ),
    checks={
        "aws:eks/cluster:Cluster": any_of(
            must_equal("vpcConfig.endpointPublicAccess", False, wrong=True, because="EKS opens it to the internet"),
            value(
                "vpcConfig.publicAccessCidrs",
                _narrow,
                passes=[_OFFICE],
                fails=[["0.0.0.0/0"]],
                absent=Absent.FAILS,
                because="EKS lets every address in",
            ),
        ),
        "gcp:container/cluster:Cluster": all_of(
            must_equal(
                "privateClusterConfig.enablePrivateNodes", True, wrong=False, because="GKE gives nodes public addresses"
            ),
            _GKE,
        ),
        "azure-native:containerservice:ManagedCluster": all_of(
            any_of(
                must_equal(
                    "apiServerAccessProfile.enablePrivateCluster",
                    True,
                    wrong=False,
                    because="AKS lets the internet reach the control plane",
                ),
                value(
                    "apiServerAccessProfile.authorizedIPRanges",
                    _narrow,
                    passes=[_OFFICE],
                    fails=[["0.0.0.0/0"], []],
                    absent=Absent.FAILS,
                ),
            ),
            must_equal("disableLocalAccounts", True, wrong=False, because="AKS gives out an administrator's password"),
            must_equal("enableRBAC", True, wrong=False, because="the API promises no default"),
        ),
    },
)
