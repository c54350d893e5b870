"""How each AWS type is identified: its provider id, its ARN, and further computed outputs."""

from __future__ import annotations

from typing import Any

__all__ = ["IDS", "NAME_PROPERTIES"]

NAME_PROPERTIES = {
    "s3/bucket": "bucket",
    "sagemaker/featureGroup": "featureGroupName",
    "sagemaker/pipeline": "pipelineName",
    "sagemaker/domain": "domainName",
    "sagemaker/userProfile": "userProfileName",
    "sagemaker/space": "spaceName",
    "sagemaker/modelPackageGroup": "modelPackageGroupName",
    "sagemaker/studioLifecycleConfig": "studioLifecycleConfigName",
    "sagemaker/mlflowTrackingServer": "trackingServerName",
    "sagemaker/hub": "hubName",
    "sagemaker/image": "imageName",
    "sagemaker/appImageConfig": "appImageConfigName",
    "sagemaker/codeRepository": "codeRepositoryName",
    "sagemaker/workteam": "workteamName",
    "sagemaker/modelCard": "modelCardName",
    "sagemaker/trainingJob": "trainingJobName",
    "budgets/budgetAction": "budgetName",
    "s3/vectorsVectorBucket": "vectorBucketName",
    "s3/vectorsIndex": "indexName",
    "dynamodb/table": "name",
}
"""The property that holds the physical name, where it is not `name`."""

_EC2 = "arn:aws:ec2:{region}:{account}:"
_SM = "arn:aws:sagemaker:{region}:{account}:"
_IAM = "arn:aws:iam::{account}:"

IDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    # identity and keys
    "iam/role": (
        "{name}",
        _IAM + "role/{name}",
        {"uniqueId": "AROA{upper20}", "createDate": "2026-01-01T00:00:00Z"},
    ),
    "iam/policy": ("{arn}", _IAM + "policy/{name}", {"policyId": "ANPA{upper20}"}),
    "iam/rolePolicy": ("{role}:{name}", "", {}),
    "iam/rolePolicyAttachment": ("{role}-{policyArn}", "", {}),
    "iam/instanceProfile": ("{name}", _IAM + "instance-profile/{name}", {}),
    "iam/openIdConnectProvider": ("{arn}", _IAM + "oidc-provider/{url}", {}),
    "iam/serviceLinkedRole": ("{arn}", _IAM + "role/aws-service-role/{awsServiceName}", {}),
    "kms/key": ("{uuid}", "arn:aws:kms:{region}:{account}:key/{uuid}", {"keyId": "{uuid}"}),
    "kms/alias": (
        "{name}",
        "arn:aws:kms:{region}:{account}:{name}",
        {"targetKeyArn": "arn:aws:kms:{region}:{account}:key/{targetKeyId}"},
    ),
    "kms/grant": ("{keyId}:{uuid}", "", {"grantId": "{uuid}"}),
    "secretsmanager/secret": (
        "{arn}",
        "arn:aws:secretsmanager:{region}:{account}:secret:{name}-{upper6}",
        {},
    ),
    "secretsmanager/secretVersion": (
        "{secretId}|{uuid}",
        "{secretId}",
        {"versionId": "{uuid}", "versionStages": ["AWSCURRENT"]},
    ),
    # storage and images
    "s3/bucket": (
        "{name}",
        "arn:aws:s3:::{name}",
        {
            "bucketDomainName": "{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": "{name}.s3.{region}.amazonaws.com",
            "hostedZoneId": "Z1BKCTXD74EZPE",
            "bucketRegion": "{region}",
        },
    ),
    "s3/bucketVersioning": ("{bucket}", "", {}),
    "s3/bucketPolicy": ("{bucket}", "", {}),
    "s3/bucketPublicAccessBlock": ("{bucket}", "", {}),
    "s3/bucketServerSideEncryptionConfiguration": ("{bucket}", "", {}),
    "s3/bucketLifecycleConfiguration": ("{bucket}", "", {}),
    "s3/bucketOwnershipControls": ("{bucket}", "", {}),
    "s3/bucketLogging": ("{bucket}", "", {}),
    "s3/bucketNotification": ("{bucket}", "", {}),
    "s3/bucketCorsConfiguration": ("{bucket}", "", {}),
    "s3/bucketObjectLockConfiguration": ("{bucket}", "", {}),
    "s3/bucketObjectv2": ("{key}", "arn:aws:s3:::{bucket}/{key}", {}),
    "s3/vectorsVectorBucket": (
        "{name}",
        "arn:aws:s3vectors:{region}:{account}:bucket/{name}",
        {"vectorBucketArn": "arn:aws:s3vectors:{region}:{account}:bucket/{name}"},
    ),
    "s3/vectorsIndex": (
        "{arn}",
        "arn:aws:s3vectors:{region}:{account}:bucket/{vectorBucketName}/index/{name}",
        {"indexArn": "arn:aws:s3vectors:{region}:{account}:bucket/{vectorBucketName}/index/{name}"},
    ),
    "glue/catalogDatabase": (
        "{account}:{name}",
        "arn:aws:glue:{region}:{account}:database/{name}",
        {"catalogId": "{account}"},
    ),
    "glue/catalogTable": (
        "{account}:{databaseName}:{name}",
        "arn:aws:glue:{region}:{account}:table/{databaseName}/{name}",
        {"catalogId": "{account}"},
    ),
    "ecr/repository": (
        "{name}",
        "arn:aws:ecr:{region}:{account}:repository/{name}",
        {
            "repositoryUrl": "{account}.dkr.ecr.{region}.amazonaws.com/{name}",
            "registryId": "{account}",
        },
    ),
    "ecr/lifecyclePolicy": ("{repository}", "", {"registryId": "{account}"}),
    "ecr/repositoryPolicy": ("{repository}", "", {"registryId": "{account}"}),
    "efs/fileSystem": (
        "fs-{hex17}",
        "arn:aws:elasticfilesystem:{region}:{account}:file-system/fs-{hex17}",
        {"dnsName": "fs-{hex17}.efs.{region}.amazonaws.com"},
    ),
    "dynamodb/table": ("{name}", "arn:aws:dynamodb:{region}:{account}:table/{name}", {}),
    # network
    "ec2/vpc": (
        "vpc-{hex17}",
        _EC2 + "vpc/vpc-{hex17}",
        {
            "defaultSecurityGroupId": "sg-{hex17}",
            "mainRouteTableId": "rtb-{hex17}",
            "defaultRouteTableId": "rtb-{hex17}",
            "defaultNetworkAclId": "acl-{hex17}",
            "dhcpOptionsId": "dopt-{hex17}",
        },
    ),
    "ec2/subnet": ("subnet-{hex17}", _EC2 + "subnet/subnet-{hex17}", {}),
    "ec2/securityGroup": ("sg-{hex17}", _EC2 + "security-group/sg-{hex17}", {}),
    "ec2/securityGroupRule": ("sgrule-{hex10}", "", {"securityGroupRuleId": "sgr-{hex17}"}),
    "vpc/securityGroupIngressRule": (
        "sgr-{hex17}",
        _EC2 + "security-group-rule/sgr-{hex17}",
        {"securityGroupRuleId": "sgr-{hex17}"},
    ),
    "vpc/securityGroupEgressRule": (
        "sgr-{hex17}",
        _EC2 + "security-group-rule/sgr-{hex17}",
        {"securityGroupRuleId": "sgr-{hex17}"},
    ),
    "ec2/routeTable": ("rtb-{hex17}", _EC2 + "route-table/rtb-{hex17}", {}),
    "ec2/routeTableAssociation": ("rtbassoc-{hex17}", "", {}),
    "ec2/route": ("r-{routeTableId}{hex10}", "", {}),
    "ec2/internetGateway": ("igw-{hex17}", _EC2 + "internet-gateway/igw-{hex17}", {}),
    "ec2/natGateway": ("nat-{hex17}", "", {}),
    "ec2/eip": ("eipalloc-{hex17}", _EC2 + "elastic-ip/eipalloc-{hex17}", {}),
    "ec2/vpcEndpoint": (
        "vpce-{hex17}",
        _EC2 + "vpc-endpoint/vpce-{hex17}",
        {"prefixListId": "pl-{hex17}", "state": "available"},
    ),
    "ec2/flowLog": ("fl-{hex17}", _EC2 + "vpc-flow-log/fl-{hex17}", {}),
    "ec2/launchTemplate": (
        "lt-{hex17}",
        _EC2 + "launch-template/lt-{hex17}",
        {"latestVersion": 1, "defaultVersion": 1},
    ),
    "ec2/placementGroup": (
        "{name}",
        _EC2 + "placement-group/{name}",
        {"placementGroupId": "pg-{hex17}"},
    ),
    "ec2/instance": ("i-{hex17}", _EC2 + "instance/i-{hex17}", {}),
    # machine learning
    "sagemaker/endpoint": ("{name}", _SM + "endpoint/{name}", {}),
    "sagemaker/endpointConfiguration": ("{name}", _SM + "endpoint-config/{name}", {}),
    "sagemaker/model": ("{name}", _SM + "model/{name}", {}),
    "sagemaker/featureGroup": ("{name}", _SM + "feature-group/{name}", {}),
    "sagemaker/pipeline": ("{name}", _SM + "pipeline/{name}", {}),
    "sagemaker/domain": (
        "d-{lower12}",
        _SM + "domain/d-{lower12}",
        {
            "url": "https://d-{lower12}.studio.{region}.sagemaker.aws",
            "homeEfsFileSystemId": "fs-{hex17}",
            "securityGroupIdForDomainBoundary": "sg-{hex17}",
            "singleSignOnApplicationArn": "",
            "singleSignOnManagedApplicationInstanceId": "",
        },
    ),
    "sagemaker/userProfile": (
        "{arn}",
        _SM + "user-profile/{domainId}/{name}",
        {"homeEfsFileSystemUid": "200005"},
    ),
    "sagemaker/space": (
        "{arn}",
        _SM + "space/{domainId}/{name}",
        {
            "homeEfsFileSystemUid": "200005",
            "url": "https://{domainId}.studio.{region}.sagemaker.aws/jupyterlab/default",
        },
    ),
    "sagemaker/app": ("{arn}", _SM + "app/{domainId}/{userProfileName}/{appType}/{appName}", {}),
    "sagemaker/modelPackageGroup": ("{name}", _SM + "model-package-group/{name}", {}),
    "sagemaker/modelPackageGroupPolicy": ("{modelPackageGroupName}", "", {}),
    "sagemaker/modelCard": ("{name}", _SM + "model-card/{name}", {}),
    "sagemaker/monitoringSchedule": ("{name}", _SM + "monitoring-schedule/{name}", {}),
    "sagemaker/dataQualityJobDefinition": ("{name}", _SM + "data-quality-job-definition/{name}", {}),
    "sagemaker/notebookInstance": (
        "{name}",
        _SM + "notebook-instance/{name}",
        {
            "url": "{name}-{lower}.notebook.{region}.sagemaker.aws",
            "networkInterfaceId": "eni-{hex17}",
        },
    ),
    "sagemaker/notebookInstanceLifecycleConfiguration": (
        "{name}",
        _SM + "notebook-instance-lifecycle-config/{name}",
        {},
    ),
    "sagemaker/studioLifecycleConfig": ("{name}", _SM + "studio-lifecycle-config/{name}", {}),
    "sagemaker/hub": ("{name}", _SM + "hub/{name}", {}),
    "sagemaker/image": ("{name}", _SM + "image/{name}", {}),
    "sagemaker/appImageConfig": ("{name}", _SM + "app-image-config/{name}", {}),
    "sagemaker/codeRepository": ("{name}", _SM + "code-repository/{name}", {}),
    "sagemaker/hyperParameterTuningJob": ("{name}", _SM + "hyper-parameter-tuning-job/{name}", {}),
    "sagemaker/trainingJob": ("{name}", _SM + "training-job/{name}", {}),
    "sagemaker/mlflowTrackingServer": (
        "{name}",
        _SM + "mlflow-tracking-server/{name}",
        {"trackingServerUrl": "https://t-{lower12}.{region}.experiments.sagemaker.aws"},
    ),
    "sagemaker/mlflowApp": ("{arn}", _SM + "mlflow-app/app-{upper10}", {}),
    "bedrock/guardrail": (
        "{lower12},DRAFT",
        "",
        {
            "guardrailId": "{lower12}",
            "guardrailArn": "arn:aws:bedrock:{region}:{account}:guardrail/{lower12}",
            "version": "DRAFT",
            "status": "READY",
        },
    ),
    "bedrock/guardrailVersion": ("{guardrailArn},1", "", {"version": "1"}),
    "bedrock/agentKnowledgeBase": (
        "{upper10}",
        "arn:aws:bedrock:{region}:{account}:knowledge-base/{upper10}",
        {},
    ),
    "bedrock/agentDataSource": (
        "{upper10},{knowledgeBaseId}",
        "",
        {"dataSourceId": "{upper10}"},
    ),
    "bedrock/agentPrompt": (
        "{upper10}",
        "arn:aws:bedrock:{region}:{account}:prompt/{upper10}",
        {"version": "DRAFT"},
    ),
    # scaling, events, workflows
    "appautoscaling/target": (
        "{resourceId}",
        "arn:aws:application-autoscaling:{region}:{account}:scalable-target/{lower12}",
        {
            "roleArn": _IAM + "role/aws-service-role/sagemaker.application-autoscaling"
            ".amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
        },
    ),
    "appautoscaling/policy": (
        "{name}",
        "arn:aws:autoscaling:{region}:{account}:scalingPolicy:{uuid}:resource/"
        "{serviceNamespace}/{resourceId}:policyName/{name}",
        {"alarmArns": []},
    ),
    "appautoscaling/scheduledAction": (
        "{name}-{serviceNamespace}-{resourceId}",
        "arn:aws:autoscaling:{region}:{account}:scheduledAction:{uuid}:resource/"
        "{serviceNamespace}/{resourceId}:scheduledActionName/{name}",
        {},
    ),
    "cloudwatch/logGroup": ("{name}", "arn:aws:logs:{region}:{account}:log-group:{name}", {}),
    "cloudwatch/logMetricFilter": ("{name}", "", {}),
    "cloudwatch/metricAlarm": (
        "{name}",
        "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
        {},
    ),
    "cloudwatch/compositeAlarm": (
        "{alarmName}",
        "arn:aws:cloudwatch:{region}:{account}:alarm:{alarmName}",
        {},
    ),
    "cloudwatch/dashboard": (
        "{dashboardName}",
        "",
        {"dashboardArn": "arn:aws:cloudwatch::{account}:dashboard/{dashboardName}"},
    ),
    "cloudwatch/eventRule": ("{name}", "arn:aws:events:{region}:{account}:rule/{name}", {}),
    "cloudwatch/eventTarget": ("{rule}-{lower}", "", {"targetId": "{lower}"}),
    "cloudwatch/eventBus": ("{name}", "arn:aws:events:{region}:{account}:event-bus/{name}", {}),
    "scheduler/schedule": (
        "default/{name}",
        "arn:aws:scheduler:{region}:{account}:schedule/default/{name}",
        {"groupName": "default"},
    ),
    "sfn/stateMachine": (
        "{arn}",
        "arn:aws:states:{region}:{account}:stateMachine:{name}",
        {"status": "ACTIVE"},
    ),
    "sns/topic": (
        "{arn}",
        "arn:aws:sns:{region}:{account}:{name}",
        {"owner": "{account}"},
    ),
    "sns/topicSubscription": ("{arn}", "{topic}:{uuid}", {"ownerId": "{account}"}),
    "sns/topicPolicy": ("{arn}", "", {"owner": "{account}"}),
    "sqs/queue": (
        "https://sqs.{region}.amazonaws.com/{account}/{name}",
        "arn:aws:sqs:{region}:{account}:{name}",
        {"url": "https://sqs.{region}.amazonaws.com/{account}/{name}"},
    ),
    "sqs/queuePolicy": ("{queueUrl}", "", {}),
    "lambda/function": (
        "{name}",
        "arn:aws:lambda:{region}:{account}:function:{name}",
        {"version": "$LATEST"},
    ),
    "batch/computeEnvironment": (
        "{name}",
        "arn:aws:batch:{region}:{account}:compute-environment/{name}",
        {"status": "VALID"},
    ),
    "batch/jobQueue": ("{arn}", "arn:aws:batch:{region}:{account}:job-queue/{name}", {}),
    "batch/jobDefinition": (
        "{arn}",
        "arn:aws:batch:{region}:{account}:job-definition/{name}:1",
        {"revision": 1, "arnPrefix": "arn:aws:batch:{region}:{account}:job-definition/{name}"},
    ),
    # governance and cost
    "budgets/budget": ("{account}:{name}", "arn:aws:budgets::{account}:budget/{name}", {}),
    "budgets/budgetAction": (
        "{account}:{uuid}:{budgetName}",
        "arn:aws:budgets::{account}:budget/{budgetName}/action/{uuid}",
        {"actionId": "{uuid}", "status": "STANDBY"},
    ),
    "costexplorer/anomalyMonitor": ("{arn}", "arn:aws:ce::{account}:anomalymonitor/{uuid}", {}),
    "costexplorer/anomalySubscription": (
        "{arn}",
        "arn:aws:ce::{account}:anomalysubscription/{uuid}",
        {},
    ),
    "cloudtrail/trail": (
        "{arn}",
        "arn:aws:cloudtrail:{region}:{account}:trail/{name}",
        {"homeRegion": "{region}"},
    ),
    "grafana/workspace": (
        "g-{hex10}",
        "arn:aws:grafana:{region}:{account}:/workspaces/g-{hex10}",
        {"endpoint": "g-{hex10}.grafana-workspace.{region}.amazonaws.com"},
    ),
    "opensearch/serverlessCollection": (
        "{lower}",
        "arn:aws:aoss:{region}:{account}:collection/{lower}",
        {"collectionEndpoint": "https://{lower}.{region}.aoss.amazonaws.com"},
    ),
    "opensearch/serverlessSecurityPolicy": ("{name}", "", {}),
    "opensearch/serverlessAccessPolicy": ("{name}", "", {}),
    "ram/resourceShare": ("{arn}", "arn:aws:ram:{region}:{account}:resource-share/{uuid}", {}),
    "ram/principalAssociation": ("{resourceShareArn},{principal}", "", {}),
    "ram/resourceAssociation": ("{resourceShareArn},{resourceArn}", "", {}),
    "servicequotas/serviceQuota": (
        "{serviceCode}/{quotaCode}",
        "arn:aws:servicequotas:{region}:{account}:{serviceCode}/{quotaCode}",
        {},
    ),
    "route53/zone": ("Z{upper20}", "arn:aws:route53:::hostedzone/Z{upper20}", {}),
}
"""Type → (id, ARN, further outputs), as templates over inputs and made-up ids."""
