"""GP-SEC-056 takes any way of keeping the internet from a control plane."""

from policies.resource import Resource
from policies.security.control_plane import RULE
from policies.settings import Settings

GKE, EKS, AKS = (
    "gcp:container/cluster:Cluster",
    "aws:eks/cluster:Cluster",
    "azure-native:containerservice:ManagedCluster",
)
NODES = {"enablePrivateNodes": True}


def broken(kind, **inputs):
    """Paths that break the rule."""
    return [b.path for b in RULE.breaches(Resource("urn", kind, inputs), Settings())]


def test_a_public_endpoint_for_named_networks():
    """
    An endpoint that only named networks may call is not open.
    """
    assert ["vpcConfig.endpointPublicAccess"] == broken(EKS, vpcConfig={"endpointPublicAccess": True})
    assert [] == broken(EKS, vpcConfig={"publicAccessCidrs": ["203.0.113.0/24"]})
    assert broken(EKS, vpcConfig={"publicAccessCidrs": ["203.0.113.0/24", "0.0.0.0/0"]})


def test_ways_of_gke():
    """
    A private endpoint, none with an address, or a list of networks: any of them will do, an empty list too.
    """
    networks = "masterAuthorizedNetworksConfig"
    assert [networks] == broken(GKE, privateClusterConfig=NODES)
    assert [] == broken(GKE, privateClusterConfig={**NODES, "enablePrivateEndpoint": True})
    assert [] == broken(GKE, privateClusterConfig=NODES, masterAuthorizedNetworksConfig={})
    dns = {"ipEndpointsConfig": {"enabled": False}}
    assert [] == broken(GKE, privateClusterConfig=NODES, controlPlaneEndpointsConfig=dns)


def test_local_accounts_of_aks():
    """
    A private cluster whose administrator logs in with a password is still found.
    """
    private = {"apiServerAccessProfile": {"enablePrivateCluster": True}, "enableRBAC": True}
    assert ["disableLocalAccounts"] == broken(AKS, **private)
    assert [] == broken(AKS, **private, disableLocalAccounts=True)
