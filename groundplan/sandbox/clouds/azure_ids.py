"""ARM paths of Azure types, and the outputs that other resources are fed from."""

from __future__ import annotations

from typing import Any

__all__ = ["NAMESPACES", "OUTPUTS", "PATHS", "RANDOM_CHILDREN", "UUID_NAMES"]

UUID_NAMES = frozenset({"roleAssignmentName", "roleDefinitionId"})
RANDOM_CHILDREN = frozenset({"endpointName", "customDomainName"})
"""
Names the provider makes a GUID, and child names it makes unique although children are not.

Source: pulumi-azure-native provider/pkg/resources/resources.go, AutoName.
"""

NAMESPACES = {
    "app": "Microsoft.App",
    "applicationinsights": "Microsoft.Insights",
    "authorization": "Microsoft.Authorization",
    "cognitiveservices": "Microsoft.CognitiveServices",
    "consumption": "Microsoft.Consumption",
    "containerregistry": "Microsoft.ContainerRegistry",
    "containerservice": "Microsoft.ContainerService",
    "dashboard": "Microsoft.Dashboard",
    "eventgrid": "Microsoft.EventGrid",
    "eventhub": "Microsoft.EventHub",
    "insights": "Microsoft.Insights",
    "keyvault": "Microsoft.KeyVault",
    "logic": "Microsoft.Logic",
    "machinelearningservices": "Microsoft.MachineLearningServices",
    "managedidentity": "Microsoft.ManagedIdentity",
    "monitor": "Microsoft.Insights",
    "network": "Microsoft.Network",
    "operationalinsights": "Microsoft.OperationalInsights",
    "portal": "Microsoft.Portal",
    "privatedns": "Microsoft.Network",
    "redis": "Microsoft.Cache",
    "resources": "Microsoft.Resources",
    "search": "Microsoft.Search",
    "servicebus": "Microsoft.ServiceBus",
    "storage": "Microsoft.Storage",
}
"""The ARM provider of each SDK module, where capitalising does not give it."""

_ML = "Microsoft.MachineLearningServices/workspaces/{workspaceName}/"
_REGISTRY = "Microsoft.MachineLearningServices/registries/{registryName}/"

