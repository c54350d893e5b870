"""GP-SEC-027: a workspace has a private endpoint."""

from collections.abc import Iterator

from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import is_known

WORKSPACE = "azure-native:machinelearningservices:Workspace"
ENDPOINT = "azure-native:network:PrivateEndpoint"
_URN = "urn:pulumi:dev::ml::azure-native"
_CONNECTIONS = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")


def _reaches(endpoint: Resource, workspace: Resource) -> bool:
    """An endpoint may also wait for the workspace for other reasons: only what it connects to counts."""
    if any(workspace.urn in endpoint.property_dependencies.get(key, ()) for key in _CONNECTIONS):
        return True
    name = workspace.at("workspaceName")
    named = [found for key in _CONNECTIONS for _, found in endpoint.all(f"{key}.*.privateLinkServiceId")]
    return is_known(name) and any(str(one).lower().endswith(f"/workspaces/{str(name).lower()}") for one in named)


def _private(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    for workspace in stack.of(WORKSPACE):
        if workspace.has("hubResourceId"):  # reached through its hub's endpoint
            continue
        if not any(_reaches(endpoint, workspace) for endpoint in stack.of(ENDPOINT)):
            yield Breach("no private endpoint is made for this workspace", urn=workspace.urn)


_WORKSPACE = Resource(f"{_URN}:machinelearningservices:Workspace::ws", WORKSPACE, {"workspaceName": "ml"})


def _endpoint(name: str, *made: str) -> Resource:
    target = f"/subscriptions/s/providers/Microsoft.MachineLearningServices/workspaces/{name}"
    inputs = {"privateLinkServiceConnections": [{"name": "ml", "privateLinkServiceId": target}]}
    return Resource(
        f"{_URN}:network:PrivateEndpoint::ep", ENDPOINT, inputs, property_dependencies={_CONNECTIONS[0]: made}
    )


RULE = Rule(
    id="GP-SEC-027",
    demand="Every ML workspace has a private endpoint in the same stack.",
    why="Without one a closed workspace can't be reached, and an open one is reached over the internet.",
    fix="Add a private endpoint of group amlworkspace in your network, as the blueprint's network does.",
    source="https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("azpol:45e05259-1eb5-4f70-9574-baf73e9d219b",),
    across=(
        StackCheck(
            run=_private,
            types=(WORKSPACE, ENDPOINT),
            passes=(_WORKSPACE, _endpoint("ml", _WORKSPACE.urn)),
            fails=(_WORKSPACE, _endpoint("other")),
        ),
    ),
)
