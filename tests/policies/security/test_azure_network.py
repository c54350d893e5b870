"""Rules on Azure's workspaces know projects of a hub, and deployments that a managed network keeps in."""

from policies.resource import Resource, Stack
from policies.security.deployment_egress import DEPLOYMENT, WORKSPACE
from policies.security.deployment_egress import RULE as EGRESS
from policies.security.workspace_endpoint import ENDPOINT
from policies.security.workspace_endpoint import RULE as PRIVATE
from policies.security.workspace_public import RULE as PUBLIC
from policies.settings import Settings
from policies.values import UNKNOWN

HUB = "/subscriptions/s/providers/Microsoft.MachineLearningServices/workspaces/hub"
DEPLOYED = Resource("d", DEPLOYMENT, {"workspaceName": "ml", "properties": {"endpointComputeType": "Managed"}})


def broken(rule, *resources):
    """URNs that break a rule together."""
    return [b.urn for b in rule.breaches_across(Stack(resources), Settings())]


def test_a_project_has_its_hubs_network():
    """
    Nothing is asked of a project that its hub settles.
    """
    project = Resource("p", WORKSPACE, {"workspaceName": "p", "kind": "Project", "hubResourceId": HUB})
    assert [] == PUBLIC.breaches(project, Settings())
    assert [] == broken(PRIVATE, project)


def test_an_endpoint_to_something_else_does_not_count():
    """
    A private endpoint that waits for the workspace, and leads to its storage, is not the workspace's.
    """
    workspace = Resource("w", WORKSPACE, {"workspaceName": "ml"})
    other = {"privateLinkServiceConnections": [{"privateLinkServiceId": UNKNOWN}]}
    storage = Resource(
        "e", ENDPOINT, other, dependencies=("w",), property_dependencies={"privateLinkServiceConnections": ("s",)}
    )
    assert ["w"] == broken(PRIVATE, workspace, storage)


def test_a_managed_network_keeps_deployments_in():
    """
    A deployment needs a setting of its own only where its workspace has no managed network.
    """
    plain = Resource("w", WORKSPACE, {"workspaceName": "ml"})
    kept = Resource(
        "w", WORKSPACE, {"workspaceName": "ml", "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"}}
    )
    assert ["d"] == broken(EGRESS, plain, DEPLOYED)
    assert [] == broken(EGRESS, kept, DEPLOYED)
    assert [] == broken(EGRESS, DEPLOYED)