PATHS: dict[str, str] = {
    "resources:ResourceGroup": "/subscriptions/{subscription}/resourceGroups/{resourceGroupName}",
    "resources:Deployment": "Microsoft.Resources/deployments/{deploymentName}",
    "authorization:RoleAssignment": "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    "authorization:RoleDefinition": "{scope}/providers/Microsoft.Authorization/roleDefinitions/{roleDefinitionId}",
    "authorization:PolicyAssignment": "{scope}/providers/Microsoft.Authorization"
    "/policyAssignments/{policyAssignmentName}",
    "monitor:DiagnosticSetting": "{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
    "consumption:Budget": "{scope}/providers/Microsoft.Consumption/budgets/{budgetName}",
    # storage, keys, images, identity
    "storage:StorageAccount": "Microsoft.Storage/storageAccounts/{accountName}",
    "storage:BlobContainer": "Microsoft.Storage/storageAccounts/{accountName}/blobServices/default"
    "/containers/{containerName}",
    "storage:BlobServiceProperties": "Microsoft.Storage/storageAccounts/{accountName}/blobServices/{blobServicesName}",
    "storage:ManagementPolicy": "Microsoft.Storage/storageAccounts/{accountName}"
    "/managementPolicies/{managementPolicyName}",
    "storage:FileShare": "Microsoft.Storage/storageAccounts/{accountName}/fileServices/default/shares/{shareName}",
    "storage:Queue": "Microsoft.Storage/storageAccounts/{accountName}/queueServices/default/queues/{queueName}",
    "storage:Table": "Microsoft.Storage/storageAccounts/{accountName}/tableServices/default/tables/{tableName}",
    "keyvault:Vault": "Microsoft.KeyVault/vaults/{vaultName}",
    "keyvault:Key": "Microsoft.KeyVault/vaults/{vaultName}/keys/{keyName}",
    "keyvault:Secret": "Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}",
    "containerregistry:Registry": "Microsoft.ContainerRegistry/registries/{registryName}",
    "managedidentity:UserAssignedIdentity": "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
    "managedidentity:FederatedIdentityCredential": "Microsoft.ManagedIdentity"
    "/userAssignedIdentities/{resourceName}/federatedIdentityCredentials"
    "/{federatedIdentityCredentialResourceName}",
    # network
    "network:VirtualNetwork": "Microsoft.Network/virtualNetworks/{virtualNetworkName}",
    "network:Subnet": "Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}",
    "network:NetworkSecurityGroup": "Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}",
    "network:PrivateEndpoint": "Microsoft.Network/privateEndpoints/{privateEndpointName}",
    "network:PrivateDnsZoneGroup": "Microsoft.Network/privateEndpoints/{privateEndpointName}"
    "/privateDnsZoneGroups/{privateDnsZoneGroupName}",
    "network:NatGateway": "Microsoft.Network/natGateways/{natGatewayName}",
    "network:PublicIPAddress": "Microsoft.Network/publicIPAddresses/{publicIpAddressName}",
    "network:RouteTable": "Microsoft.Network/routeTables/{routeTableName}",
    "privatedns:PrivateZone": "Microsoft.Network/privateDnsZones/{privateZoneName}",
    "privatedns:VirtualNetworkLink": "Microsoft.Network/privateDnsZones/{privateZoneName}"
    "/virtualNetworkLinks/{virtualNetworkLinkName}",
    # observability and events
    "operationalinsights:Workspace": "Microsoft.OperationalInsights/workspaces/{workspaceName}",
    "operationalinsights:Table": "Microsoft.OperationalInsights/workspaces/{workspaceName}/tables/{tableName}",
    "applicationinsights:Component": "Microsoft.Insights/components/{resourceName}",
    "applicationinsights:Workbook": "Microsoft.Insights/workbooks/{resourceName}",
    "monitor:ActionGroup": "Microsoft.Insights/actionGroups/{actionGroupName}",
    "monitor:MetricAlert": "Microsoft.Insights/metricAlerts/{ruleName}",
    "monitor:ScheduledQueryRule": "Microsoft.Insights/scheduledQueryRules/{ruleName}",
    "monitor:AutoscaleSetting": "Microsoft.Insights/autoscaleSettings/{autoscaleSettingName}",
    "monitor:ActivityLogAlert": "Microsoft.Insights/activityLogAlerts/{activityLogAlertName}",
    "logic:Workflow": "Microsoft.Logic/workflows/{workflowName}",
    "eventgrid:SystemTopic": "Microsoft.EventGrid/systemTopics/{systemTopicName}",
    "eventgrid:SystemTopicEventSubscription": "Microsoft.EventGrid/systemTopics/{systemTopicName}"
    "/eventSubscriptions/{eventSubscriptionName}",
    "portal:Dashboard": "Microsoft.Portal/dashboards/{dashboardName}",
    "dashboard:Grafana": "Microsoft.Dashboard/grafana/{workspaceName}",
    # other services
    "app:ManagedEnvironment": "Microsoft.App/managedEnvironments/{environmentName}",
    "app:ContainerApp": "Microsoft.App/containerApps/{containerAppName}",
    "cognitiveservices:Account": "Microsoft.CognitiveServices/accounts/{accountName}",
    "cognitiveservices:Project": "Microsoft.CognitiveServices/accounts/{accountName}/projects/{projectName}",
    "cognitiveservices:Deployment": "Microsoft.CognitiveServices/accounts/{accountName}/deployments/{deploymentName}",
    "cognitiveservices:RaiPolicy": "Microsoft.CognitiveServices/accounts/{accountName}/raiPolicies/{raiPolicyName}",
    "containerservice:ManagedCluster": "Microsoft.ContainerService/managedClusters/{resourceName}",
    "containerservice:AgentPool": "Microsoft.ContainerService/managedClusters/{resourceName}"
    "/agentPools/{agentPoolName}",
    "redis:Redis": "Microsoft.Cache/redis/{name}",
    "search:Service": "Microsoft.Search/searchServices/{searchServiceName}",
    # machine learning
    "machinelearningservices:Workspace": _ML.rstrip("/"),
    "machinelearningservices:Registry": _REGISTRY.rstrip("/"),
    "machinelearningservices:Compute": _ML + "computes/{computeName}",
    "machinelearningservices:Datastore": _ML + "datastores/{name}",
    "machinelearningservices:Job": _ML + "jobs/{id}",
    "machinelearningservices:Schedule": _ML + "schedules/{name}",
    "machinelearningservices:OnlineEndpoint": _ML + "onlineEndpoints/{endpointName}",
    "machinelearningservices:OnlineDeployment": _ML + "onlineEndpoints/{endpointName}/deployments/{deploymentName}",
    "machinelearningservices:BatchEndpoint": _ML + "batchEndpoints/{endpointName}",
    "machinelearningservices:BatchDeployment": _ML + "batchEndpoints/{endpointName}/deployments/{deploymentName}",
    "machinelearningservices:ServerlessEndpoint": _ML + "serverlessEndpoints/{name}",
    "machinelearningservices:MarketplaceSubscription": _ML + "marketplaceSubscriptions/{name}",
    "machinelearningservices:ManagedNetworkSettingsRule": _ML + "outboundRules/{ruleName}",
    "machinelearningservices:WorkspaceConnection": _ML + "connections/{connectionName}",
    "machinelearningservices:CodeContainer": _ML + "codes/{name}",
    "machinelearningservices:CodeVersion": _ML + "codes/{name}/versions/{version}",
    "machinelearningservices:ComponentContainer": _ML + "components/{name}",
    "machinelearningservices:ComponentVersion": _ML + "components/{name}/versions/{version}",
    "machinelearningservices:DataContainer": _ML + "data/{name}",
    "machinelearningservices:DataVersion": _ML + "data/{name}/versions/{version}",
    "machinelearningservices:EnvironmentContainer": _ML + "environments/{name}",
    "machinelearningservices:EnvironmentVersion": _ML + "environments/{name}/versions/{version}",
    "machinelearningservices:ModelContainer": _ML + "models/{name}",
    "machinelearningservices:ModelVersion": _ML + "models/{name}/versions/{version}",
    "redis:AccessPolicyAssignment": "Microsoft.Cache/redis/{cacheName}/accessPolicyAssignments"
    "/{accessPolicyAssignmentName}",
    "machinelearningservices:FeaturesetContainerEntity": _ML + "featuresets/{name}",
    "machinelearningservices:FeaturesetVersion": _ML + "featuresets/{name}/versions/{version}",
    "machinelearningservices:FeaturestoreEntityContainerEntity": _ML + "featurestoreEntities/{name}",
    "machinelearningservices:FeaturestoreEntityVersion": _ML + "featurestoreEntities/{name}/versions/{version}",
    "machinelearningservices:RegistryModelContainer": _REGISTRY + "models/{modelName}",
    "machinelearningservices:RegistryModelVersion": _REGISTRY + "models/{modelName}/versions/{version}",
}
"""
ARM path below the resource group (or whole, where it starts with `/` or a scope).

Source: https://learn.microsoft.com/en-us/azure/templates/
"""

