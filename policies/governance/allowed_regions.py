"""GP-GOV-003: nothing is outside the regions that are allowed."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, word

_AWS = (
    "sagemaker/notebookInstance sagemaker/domain sagemaker/endpoint sagemaker/endpointConfiguration sagemaker/model "
    "sagemaker/trainingJob sagemaker/hyperParameterTuningJob sagemaker/featureGroup sagemaker/modelPackageGroup "
    "sagemaker/mlflowTrackingServer sagemaker/dataQualityJobDefinition sagemaker/monitoringSchedule "
    "bedrock/agentAgent bedrock/customModel bedrock/provisionedModelThroughput s3/bucket kms/key ecr/repository "
    "cloudwatch/logGroup dynamodb/table ec2/vpc efs/fileSystem eks/cluster fsx/lustreFileSystem "
    "secretsmanager/secret sfn/stateMachine batch/computeEnvironment"
)
_GCP = {
    "location": "workbench/instance vertex/aiEndpoint vertex/aiEndpointWithModelGardenDeployment storage/bucket "
    "artifactregistry/repository bigquery/dataset colab/runtimeTemplate container/cluster kms/keyRing "
    "vertex/aiPersistentResource cloudrunv2/service",
    "region": "vertex/aiDataset vertex/aiDeploymentResourcePool vertex/aiFeatureOnlineStore vertex/aiFeatureStore "
    "vertex/aiIndex vertex/aiIndexEndpoint vertex/aiMetadataStore vertex/aiTensorboard vertex/aiReasoningEngine "
    "compute/subnetwork workflows/workflow",
}
_AZURE = (
    "machinelearningservices:Workspace machinelearningservices:Compute machinelearningservices:OnlineEndpoint "
    "machinelearningservices:OnlineDeployment machinelearningservices:Registry cognitiveservices:Account "
    "containerregistry:Registry containerservice:ManagedCluster keyvault:Vault logic:Workflow "
    "network:VirtualNetwork operationalinsights:Workspace resources:ResourceGroup search:Service "
    "storage:StorageAccount"
)


def _within(path: str) -> Check:
    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        found = resource.at(path)
        found = resource.provider.get("region", ABSENT) if found is ABSENT else found
        if isinstance(found, str) and settings.allowed_regions and not _allowed(found, settings.allowed_regions):
            told = ", ".join(settings.allowed_regions)
            yield Breach(f"{path} is {word(found)}; it must be one of {told}", path)

    return Check(
        run=run,
        reads=(path,),
        passes={path: "europe-west4"},
        fails=({path: "us-east1"}, {path: "US"}),
        absent=Absent.PASSES,
        because="it is where its provider is",
    )


def _allowed(found: Any, patterns: list[str]) -> bool:
    """Whether a region is allowed, or its own region where it is a zone; all spell it as they like."""
    name = re.sub(r"\s", "", found).lower()
    region = re.sub(r"^([a-z]+-[a-z]+\d+)-[a-z]$", r"\1", name)  # europe-west4-a is in europe-west4
    return region in ("global", "") or any(fnmatchcase(region, p.lower().replace(" ", "")) for p in patterns)


def _types(prefix: str, kinds: str) -> list[str]:
    names = [kind.rpartition("/")[2] for kind in kinds.split()]
    return [f"{prefix}:{k}:{n[0].upper()}{n[1:]}" for k, n in zip(kinds.split(), names, strict=True)]


RULE = Rule(
    id="GP-GOV-003",
    demand="Resources are in the allowed regions; without allowedRegions in the settings all are.",
    why="Where data lies decides which law it is under, and customers were told where that is.",
    fix="Choose one of the allowed regions in the environment, or have the region added to allowedRegions.",
    source="https://cloud.google.com/resource-manager/docs/organization-policy/defining-locations",
    severity=Severity.HIGH,
    external=("gcp:gcp.resourceLocations", "GDPR:chapter-V"),
    checks={
        **{kind: _within("region") for kind in _types("aws", _AWS)},
        **{kind: _within(path) for path, kinds in _GCP.items() for kind in _types("gcp", kinds)},
        **{f"azure-native:{kind}": _within("location") for kind in _AZURE.split()},
    },
    tried_with={"allowedRegions": ["eu-*", "europe-*", "westeurope"]},
)
