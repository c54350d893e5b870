"""What resources on Azure cost besides machines, by their type."""

from __future__ import annotations

from collections.abc import Mapping

from groundplan.cost.line import Pays
from groundplan.cost.services.azure_compute import cache, compute, materializing
from groundplan.cost.services.azure_network import private_endpoint, private_zone, workspace
from groundplan.cost.services.azure_storage import account, images, shared_registry
from groundplan.cost.services.azure_watch import action_group, key, log_alert, logs, metric_alert, secret

__all__ = ["PAYS"]

PAYS: Mapping[str, Pays] = {
    "azure-native:containerregistry:Registry": images,
    "azure-native:keyvault:Key": key,
    "azure-native:keyvault:Secret": secret,
    "azure-native:logic:Workflow": materializing,
    "azure-native:machinelearningservices:Compute": compute,
    "azure-native:machinelearningservices:Registry": shared_registry,
    "azure-native:machinelearningservices:Workspace": workspace,
    "azure-native:monitor:ActionGroup": action_group,
    "azure-native:monitor:MetricAlert": metric_alert,
    "azure-native:monitor:ScheduledQueryRule": log_alert,
    "azure-native:network:PrivateEndpoint": private_endpoint,
    "azure-native:operationalinsights:Workspace": logs,
    "azure-native:privatedns:PrivateZone": private_zone,
    "azure-native:redis:Redis": cache,
    "azure-native:storage:StorageAccount": account,
}
"""Type to what it makes one pay for; what is not here costs nothing, or nobody knows of it."""
