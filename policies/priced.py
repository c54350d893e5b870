"""Types of resources that a bill has lines for, and where each has its tags or labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.resource import Resource
from policies.values import ABSENT

__all__ = ["PRICED", "label"]

PRICED: Mapping[str, str] = {
    "aws:batch/computeEnvironment:ComputeEnvironment": "tags",
    "aws:bedrock/provisionedModelThroughput:ProvisionedModelThroughput": "tags",
    "aws:ecr/repository:Repository": "tags",
    "aws:eks/cluster:Cluster": "tags",
    "aws:eks/nodeGroup:NodeGroup": "tags",
    "aws:s3/bucket:Bucket": "tags",
    "aws:sagemaker/app:App": "tags",
    "aws:sagemaker/domain:Domain": "tags",
    "aws:sagemaker/endpoint:Endpoint": "tags",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": "tags",
    "aws:sagemaker/featureGroup:FeatureGroup": "tags",
    "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": "tags",
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": "tags",
    "aws:sagemaker/notebookInstance:NotebookInstance": "tags",
    "aws:sagemaker/trainingJob:TrainingJob": "tags",
    "gcp:artifactregistry/repository:Repository": "labels",
    "gcp:cloudrunv2/service:Service": "labels",
    "gcp:colab/runtimeTemplate:RuntimeTemplate": "labels",
    "gcp:container/cluster:Cluster": "resourceLabels",
    "gcp:container/nodePool:NodePool": "nodeConfig.resourceLabels",
    "gcp:storage/bucket:Bucket": "labels",
    "gcp:vertex/aiEndpoint:AiEndpoint": "labels",
    "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": "labels",
    "gcp:vertex/aiFeatureStore:AiFeatureStore": "labels",
    "gcp:vertex/aiIndex:AiIndex": "labels",
    "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": "labels",
    "gcp:vertex/aiPersistentResource:AiPersistentResource": "labels",
    "gcp:vertex/aiReasoningEngine:AiReasoningEngine": "labels",
    "gcp:workbench/instance:Instance": "labels",
    "azure-native:cognitiveservices:Account": "tags",
    "azure-native:containerregistry:Registry": "tags",
    "azure-native:containerservice:AgentPool": "tags",
    "azure-native:containerservice:ManagedCluster": "tags",
    "azure-native:machinelearningservices:Compute": "tags",
    "azure-native:machinelearningservices:OnlineDeployment": "tags",
    "azure-native:machinelearningservices:OnlineEndpoint": "tags",
    "azure-native:machinelearningservices:Workspace": "tags",
    "azure-native:search:Service": "tags",
    "azure-native:storage:StorageAccount": "tags",
}
"""Type to the path of its tags or labels."""


def label(resource: Resource, path: str, key: str) -> Any:
    """The tag or label of a key, which may have dots in it; ABSENT without it, UNKNOWN where all are."""
    found = resource.at(path)
    return found.get(key, ABSENT) if isinstance(found, Mapping) else found
