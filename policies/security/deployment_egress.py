"""GP-SEC-032: a deployment can send nothing out."""

from collections.abc import Iterator

from policies.resource import Resource, Stack
from policies.rule import Breach, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known, word

WORKSPACE = "azure-native:machinelearningservices:Workspace"
DEPLOYMENT = "azure-native:machinelearningservices:OnlineDeployment"
_PATH = "properties.egressPublicNetworkAccess"
_URN = "urn:pulumi:dev::ml::azure-native:machinelearningservices"


def _isolates(workspace: Resource) -> bool:
    """Its managed network then governs what deployments send, and their own setting must be left alone."""
    mode = workspace.at("managedNetwork.isolationMode")
    return mode is not ABSENT and not (is_known(mode) and mode == "Disabled")


def _sends(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    open_ones = [workspace for workspace in stack.of(WORKSPACE) if not _isolates(workspace)]
    for deployment in stack.of(DEPLOYMENT):
        managed = str(deployment.at("properties.endpointComputeType")).lower() == "managed"
        access = deployment.at(_PATH)
        held = access is not ABSENT and (not is_known(access) or str(access).lower() == "disabled")
        if not managed or held:
            continue
        if any(stack.joined(one, deployment, {"workspaceName": "workspaceName"}) for one in open_ones):
            why = f"{_PATH} is {word(access)}, and no managed network keeps it in"
            yield Breach(why, _PATH, deployment.urn)


def _stack(**properties: str) -> tuple[Resource, ...]:
    workspace = Resource(f"{_URN}:Workspace::ws", WORKSPACE, {"workspaceName": "ml"})
    inputs = {"workspaceName": "ml", "properties": {"endpointComputeType": "Managed", **properties}}
    made = {"workspaceName": (workspace.urn,)}
    return workspace, Resource(f"{_URN}:OnlineDeployment::a", DEPLOYMENT, inputs, property_dependencies=made)


RULE = Rule(
    id="GP-SEC-032",
    demand="A managed online deployment outside a managed network has no way to the internet.",
    why="A model server that is taken over sends requests, features and the model itself wherever it likes.",
    fix="Give the workspace a managed network, or set egressPublicNetworkAccess to Disabled.",
    source="https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint",
    severity=Severity.MEDIUM,
    across=(
        StackCheck(
            run=_sends,
            types=(WORKSPACE, DEPLOYMENT),
            passes=_stack(egressPublicNetworkAccess="Disabled"),
            fails=_stack(),
        ),
    ),
)
