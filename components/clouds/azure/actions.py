"""What each duty of a stack may do in Azure Resource Manager, action by action."""

from __future__ import annotations

__all__ = [
    "APPROVER",
    "BATCH",
    "FEATURES",
    "FEATURES_READ",
    "LOOP",
    "NOTEBOOK",
    "PIPELINE",
    "SHARED_READER",
    "SHARED_WRITER",
    "STOP",
    "SUBMIT",
    "TRACK",
    "WORKSPACE",
]

ML = "Microsoft.MachineLearningServices/workspaces"

WORKSPACE = (
    "Microsoft.ContainerRegistry/registries/pull/read",
    "Microsoft.ContainerRegistry/registries/push/write",
    "Microsoft.ContainerRegistry/registries/read",
    "Microsoft.Insights/components/read",
    "Microsoft.KeyVault/vaults/read",
    f"{ML}/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/write",
    "Microsoft.Storage/storageAccounts/blobServices/read",
    "Microsoft.Storage/storageAccounts/fileServices/read",
    "Microsoft.Storage/storageAccounts/fileServices/shares/read",
    "Microsoft.Storage/storageAccounts/fileServices/shares/write",
    "Microsoft.Storage/storageAccounts/read",
)
"""
The workspace's own identity, on the stack's resource group. Microsoft asks for Contributor on each linked
resource; these are the actions it uses that role for, beside the data roles that the foundation gives.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication#workspace
"""

PIPELINE = (
    "Microsoft.Insights/autoscaleSettings/delete",
    "Microsoft.Insights/autoscaleSettings/read",
    "Microsoft.Insights/autoscaleSettings/write",
    "Microsoft.Insights/logs/AmlOnlineEndpointTrafficLog/read",
    "Microsoft.Insights/metrics/read",
    f"{ML}/codes/read",
    f"{ML}/codes/versions/read",
    f"{ML}/codes/versions/write",
    f"{ML}/codes/write",
    f"{ML}/computes/read",
    f"{ML}/data/read",
    f"{ML}/data/versions/read",
    f"{ML}/datastores/read",
    f"{ML}/environments/read",
    f"{ML}/environments/versions/read",
    f"{ML}/environments/versions/write",
    f"{ML}/environments/write",
    f"{ML}/experiments/read",
    f"{ML}/experiments/runs/read",
    f"{ML}/experiments/runs/submit/action",
    f"{ML}/experiments/runs/write",
    f"{ML}/experiments/write",
    f"{ML}/jobs/cancel/action",
    f"{ML}/jobs/operationresults/read",
    f"{ML}/jobs/read",
    f"{ML}/jobs/write",
    f"{ML}/models/read",
    f"{ML}/models/versions/read",
    f"{ML}/models/versions/write",
    f"{ML}/models/write",
    f"{ML}/onlineEndpoints/deployments/delete",
    f"{ML}/onlineEndpoints/deployments/read",
    f"{ML}/onlineEndpoints/deployments/write",
    f"{ML}/onlineEndpoints/read",
    f"{ML}/onlineEndpoints/write",
    f"{ML}/read",
)
"""
The Logic Apps' identity: start and stop jobs, register versions, deploy, shift traffic and read what became of it, from
the metrics and from one table of the log; never a stage.

Source: https://learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning,
https://learn.microsoft.com/azure/azure-monitor/logs/manage-access#resource-permissions
"""

SUBMIT = (
    "Microsoft.Logic/workflows/read",
    "Microsoft.Logic/workflows/runs/actions/read",
    "Microsoft.Logic/workflows/runs/cancel/action",
    "Microsoft.Logic/workflows/runs/read",
    "Microsoft.Logic/workflows/triggers/read",
    "Microsoft.Logic/workflows/triggers/run/action",
    f"{ML}/computes/read",
    f"{ML}/datastores/read",
    f"{ML}/experiments/read",
    f"{ML}/experiments/runs/read",
    f"{ML}/jobs/read",
    f"{ML}/models/read",
    f"{ML}/models/versions/read",
    f"{ML}/models/versions/write",
    f"{ML}/onlineEndpoints/deployments/read",
    f"{ML}/onlineEndpoints/read",
    f"{ML}/read",
)
"""Who starts runs and releases and registers versions: through the Logic Apps alone, which know what to start."""

BATCH = (
    "Microsoft.Insights/logs/StorageBlobLogs/read",
    "Microsoft.Logic/workflows/triggers/run/action",
)
"""
Beside what the pipeline's identity may do anyway: read which files arrived, and start the batch job that they are for.

Source: https://learn.microsoft.com/azure/azure-monitor/logs/manage-access#resource-permissions
"""

