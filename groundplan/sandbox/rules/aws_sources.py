"""Which API call and which CloudFormation type tell the rules of each AWS resource type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["SOURCES", "ApiSource"]


@dataclass(frozen=True)
class ApiSource:
    """
    Where a type's limits are written.

    `renames` maps a property path to the API's member path where they differ; `cfn` is the
    CloudFormation type whose create-only properties replace; None where there is none.
    """

    service: str
    operation: str
    cfn: str | None = None
    renames: Mapping[str, str] = field(default_factory=dict)


def _sagemaker(operation: str, kind: str | None, **renames: str) -> ApiSource:
    return ApiSource("sagemaker", operation, kind and f"AWS::SageMaker::{kind}", renames)


SOURCES: dict[str, ApiSource] = {
    # machine learning
    "aws:sagemaker/model:Model": _sagemaker("CreateModel", "Model", name="ModelName"),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _sagemaker(
        "CreateEndpointConfig",
        "EndpointConfig",
        name="EndpointConfigName",
        kmsKeyArn="KmsKeyId",
    ),
    "aws:sagemaker/endpoint:Endpoint": _sagemaker("CreateEndpoint", "Endpoint", name="EndpointName"),
    "aws:sagemaker/featureGroup:FeatureGroup": _sagemaker(
        "CreateFeatureGroup",
        "FeatureGroup",
        recordIdentifierFeatureName="RecordIdentifierFeatureName",
    ),
    "aws:sagemaker/pipeline:Pipeline": _sagemaker("CreatePipeline", "Pipeline"),
    "aws:sagemaker/domain:Domain": _sagemaker("CreateDomain", "Domain"),
    "aws:sagemaker/userProfile:UserProfile": _sagemaker("CreateUserProfile", "UserProfile"),
    "aws:sagemaker/space:Space": _sagemaker("CreateSpace", "Space"),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": _sagemaker("CreateModelPackageGroup", "ModelPackageGroup"),
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": _sagemaker("PutModelPackageGroupPolicy", None),
    "aws:sagemaker/modelCard:ModelCard": _sagemaker("CreateModelCard", "ModelCard"),
    "aws:sagemaker/monitoringSchedule:MonitoringSchedule": _sagemaker(
        "CreateMonitoringSchedule", "MonitoringSchedule", name="MonitoringScheduleName"
    ),
    "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": _sagemaker(
        "CreateDataQualityJobDefinition", "DataQualityJobDefinition", name="JobDefinitionName"
    ),
    "aws:sagemaker/notebookInstance:NotebookInstance": _sagemaker(
        "CreateNotebookInstance", "NotebookInstance", name="NotebookInstanceName"
    ),
    "aws:sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration": (
        _sagemaker(
            "CreateNotebookInstanceLifecycleConfig",
            "NotebookInstanceLifecycleConfig",
            name="NotebookInstanceLifecycleConfigName",
        )
    ),
    "aws:sagemaker/studioLifecycleConfig:StudioLifecycleConfig": _sagemaker(
        "CreateStudioLifecycleConfig", "StudioLifecycleConfig"
    ),
    "aws:sagemaker/hub:Hub": _sagemaker("CreateHub", None),
    "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": _sagemaker(
        "CreateHyperParameterTuningJob", None, name="HyperParameterTuningJobName"
    ),
    "aws:sagemaker/trainingJob:TrainingJob": _sagemaker("CreateTrainingJob", None),
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": _sagemaker(
        "CreateMlflowTrackingServer", "MlflowTrackingServer"
    ),
    "aws:sagemaker/mlflowApp:MlflowApp": _sagemaker("CreateMlflowApp", None),
    "aws:sagemaker/image:Image": _sagemaker("CreateImage", "Image"),
    "aws:sagemaker/codeRepository:CodeRepository": _sagemaker("CreateCodeRepository", "CodeRepository"),
    "aws:bedrock/guardrail:Guardrail": ApiSource("bedrock", "CreateGuardrail", "AWS::Bedrock::Guardrail"),
    "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase": ApiSource(
        "bedrock-agent", "CreateKnowledgeBase", "AWS::Bedrock::KnowledgeBase"
    ),
    # storage, keys, identity
    "aws:s3/bucket:Bucket": ApiSource("s3", "CreateBucket", "AWS::S3::Bucket"),
    "aws:s3/bucketVersioning:BucketVersioning": ApiSource("s3", "PutBucketVersioning"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        ApiSource(
            "s3",
            "PutBucketEncryption",
            renames={"rules": "ServerSideEncryptionConfiguration.Rules"},
        )
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ApiSource(
        "s3",
        "PutBucketLifecycleConfiguration",
        renames={"rules": "LifecycleConfiguration.Rules"},
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ApiSource("s3", "PutPublicAccessBlock"),
    "aws:s3/bucketPolicy:BucketPolicy": ApiSource("s3", "PutBucketPolicy"),
    "aws:s3/vectorsIndex:VectorsIndex": ApiSource("s3vectors", "CreateIndex", "AWS::S3Vectors::Index"),
    "aws:s3/vectorsVectorBucket:VectorsVectorBucket": ApiSource(
        "s3vectors", "CreateVectorBucket", "AWS::S3Vectors::VectorBucket"
    ),
    "aws:kms/key:Key": ApiSource("kms", "CreateKey", "AWS::KMS::Key", {"customerMasterKeySpec": "KeySpec"}),
    "aws:kms/alias:Alias": ApiSource("kms", "CreateAlias", "AWS::KMS::Alias", {"name": "AliasName"}),
    "aws:iam/role:Role": ApiSource(
        "iam",
        "CreateRole",
        "AWS::IAM::Role",
        {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
    ),
    "aws:iam/rolePolicy:RolePolicy": ApiSource(
        "iam",
        "PutRolePolicy",
        None,
        {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
    ),
    "aws:iam/policy:Policy": ApiSource(
        "iam",
        "CreatePolicy",
        "AWS::IAM::ManagedPolicy",
        {"name": "PolicyName", "policy": "PolicyDocument"},
    ),
    "aws:secretsmanager/secret:Secret": ApiSource("secretsmanager", "CreateSecret", "AWS::SecretsManager::Secret"),
    "aws:secretsmanager/secretVersion:SecretVersion": ApiSource("secretsmanager", "PutSecretValue"),
    # network and images
    "aws:ec2/vpc:Vpc": ApiSource("ec2", "CreateVpc", "AWS::EC2::VPC"),
    "aws:ec2/subnet:Subnet": ApiSource("ec2", "CreateSubnet", "AWS::EC2::Subnet"),
    "aws:ec2/securityGroup:SecurityGroup": ApiSource(
        "ec2",
        "CreateSecurityGroup",
        "AWS::EC2::SecurityGroup",
        {"name": "GroupName", "description": "GroupDescription"},
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ApiSource("ec2", "CreateVpcEndpoint", "AWS::EC2::VPCEndpoint"),
    "aws:ec2/routeTable:RouteTable": ApiSource("ec2", "CreateRouteTable", "AWS::EC2::RouteTable"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ApiSource(
        "ec2", "AssociateRouteTable", "AWS::EC2::SubnetRouteTableAssociation"
    ),
    "aws:ec2/flowLog:FlowLog": ApiSource("ec2", "CreateFlowLogs", "AWS::EC2::FlowLog"),
    "aws:ec2/placementGroup:PlacementGroup": ApiSource("ec2", "CreatePlacementGroup", "AWS::EC2::PlacementGroup"),
    "aws:ecr/repository:Repository": ApiSource(
        "ecr",
        "CreateRepository",
        "AWS::ECR::Repository",
        {
            "name": "RepositoryName",
            "encryptionConfigurations": "EncryptionConfiguration",
        },
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": ApiSource(
        "ecr", "PutLifecyclePolicy", None, {"repository": "RepositoryName"}
    ),
    # scaling, events, workflows
    "aws:appautoscaling/target:Target": ApiSource(
        "application-autoscaling",
        "RegisterScalableTarget",
        "AWS::ApplicationAutoScaling::ScalableTarget",
    ),
    "aws:appautoscaling/policy:Policy": ApiSource(
        "application-autoscaling",
        "PutScalingPolicy",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {"name": "PolicyName"},
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": ApiSource(
        "application-autoscaling",
        "PutScheduledAction",
        None,
        {"name": "ScheduledActionName"},
    ),
    "aws:cloudwatch/logGroup:LogGroup": ApiSource(
        "logs", "CreateLogGroup", "AWS::Logs::LogGroup", {"name": "LogGroupName"}
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": ApiSource(
        "logs",
        "PutMetricFilter",
        "AWS::Logs::MetricFilter",
        {"name": "FilterName", "pattern": "FilterPattern"},
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ApiSource(
        "cloudwatch",
        "PutMetricAlarm",
        "AWS::CloudWatch::Alarm",
        {
            "name": "AlarmName",
            "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
        },
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": ApiSource(
        "cloudwatch", "PutCompositeAlarm", "AWS::CloudWatch::CompositeAlarm"
    ),
    "aws:cloudwatch/dashboard:Dashboard": ApiSource("cloudwatch", "PutDashboard", "AWS::CloudWatch::Dashboard"),
    "aws:cloudwatch/eventRule:EventRule": ApiSource("events", "PutRule", "AWS::Events::Rule"),
    "aws:cloudwatch/eventTarget:EventTarget": ApiSource(
        "events",
        "PutTargets",
        None,
        {
            "arn": "Targets.Arn",
            "targetId": "Targets.Id",
            "roleArn": "Targets.RoleArn",
            "input": "Targets.Input",
            "inputPath": "Targets.InputPath",
            "sagemakerPipelineTarget": "Targets.SageMakerPipelineParameters",
            "retryPolicy": "Targets.RetryPolicy",
            "deadLetterConfig": "Targets.DeadLetterConfig",
            "inputTransformer": "Targets.InputTransformer",
        },
    ),
    "aws:scheduler/schedule:Schedule": ApiSource("scheduler", "CreateSchedule", "AWS::Scheduler::Schedule"),
    "aws:sfn/stateMachine:StateMachine": ApiSource(
        "stepfunctions", "CreateStateMachine", "AWS::StepFunctions::StateMachine"
    ),
    "aws:sns/topic:Topic": ApiSource("sns", "CreateTopic", "AWS::SNS::Topic"),
    "aws:sns/topicSubscription:TopicSubscription": ApiSource(
        "sns", "Subscribe", "AWS::SNS::Subscription", {"topic": "TopicArn"}
    ),
    "aws:sqs/queue:Queue": ApiSource("sqs", "CreateQueue", "AWS::SQS::Queue"),
    "aws:batch/computeEnvironment:ComputeEnvironment": ApiSource(
        "batch", "CreateComputeEnvironment", "AWS::Batch::ComputeEnvironment"
    ),
    "aws:batch/jobQueue:JobQueue": ApiSource("batch", "CreateJobQueue", "AWS::Batch::JobQueue"),
    "aws:batch/jobDefinition:JobDefinition": ApiSource("batch", "RegisterJobDefinition"),
    # governance and cost
    "aws:budgets/budget:Budget": ApiSource(
        "budgets",
        "CreateBudget",
        None,
        {
            "name": "Budget.BudgetName",
            "budgetType": "Budget.BudgetType",
            "timeUnit": "Budget.TimeUnit",
            "limitUnit": "Budget.BudgetLimit.Unit",
            "limitAmount": "Budget.BudgetLimit.Amount",
            "notifications.comparisonOperator": ("NotificationsWithSubscribers.Notification.ComparisonOperator"),
            "notifications.notificationType": ("NotificationsWithSubscribers.Notification.NotificationType"),
            "notifications.thresholdType": ("NotificationsWithSubscribers.Notification.ThresholdType"),
        },
    ),
    "aws:budgets/budgetAction:BudgetAction": ApiSource("budgets", "CreateBudgetAction", "AWS::Budgets::BudgetsAction"),
    "aws:cloudtrail/trail:Trail": ApiSource("cloudtrail", "CreateTrail", "AWS::CloudTrail::Trail"),
    "aws:cloudcontrol/resource:Resource": ApiSource("cloudcontrol", "CreateResource"),
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor": ApiSource(
        "ce",
        "CreateAnomalyMonitor",
        "AWS::CE::AnomalyMonitor",
        {
            "name": "AnomalyMonitor.MonitorName",
            "monitorType": "AnomalyMonitor.MonitorType",
            "monitorDimension": "AnomalyMonitor.MonitorDimension",
        },
    ),
    "aws:costexplorer/anomalySubscription:AnomalySubscription": ApiSource(
        "ce",
        "CreateAnomalySubscription",
        "AWS::CE::AnomalySubscription",
        {
            "name": "AnomalySubscription.SubscriptionName",
            "frequency": "AnomalySubscription.Frequency",
        },
    ),
    "aws:ram/resourceShare:ResourceShare": ApiSource("ram", "CreateResourceShare", "AWS::RAM::ResourceShare"),
    "aws:servicequotas/serviceQuota:ServiceQuota": ApiSource("service-quotas", "RequestServiceQuotaIncrease"),
    "aws:grafana/workspace:Workspace": ApiSource("grafana", "CreateWorkspace", "AWS::Grafana::Workspace"),
}
