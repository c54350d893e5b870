"""
AWS rules no model tells: names the provider checks, and what Terraform's provider replaces.

Source, where a rule names none: the API reference of its service at https://docs.aws.amazon.com/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.sandbox.rules import cloudcontrol
from groundplan.sandbox.rules.rule import Refusal, Rule
from groundplan.sandbox.values import UNKNOWN

__all__ = ["COMMON", "CROSS", "KEEPS", "REPLACES", "VALUES"]

_JSON = Rule(json=True, source="the API parses it")
_CIDR = Rule(
    pattern=r"(\d{1,3}\.){3}\d{1,3}/\d{1,2}",
    says="an IPv4 range such as 10.0.0.0/16",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
)
_BUCKET = Rule(
    pattern=r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*(-s3alias|--ol-s3)$)(?!.*\.\.)"
    r"(?!(\d+\.){3}\d+$)[a-z0-9][a-z0-9.-]*[a-z0-9]",
    says="lower-case letters, digits, hyphens and single dots, a letter or digit first and last",
    shortest=3,
    longest=63,
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
)

_RETENTION_DAYS = (
    *(0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

COMMON: dict[str, Rule] = {
    "tags": Rule(
        longest=256,
        pattern=r"[\w\s.:/=+\-@]*",
        source="https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html",
    ),
    "tags#": Rule(shortest=1, longest=128, pattern=r"(?!aws:)[\w\s.:/=+\-@]+"),
}
"""Rules on properties most types have; `#` rules on the keys of a map."""

VALUES: dict[str, dict[str, Rule]] = {
    "aws:s3/bucket:Bucket": {"bucket": _BUCKET},
    "aws:s3/bucketVersioning:BucketVersioning": {
        # "Disabled" is the provider's word for a bucket never versioned
        "versioningConfiguration.status": Rule(enum=frozenset({"Enabled", "Suspended", "Disabled"})),
    },
    "aws:s3/bucketPolicy:BucketPolicy": {"policy": _JSON},
    "aws:iam/role:Role": {
        "assumeRolePolicy": _JSON,
        "maxSessionDuration": Rule(least=3600, most=43200),
    },
    "aws:iam/rolePolicy:RolePolicy": {"policy": _JSON},
    "aws:iam/policy:Policy": {"policy": _JSON},
    "aws:kms/key:Key": {
        "policy": _JSON,
        "deletionWindowInDays": Rule(
            least=7,
            most=30,
            source="https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html",
        ),
        "rotationPeriodInDays": Rule(least=90, most=2560),
    },
    "aws:kms/alias:Alias": {
        "name": Rule(
            pattern=r"alias/(?!aws/)[a-zA-Z0-9/_-]+", says="alias/ and letters, digits, /, _ and -, and not alias/aws/"
        )
    },
    "aws:secretsmanager/secret:Secret": {
        "policy": _JSON,
        "name": Rule(pattern=r"[\w/+=.@-]+", longest=512),
    },
    "aws:ec2/vpc:Vpc": {"cidrBlock": _CIDR},
    "aws:ec2/subnet:Subnet": {"cidrBlock": _CIDR},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"policy": _JSON},
    "aws:ec2/securityGroup:SecurityGroup": {
        "name": Rule(
            longest=255,
            pattern=r"(?!sg-)[\w .:/()#,@\[\]+=&;{}!$*-]+",
            says="letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, not starting with sg-",
        ),
        "description": Rule(longest=255, pattern=r"[\w .:/()#,@\[\]+=&;{}!$*-]*"),
    },
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": {"policy": _JSON},
    "aws:ecr/repositoryPolicy:RepositoryPolicy": {"policy": _JSON},
    "aws:sns/topic:Topic": {
        "policy": _JSON,
        "name": Rule(
            pattern=r"[A-Za-z0-9_-]+(\.fifo)?",
            says="letters, digits, - and _, with .fifo last where it is one",
            longest=256,
        ),
    },
    "aws:sns/topicPolicy:TopicPolicy": {"policy": _JSON},
    "aws:sqs/queue:Queue": {
        "policy": _JSON,
        "redrivePolicy": _JSON,
        "name": Rule(
            pattern=r"[A-Za-z0-9_-]+(\.fifo)?",
            says="letters, digits, - and _, with .fifo last where it is one",
            longest=80,
        ),
        "visibilityTimeoutSeconds": Rule(least=0, most=43200),
        "messageRetentionSeconds": Rule(least=60, most=1209600),
        "receiveWaitTimeSeconds": Rule(least=0, most=20),
    },
    "aws:sqs/queuePolicy:QueuePolicy": {"policy": _JSON},
    "aws:cloudwatch/logGroup:LogGroup": {
        "retentionInDays": Rule(
            one_of=_RETENTION_DAYS,
            source="https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
        ),
    },
    "aws:cloudwatch/dashboard:Dashboard": {
        "dashboardBody": _JSON,
        "dashboardName": Rule(pattern=r"[A-Za-z0-9_-]+", says="letters, digits, - and _", longest=255),
    },
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": {
        "alarmName": Rule(shortest=1, longest=255),
        "alarmRule": Rule(
            pattern=r"(?s).*(ALARM|OK|INSUFFICIENT_DATA|TRUE|FALSE).*",
            says='an expression such as ALARM("a") AND ALARM("b")',
            shortest=1,
            longest=10_240,
            source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html",
        ),
    },
    "aws:lambda/function:Function": {
        "name": Rule(pattern=r"[A-Za-z0-9_-]+", says="letters, digits, - and _", longest=64),
        "timeout": Rule(
            least=1, most=900, source="https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"
        ),
        "memorySize": Rule(least=128, most=10_240),
    },
    "aws:cloudwatch/eventRule:EventRule": {
        "eventPattern": _JSON,
        "scheduleExpression": Rule(pattern=r"(cron|rate)\(.+\)", says="cron(...) or rate(...)", longest=256),
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "treatMissingData": Rule(enum=frozenset({"breaching", "notBreaching", "ignore", "missing"})),
        "period": Rule(least=10),
    },
    "aws:scheduler/schedule:Schedule": {
        "scheduleExpression": Rule(
            pattern=r"(cron|rate|at)\(.+\)", says="cron(...), rate(...) or at(...)", longest=256
        ),
    },
    "aws:sfn/stateMachine:StateMachine": {
        "definition": _JSON,
        "name": Rule(pattern=r"[A-Za-z0-9_-]+", says="letters, digits, - and _", longest=80),
    },
    "aws:sagemaker/pipeline:Pipeline": {"pipelineDefinition": _JSON},
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": {"resourcePolicy": _JSON},
    "aws:cloudcontrol/resource:Resource": {"desiredState": _JSON},
    "aws:cloudtrail/trail:Trail": {
        "name": Rule(
            shortest=3,
            longest=128,
            pattern=r"(?!(\d+\.){3}\d+$)(?!.*[._-]{2})[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]",
            says="letters, digits and single . _ -, starting and ending with a letter or digit",
            source="https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html",
        ),
    },
}

_EVERYTHING = frozenset({"*"})

REPLACES: dict[str, frozenset[str]] = {
    # Source: hashicorp/terraform-provider-aws internal/service/*: arguments marked ForceNew
    "aws:sagemaker/model:Model": _EVERYTHING,
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _EVERYTHING,
    "aws:sagemaker/featureGroup:FeatureGroup": _EVERYTHING,
    "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": _EVERYTHING,
    "aws:sagemaker/trainingJob:TrainingJob": _EVERYTHING,
    "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": _EVERYTHING,
    "aws:sagemaker/studioLifecycleConfig:StudioLifecycleConfig": _EVERYTHING,
    "aws:sagemaker/domain:Domain": frozenset({"vpcId"}),
    "aws:sagemaker/notebookInstance:NotebookInstance": frozenset({"securityGroups"}),
    "aws:sagemaker/hub:Hub": frozenset({"s3StorageConfig"}),
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": frozenset({"modelPackageGroupName"}),
    "aws:s3/bucket:Bucket": frozenset({"bucketPrefix", "objectLockEnabled"}),
    "aws:s3/bucketVersioning:BucketVersioning": frozenset({"bucket", "expectedBucketOwner"}),
    "aws:s3/bucketPolicy:BucketPolicy": frozenset({"bucket"}),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": frozenset({"bucket"}),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        frozenset({"bucket", "expectedBucketOwner"})
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": frozenset({"bucket", "expectedBucketOwner"}),
    "aws:s3/vectorsIndex:VectorsIndex": _EVERYTHING,
    "aws:kms/key:Key": frozenset({"customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId"}),
    "aws:iam/rolePolicy:RolePolicy": frozenset({"role"}),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": frozenset({"role", "policyArn"}),
    "aws:secretsmanager/secretVersion:SecretVersion": frozenset({"secretId", "secretString", "secretBinary"}),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": frozenset({"securityGroupId"}),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": frozenset({"securityGroupId"}),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": frozenset({"repository", "policy"}),
    "aws:cloudwatch/logGroup:LogGroup": frozenset({"logGroupClass"}),
    "aws:cloudwatch/eventRule:EventRule": frozenset({"eventBusName"}),
    "aws:cloudwatch/eventTarget:EventTarget": frozenset({"rule", "targetId", "eventBusName"}),
    "aws:scheduler/schedule:Schedule": frozenset({"groupName"}),
    "aws:sfn/stateMachine:StateMachine": frozenset({"type"}),
    "aws:budgets/budget:Budget": frozenset({"accountId"}),
    "aws:cloudcontrol/resource:Resource": frozenset({"typeName"}),
    "aws:glue/catalogDatabase:CatalogDatabase": frozenset({"catalogId"}),
    "aws:glue/catalogTable:CatalogTable": frozenset({"catalogId", "databaseName"}),
    "aws:sagemaker/mlflowApp:MlflowApp": frozenset({"roleArn"}),
    "aws:ram/principalAssociation:PrincipalAssociation": _EVERYTHING,
    "aws:ram/resourceAssociation:ResourceAssociation": _EVERYTHING,
    "aws:bedrock/guardrailVersion:GuardrailVersion": _EVERYTHING,
}

KEEPS: dict[str, frozenset[str]] = {
    # changed in place although CloudFormation, or the name rule, would replace
    "aws:sagemaker/featureGroup:FeatureGroup": frozenset({"onlineStoreConfig.ttlDuration", "throughputConfig"}),
    "aws:ec2/vpcEndpoint:VpcEndpoint": frozenset({"dnsOptions"}),
    "aws:ram/resourceShare:ResourceShare": frozenset({"name"}),
    "aws:bedrock/guardrail:Guardrail": frozenset({"name"}),
    "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase": frozenset({"name"}),
    "aws:bedrock/agentDataSource:AgentDataSource": frozenset({"name"}),
    "aws:bedrock/agentPrompt:AgentPrompt": frozenset({"name"}),
    "aws:grafana/workspace:Workspace": frozenset({"name"}),
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor": frozenset({"name"}),
}


def _spot_wait(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """
    A spot job waits at least as long as it may run.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
    """
    limits = inputs.get("stoppingCondition")
    if not isinstance(limits, Mapping):
        return
    run, wait = limits.get("maxRuntimeInSeconds"), limits.get("maxWaitTimeInSeconds")
    if inputs.get("enableManagedSpotTraining") is True and wait is None:
        yield "stoppingCondition.maxWaitTimeInSeconds", "is required by managed spot training"
    if isinstance(run, int) and isinstance(wait, int) and wait < run:
        yield (
            "stoppingCondition.maxWaitTimeInSeconds",
            f"{wait} is less than maxRuntimeInSeconds, {run}",
        )


def _one_container(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    if not inputs.get("primaryContainer") and not inputs.get("containers"):
        yield "primaryContainer", "or containers must be given"


def _variant_names(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    variants = inputs.get("productionVariants")
    if not isinstance(variants, list):
        return
    names = [v.get("variantName") for v in variants if isinstance(v, Mapping)]
    given = [n for n in names if isinstance(n, str) and n != UNKNOWN]
    if len(set(given)) < len(given):
        yield "productionVariants", f"have the same name: {given}"


def _scaling_order(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    low, high = inputs.get("minCapacity"), inputs.get("maxCapacity")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield "minCapacity", f"{low} is above maxCapacity, {high}"


CROSS = {
    cloudcontrol.TOKEN: cloudcontrol.refusals,
    "aws:sagemaker/trainingJob:TrainingJob": _spot_wait,
    "aws:sagemaker/model:Model": _one_container,
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _variant_names,
    "aws:appautoscaling/target:Target": _scaling_order,
}
"""What several properties must obey together."""
