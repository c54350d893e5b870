"""What Azure accepts as a name and as a permission, by resource type, from Azure's own pages."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["NAMES", "OPERATIONS"]

GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
ASSET = r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}"

NAMES: Mapping[str, tuple[str, str]] = {
    "alertsmanagement:AlertProcessingRuleByName": ("alertProcessingRuleName", r"[A-Za-z0-9_.-]{1,260}"),
    "applicationinsights:Workbook": ("resourceName", GUID),
    "applicationinsights:Component": ("resourceName", r"[^%&\\?/]{0,259}[^%&\\?/. ]"),
    "authorization:RoleAssignment": ("roleAssignmentName", GUID),
    "authorization:RoleDefinition": ("roleDefinitionId", GUID),
    "consumption:Budget": ("budgetName", r"[A-Za-z0-9_-]{1,63}"),
    "containerregistry:Registry": ("registryName", r"[A-Za-z0-9]{5,50}"),
    "keyvault:Key": ("keyName", r"[A-Za-z0-9-]{1,127}"),
    "keyvault:Secret": ("secretName", r"[A-Za-z0-9-]{1,127}"),
    "keyvault:Vault": ("vaultName", r"(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]"),
    "logic:Workflow": ("workflowName", r"[A-Za-z0-9._()-]{1,43}"),
    "machinelearningservices:CodeContainer": ("name", ASSET),
    "machinelearningservices:Compute": ("computeName", r"(?![A-Za-z0-9-]*-\d+$)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]"),
    "machinelearningservices:DataContainer": ("name", ASSET),
    "machinelearningservices:Datastore": ("name", r"[A-Za-z0-9_]{1,255}"),
    "machinelearningservices:EnvironmentContainer": ("name", ASSET),
    "machinelearningservices:FeaturesetContainerEntity": ("name", ASSET),
    "machinelearningservices:FeaturestoreEntityContainerEntity": ("name", ASSET),
    "machinelearningservices:WorkspaceConnection": ("connectionName", r"[A-Za-z0-9][A-Za-z0-9_-]{2,32}"),
    "machinelearningservices:ModelContainer": ("name", ASSET),
    "machinelearningservices:OnlineEndpoint": ("endpointName", r"[A-Za-z][A-Za-z0-9-]{1,30}[A-Za-z0-9]"),
    "machinelearningservices:Registry": ("registryName", r"[A-Za-z0-9][A-Za-z0-9_-]{2,32}"),
    "machinelearningservices:Workspace": ("workspaceName", r"[A-Za-z0-9][A-Za-z0-9_-]{2,32}"),
    "managedidentity:UserAssignedIdentity": ("resourceName", r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}"),
    "monitor:MetricAlert": ("ruleName", r"[^*#&+:<>?@%{}\\/|]{0,259}[^*#&+:<>?@%{}\\/|. ]"),
    "monitor:ScheduledQueryRule": ("ruleName", r"[^*<>%{}&:\\?/#]{0,259}[^*<>%{}&:\\?/#. ]"),
    "monitor:ActionGroup": ("groupShortName", r".{1,12}"),
    "network:NetworkSecurityGroup": ("networkSecurityGroupName", r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9_])?"),
    "network:PrivateEndpoint": ("privateEndpointName", r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}[A-Za-z0-9_]"),
    "network:VirtualNetwork": ("virtualNetworkName", r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}[A-Za-z0-9_]"),
    "operationalinsights:Workspace": ("workspaceName", r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]"),
    "privatedns:VirtualNetworkLink": ("virtualNetworkLinkName", r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9_])?"),
    "redis:AccessPolicyAssignment": ("accessPolicyAssignmentName", r"[A-Za-z0-9]+([ -]?[A-Za-z0-9]+)*"),
    "redis:Redis": ("name", r"(?!.*--)[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]"),
    "resources:ResourceGroup": ("resourceGroupName", r"[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]"),
    "storage:BlobContainer": ("containerName", r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
    "storage:StorageAccount": ("accountName", r"[a-z0-9]{3,24}"),
}
"""
Resource type to the input that names it, and what the whole name matches.

Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
"""

_ML = {
    "": "read write delete",
    "assets/stage": "write",
    "codes": "read write delete",
    "codes/versions": "read write delete",
    "computes": "read write delete applicationaccess/action restart/action start/action stop/action",
    "data": "read write delete",
    "data/versions": "read write delete",
    "datastores": "read write delete listSecrets/action",
    "environments": "read write readSecrets/action build/action",
    "environments/versions": "read write delete",
    "experiments": "read write delete",
    "featuresets": "read write delete action",
    "featurestoreentities": "read write delete action",
    "featurestores": "read write delete",
    "experiments/runs": "read write delete submit/action",
    "jobs": "read write delete cancel/action operationresults/read",
    "models": "read write delete package/action",
    "models/versions": "read write delete",
    "notebooks/samples": "read",
    "notebooks/storage": "read write delete download/action upload/action",
    "notebooks/vm": "read write delete",
    "onlineEndpoints": "read write delete score/action",
    "onlineEndpoints/deployments": "read write delete",
}
_OTHERS = {
    "Microsoft.MachineLearningServices/registries": "read write delete",
    "Microsoft.MachineLearningServices/registries/assets": "read write delete",
    "Microsoft.ContainerRegistry/registries": "read write delete pull/read push/write",
    "Microsoft.Cache/redis": "read write delete listKeys/action",
    "Microsoft.Insights/autoscaleSettings": "read write delete",
    "Microsoft.Insights/components": "read write delete",
    "Microsoft.Insights/logs/AmlOnlineEndpointTrafficLog": "read",
    "Microsoft.Insights/logs/StorageBlobLogs": "read",
    "Microsoft.Insights/metrics": "read",
    "Microsoft.Consumption/budgets": "read write delete",
    "Microsoft.AlertsManagement/alerts": "read history/read changestate/action",
    "Microsoft.KeyVault/vaults": "read write delete",
    "Microsoft.Logic/workflows": "read write delete run/action disable/action enable/action",
    "Microsoft.Logic/workflows/runs": "read delete cancel/action",
    "Microsoft.Logic/workflows/runs/actions": "read",
    "Microsoft.Logic/workflows/triggers": "read run/action listCallbackUrl/action",
    "Microsoft.Resources/subscriptions/resourceGroups": "read write delete",
    "Microsoft.Storage/storageAccounts": "read write delete listkeys/action",
    "Microsoft.Storage/storageAccounts/blobServices": "read write",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "read write delete",
    "Microsoft.Storage/storageAccounts/fileServices": "read write",
    "Microsoft.Storage/storageAccounts/fileServices/shares": "read write delete",
}

OPERATIONS: frozenset[str] = frozenset(
    f"{path}/{verb}"
    for path, verbs in {
        **{f"Microsoft.MachineLearningServices/workspaces/{kind}".rstrip("/"): verbs for kind, verbs in _ML.items()},
        **_OTHERS,
    }.items()
    for verb in verbs.split()
)
"""
Operations that a role may name, of the resource types that our roles are about.

Source: https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
"""
