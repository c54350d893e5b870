"""GP-GOV-001: whatever costs money, or holds models and data, says whose it is."""

from collections.abc import Iterator

from policies.checks import sample
from policies.labels import carried
from policies.priced import PRICED
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings

FURTHER = {  # path of the labels: types that no bill names, or that are part of another line
    "tags": (
        "aws:bedrock/agentAgent:AgentAgent",
        "aws:bedrock/customModel:CustomModel",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:dynamodb/table:Table",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "aws:efs/fileSystem:FileSystem",
        "aws:fsx/lustreFileSystem:LustreFileSystem",
        "aws:kms/key:Key",
        "aws:s3/bucketV2:BucketV2",
        "aws:sagemaker/appImageConfig:AppImageConfig",
        "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition",
        "aws:sagemaker/flowDefinition:FlowDefinition",
        "aws:sagemaker/image:Image",
        "aws:sagemaker/model:Model",
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
        "aws:sagemaker/monitoringSchedule:MonitoringSchedule",
        "aws:sagemaker/pipeline:Pipeline",
        "aws:sagemaker/space:Space",
        "aws:secretsmanager/secret:Secret",
        "aws:sfn/stateMachine:StateMachine",
        "azure-native:keyvault:Vault",
        "azure-native:logic:Workflow",
        "azure-native:machinelearningservices:Registry",
        "azure-native:network:PrivateEndpoint",
        "azure-native:network:VirtualNetwork",
        "azure-native:operationalinsights:Workspace",
        "azure-native:resources:ResourceGroup",
    ),
    "labels": (
        "gcp:bigquery/dataset:Dataset",
        "gcp:kms/cryptoKey:CryptoKey",
        "gcp:vertex/aiDataset:AiDataset",
        "gcp:vertex/aiTensorboard:AiTensorboard",
        "gcp:workflows/workflow:Workflow",
    ),
    "metadata.labels": (
        "kubernetes:apps/v1:DaemonSet",
        "kubernetes:apps/v1:Deployment",
        "kubernetes:apps/v1:StatefulSet",
        "kubernetes:batch/v1:CronJob",
        "kubernetes:batch/v1:Job",
        "kubernetes:ray.io/v1:RayCluster",
        "kubernetes:ray.io/v1:RayJob",
        "kubernetes:ray.io/v1:RayService",
        "kubernetes:serving.kserve.io/v1beta1:InferenceService",
    ),
}
LABELLED = {**PRICED, **{kind: path for path, kinds in FURTHER.items() for kind in kinds}}


def _labelled(kind: str, path: str) -> Check:
    """Every label that is required is there and says something; Azure's names ignore case."""

    def name(key: str) -> str:
        return key.lower() if kind.startswith("azure-native:") else key

    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        given = carried(resource, path)
        if given is None:
            return
        said = {name(key) for key, value in given.items() if value != ""}
        lacking = [key for key in settings.required_labels if name(key) not in said]
        if lacking:
            yield Breach(f"{path} has no {', '.join(lacking)}", path)

    good = dict.fromkeys(Settings().required_labels, "risk-ml")
    bad = ({}, {**good, "owner": ""}, {"team": "risk-ml"})
    return Check(
        run=run,
        reads=(path,),
        passes=sample({path: good}),
        fails=tuple(sample({path: labels}) for labels in bad),
        absent=Absent.FAILS,
        because="it carries none",
    )


RULE = Rule(
    id="GP-GOV-001",
    demand="What costs money, or holds models and data, carries the required tags or labels.",
    why="Without an owner and an environment nobody knows whom to ask, who pays, or what may be deleted.",
    fix="Use the blueprint's components, which set them, or add the tags; requiredLabels has the list.",
    fields=("/labels",),
    source="https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html",
    severity=Severity.MEDIUM,
    external=(
        "SAGEMAKER_DOMAIN_TAGGED",
        "SAGEMAKER_FEATURE_GROUP_TAGGED",
        "SAGEMAKER_IMAGE_TAGGED",
        "SAGEMAKER_APP_IMAGE_CONFIG_TAGGED",
        "SageMaker.6",
        "SageMaker.7",
        "CKV_GCP_21",
        "infracost:tagging",
    ),
    checks={kind: _labelled(kind, path) for kind, path in LABELLED.items()},
)