OUTPUTS: dict[str, dict[str, Any]] = {
    "keyvault:Vault": {
        "properties.vaultUri": "https://{name}.vault.azure.net/",
        "properties.provisioningState": "Succeeded",
        "properties.tenantId": "{tenant}",
    },
    "keyvault:Key": {
        "keyUri": "https://{vaultName}.vault.azure.net/keys/{name}",
        "keyUriWithVersion": "https://{vaultName}.vault.azure.net/keys/{name}/{hex32}",
    },
    "keyvault:Secret": {
        "properties.secretUri": "https://{vaultName}.vault.azure.net/secrets/{name}",
        "properties.secretUriWithVersion": "https://{vaultName}.vault.azure.net/secrets/{name}/{hex32}",
    },
    "storage:StorageAccount": {
        "primaryEndpoints.blob": "https://{name}.blob.core.windows.net/",
        "primaryEndpoints.dfs": "https://{name}.dfs.core.windows.net/",
        "primaryEndpoints.file": "https://{name}.file.core.windows.net/",
        "primaryEndpoints.queue": "https://{name}.queue.core.windows.net/",
        "primaryEndpoints.table": "https://{name}.table.core.windows.net/",
        "primaryEndpoints.web": "https://{name}.z6.web.core.windows.net/",
        "primaryLocation": "{location}",
        "statusOfPrimary": "available",
    },
    "containerregistry:Registry": {"loginServer": "{name}.azurecr.io"},
    "managedidentity:UserAssignedIdentity": {
        "principalId": "{principal}",
        "clientId": "{client}",
        "tenantId": "{tenant}",
    },
    "operationalinsights:Workspace": {"customerId": "{uuid}"},
    "applicationinsights:Component": {
        "appId": "{uuid}",
        "applicationId": "{name}",
        "instrumentationKey": "{uuid}",
        "connectionString": "InstrumentationKey={uuid};IngestionEndpoint=https://{location}-0.in."
        "applicationinsights.azure.com/",
    },
    "machinelearningservices:Workspace": {
        "workspaceId": "{uuid}",
        "discoveryUrl": "https://{location}.api.azureml.ms/discovery",
        "mlFlowTrackingUri": "azureml://{location}.api.azureml.ms/mlflow/v1.0{id}",
        "notebookInfo.fqdn": "ml-{name}-{location}-{uuid}.{location}.notebooks.azure.net",
        "notebookInfo.isPrivateLinkEnabled": True,
        "notebookInfo.resourceId": "{hex32}",
    },
    "machinelearningservices:OnlineEndpoint": {
        "properties.scoringUri": "https://{name}.{location}.inference.ml.azure.com/score",
        "properties.swaggerUri": "https://{name}.{location}.inference.ml.azure.com/swagger.json",
        "properties.provisioningState": "Succeeded",
    },
    "machinelearningservices:BatchEndpoint": {
        "properties.scoringUri": "https://{name}.{location}.inference.ml.azure.com/jobs",
        "properties.provisioningState": "Succeeded",
    },
    "logic:Workflow": {
        "accessEndpoint": "https://prod-01.{location}.logic.azure.com:443/workflows/{hex32}",
        "version": "08584500000000000000",
        "state": "Enabled",
    },
    "app:ManagedEnvironment": {
        "defaultDomain": "{hash}.{location}.azurecontainerapps.io",
        "staticIp": "10.0.0.10",
    },
    "app:ContainerApp": {
        "latestRevisionName": "{name}--{hash}",
        "latestRevisionFqdn": "{name}--{hash}.{location}.azurecontainerapps.io",
    },
    "redis:Redis": {"hostName": "{name}.redis.cache.windows.net", "sslPort": 6380, "port": 6379},
    "search:Service": {"endpoint": "https://{name}.search.windows.net"},
    "cognitiveservices:Account": {
        "properties.endpoint": "https://{name}.cognitiveservices.azure.com/",
    },
    "eventgrid:SystemTopic": {"metricResourceId": "{uuid}"},
    "privatedns:PrivateZone": {"numberOfRecordSets": 1},
}
"""Computed outputs by dotted path."""