LOOP = (
    "Microsoft.AlertsManagement/alerts/read",
    "Microsoft.Insights/logs/StorageBlobLogs/read",
    "Microsoft.Logic/workflows/runs/read",
    "Microsoft.Logic/workflows/triggers/run/action",
    f"{ML}/data/versions/write",
)
"""
Beside what the pipeline's identity may do anyway: see which alerts are raised and which files arrived, start another
Logic App and see what came of it, and write down that a pipeline ran.

Source: https://learn.microsoft.com/azure/role-based-access-control/permissions/monitor,
https://learn.microsoft.com/azure/role-based-access-control/permissions/integration
"""

STOP = (
    "Microsoft.Consumption/budgets/read",
    "Microsoft.Insights/autoscaleSettings/delete",
    "Microsoft.Logic/workflows/disable/action",
    "Microsoft.Logic/workflows/enable/action",
    "Microsoft.Logic/workflows/read",
    "Microsoft.Logic/workflows/runs/cancel/action",
    "Microsoft.Logic/workflows/runs/read",
    f"{ML}/computes/read",
    f"{ML}/computes/stop/action",
    f"{ML}/data/versions/read",
    f"{ML}/data/versions/write",
    f"{ML}/jobs/cancel/action",
    f"{ML}/jobs/read",
    f"{ML}/onlineEndpoints/deployments/delete",
    f"{ML}/onlineEndpoints/deployments/read",
    f"{ML}/onlineEndpoints/read",
    f"{ML}/onlineEndpoints/write",
    f"{ML}/read",
)
"""
What stops a stack at its budget's limit: reads what is spent, switches Logic Apps off and on, cancels, stops and
deletes what has machines, and writes down that it did; it starts nothing.

Source: https://learn.microsoft.com/azure/role-based-access-control/permissions/management-and-governance,
https://learn.microsoft.com/azure/role-based-access-control/permissions/integration,
https://learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning
"""

NOTEBOOK = (
    "Microsoft.Insights/components/read",
    f"{ML}/computes/applicationaccess/action",
    f"{ML}/computes/read",
    f"{ML}/computes/restart/action",
    f"{ML}/computes/start/action",
    f"{ML}/computes/stop/action",
    f"{ML}/datastores/read",
    f"{ML}/environments/read",
    f"{ML}/environments/versions/read",
    f"{ML}/experiments/read",
    f"{ML}/experiments/runs/read",
    f"{ML}/jobs/read",
    f"{ML}/models/read",
    f"{ML}/models/versions/read",
    f"{ML}/notebooks/samples/read",
    f"{ML}/notebooks/storage/delete",
    f"{ML}/notebooks/storage/read",
    f"{ML}/notebooks/storage/upload/action",
    f"{ML}/notebooks/storage/write",
    f"{ML}/notebooks/vm/read",
    f"{ML}/read",
)
"""
A person with a notebook: opens, starts and stops it, keeps files, and looks at what there is in the workspace. No
download is among it: data stay behind the network.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles#scenarios-and-required-permissions
"""

APPROVER = (
    f"{ML}/assets/stage/write",
    f"{ML}/models/read",
    f"{ML}/models/versions/read",
    f"{ML}/models/versions/write",
    f"{ML}/read",
)
"""
Who approves a version. `assets/stage/write` is in no other role of the stack.

Source: https://learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning
"""

REGISTRIES = "Microsoft.MachineLearningServices/registries"

SHARED_READER = (f"{REGISTRIES}/assets/read", f"{REGISTRIES}/read")
"""Another environment, on the shared registry. The built-in AzureML Registry User may write too."""

SHARED_WRITER = (*SHARED_READER, f"{REGISTRIES}/assets/write")
"""What shares versions with other environments."""

FEATURES_READ = (
    f"{ML}/datastores/listSecrets/action",
    f"{ML}/featuresets/read",
    f"{ML}/featurestoreentities/read",
    f"{ML}/featurestores/read",
    f"{ML}/jobs/read",
    f"{ML}/read",
)
"""
Who joins features to labels, or looks them up: what there is, and where. No store of ours has a secret to list.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-setup-access-control-feature-store
"""

FEATURES = (
    *FEATURES_READ,
    f"{ML}/datastores/read",
    f"{ML}/experiments/runs/submit/action",
    f"{ML}/experiments/runs/write",
    f"{ML}/experiments/write",
    f"{ML}/featuresets/action",
    f"{ML}/featuresets/write",
    f"{ML}/jobs/write",
    "Microsoft.Cache/redis/listKeys/action",
    "Microsoft.Cache/redis/read",
)
"""
Who publishes and materializes feature sets; Azure ML asks the cache for its key as this identity.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-setup-access-control-feature-store
"""

TRACK = (
    f"{ML}/experiments/read",
    f"{ML}/experiments/runs/read",
    f"{ML}/experiments/runs/submit/action",
    f"{ML}/experiments/runs/write",
    f"{ML}/experiments/write",
    f"{ML}/read",
)
"""
Who logs runs of his own with MLflow. A job of the stack logs its own run without any of these.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-use-mlflow-configure-tracking
"""
