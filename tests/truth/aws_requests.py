"""From a planned AWS resource to the API requests that create it, so that the API's own model can judge them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.truth.aws_request_parts import Inputs, Request
from tests.truth.aws_request_parts import pascal as _pascal
from tests.truth.aws_request_parts import tags as _tags
from tests.truth.aws_request_parts import without as _without
from tests.truth.aws_start_requests import STARTS_AND_STUDIO
from tests.truth.aws_watch_requests import WATCH

__all__ = ["REQUESTS", "requests"]


def _sagemaker(
    operation: str, name: str, own: str, *plain: str, **renames: str
) -> Callable[[Inputs], Iterator[Request]]:
    """A SageMaker resource, whose inputs are the request's members but for its name and tags."""

    def requests(inputs: Inputs) -> Iterator[Request]:
        body = _pascal(_without(inputs, name, "namePrefix", "tags", *plain), renames)
        for key in plain:  # maps whose keys are the user's
            if key in inputs:
                body[key[0].upper() + key[1:]] = inputs[key]
        named = inputs.get(name) or f"{inputs.get('namePrefix', 'made')}{'0' * 26}"
        tags = {"Tags": _tags(inputs)} if "tags" in inputs else {}
        yield "sagemaker", operation, {own: named, **body, **tags}

    return requests


def _model(inputs: Inputs) -> Iterator[Request]:
    container = dict(inputs["primaryContainer"])
    environment = container.pop("environment")
    body = _pascal(_without(inputs, "name", "tags", "primaryContainer"))
    body["PrimaryContainer"] = {**_pascal(container), "Environment": environment}
    yield "sagemaker", "CreateModel", {"ModelName": inputs.get("name", "made"), **body, "Tags": _tags(inputs)}


def _role(inputs: Inputs) -> Iterator[Request]:
    body = _pascal(_without(inputs, "name", "assumeRolePolicy", "tags"))
    trust = {"RoleName": inputs["name"], "AssumeRolePolicyDocument": inputs["assumeRolePolicy"]}
    yield "iam", "CreateRole", {**body, **trust, "Tags": _tags(inputs)}


def _role_policy(inputs: Inputs) -> Iterator[Request]:
    body = {"RoleName": inputs["role"], "PolicyName": inputs.get("name", "made"), "PolicyDocument": inputs["policy"]}
    yield "iam", "PutRolePolicy", body


def _key(inputs: Inputs) -> Iterator[Request]:
    tags = _tags(inputs, "TagKey", "TagValue")
    yield "kms", "CreateKey", {"Description": inputs["description"], "Policy": inputs["policy"], "Tags": tags}
    days = {"RotationPeriodInDays": inputs["rotationPeriodInDays"]}
    yield "kms", "EnableKeyRotation", {"KeyId": "0" * 36, **days}
    pending = {"PendingWindowInDays": inputs["deletionWindowInDays"]}
    yield "kms", "ScheduleKeyDeletion", {"KeyId": "0" * 36, **pending}


def _bucket(inputs: Inputs) -> Iterator[Request]:
    yield "s3", "CreateBucket", {"Bucket": inputs["bucket"]}
    yield "s3", "PutBucketTagging", {"Bucket": inputs["bucket"], "Tagging": {"TagSet": _tags(inputs)}}


def _lifecycle(inputs: Inputs) -> Iterator[Request]:
    rules = _pascal(inputs["rules"], {"id": "ID"})
    yield (
        "s3",
        "PutBucketLifecycleConfiguration",
        {
            "Bucket": inputs["bucket"],
            "LifecycleConfiguration": {"Rules": rules},
        },
    )


def _s3(operation: str, member: str, key: str, **renames: str) -> Callable[[Inputs], Iterator[Request]]:
    def requests(inputs: Inputs) -> Iterator[Request]:
        value = inputs[key]
        body = {"Rules": _pascal([value] if key == "rule" else value, renames)} if key in ("rule", "rules") else None
        yield "s3", operation, {"Bucket": inputs["bucket"], member: body or _pascal(value, renames)}

    return requests


def _bucket_logging(inputs: Inputs) -> Iterator[Request]:
    enabled = {"TargetBucket": inputs["targetBucket"], "TargetPrefix": inputs["targetPrefix"]}
    yield "s3", "PutBucketLogging", {"Bucket": inputs["bucket"], "BucketLoggingStatus": {"LoggingEnabled": enabled}}


def _public_access(inputs: Inputs) -> Iterator[Request]:
    block = _pascal(_without(inputs, "bucket"))
    yield "s3", "PutPublicAccessBlock", {"Bucket": inputs["bucket"], "PublicAccessBlockConfiguration": block}


def _topic_policy(inputs: Inputs) -> Iterator[Request]:
    body = {"TopicArn": inputs["arn"], "AttributeName": "Policy", "AttributeValue": inputs["policy"]}
    yield "sns", "SetTopicAttributes", body


def _object(inputs: Inputs) -> Iterator[Request]:
    yield (
        "s3",
        "PutObject",
        {
            "Bucket": inputs["bucket"],
            "Key": inputs["key"],
            "Body": inputs["contentBase64"],
            "ContentType": inputs["contentType"],
            "ServerSideEncryption": inputs["serverSideEncryption"],
            "SSEKMSKeyId": inputs["kmsKeyId"],
        },
    )


def _ec2_tags(inputs: Inputs, kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": _tags(inputs)}]


def _ec2(operation: str, kind: str, *dropped: str, **renames: str) -> Callable[[Inputs], Iterator[Request]]:
    def requests(inputs: Inputs) -> Iterator[Request]:
        body = _pascal(_without(inputs, "tags", *dropped), renames)
        yield "ec2", operation, {**body, "TagSpecifications": _ec2_tags(inputs, kind)}

    return requests


def _rule(operation: str) -> Callable[[Inputs], Iterator[Request]]:
    def requests(inputs: Inputs) -> Iterator[Request]:
        allowed: dict[str, Any] = {"IpProtocol": inputs["ipProtocol"]}
        for key, name in (("fromPort", "FromPort"), ("toPort", "ToPort")):
            if key in inputs:
                allowed[name] = inputs[key]
        about = {"Description": inputs["description"]}
        if "cidrIpv4" in inputs:
            allowed["IpRanges"] = [{"CidrIp": inputs["cidrIpv4"], **about}]
        if "prefixListId" in inputs:
            allowed["PrefixListIds"] = [{"PrefixListId": inputs["prefixListId"], **about}]
        if "referencedSecurityGroupId" in inputs:
            allowed["UserIdGroupPairs"] = [{"GroupId": inputs["referencedSecurityGroupId"], **about}]
        tags = {"TagSpecifications": _ec2_tags(inputs, "security-group-rule")}
        yield "ec2", operation, {"GroupId": inputs["securityGroupId"], "IpPermissions": [allowed], **tags}

    return requests


def _flow_log(inputs: Inputs) -> Iterator[Request]:
    body = _pascal(_without(inputs, "vpcId", "tags"))
    which = {"ResourceType": "VPC", "ResourceIds": [inputs["vpcId"]]}
    yield "ec2", "CreateFlowLogs", {**body, **which, "TagSpecifications": _ec2_tags(inputs, "vpc-flow-log")}


def _repository(inputs: Inputs) -> Iterator[Request]:
    yield (
        "ecr",
        "CreateRepository",
        {
            "repositoryName": inputs["name"],
            "imageTagMutability": inputs["imageTagMutability"],
            "imageScanningConfiguration": inputs["imageScanningConfiguration"],
            "encryptionConfiguration": inputs["encryptionConfigurations"][0],
            "tags": _tags(inputs),
        },
    )


def _log_group(inputs: Inputs) -> Iterator[Request]:
    group = {"logGroupName": inputs["name"]}
    yield "logs", "CreateLogGroup", {**group, "kmsKeyId": inputs["kmsKeyId"], "tags": inputs["tags"]}
    yield "logs", "PutRetentionPolicy", {**group, "retentionInDays": inputs["retentionInDays"]}


def _trail(inputs: Inputs) -> Iterator[Request]:
    renames = {"cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn", "startsWiths": "StartsWith"}
    body = _pascal(_without(inputs, "tags", "advancedEventSelectors"), renames)
    tags = {"TagsList": _tags(inputs)}
    yield "cloudtrail", "CreateTrail", {**body, **tags}
    selectors = _pascal(inputs["advancedEventSelectors"], renames)
    yield "cloudtrail", "PutEventSelectors", {"TrailName": inputs["name"], "AdvancedEventSelectors": selectors}


def _machine(inputs: Inputs) -> Iterator[Request]:
    log = inputs["loggingConfiguration"]
    yield (
        "stepfunctions",
        "CreateStateMachine",
        {
            "name": inputs["name"],
            "definition": inputs["definition"],
            "roleArn": inputs["roleArn"],
            "type": inputs["type"],
            "encryptionConfiguration": inputs["encryptionConfiguration"],
            "loggingConfiguration": {
                "level": log["level"],
                "includeExecutionData": log["includeExecutionData"],
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": log["logDestination"]}}],
            },
            "tags": _tags(inputs, "key", "value"),
        },
    )


def _target(inputs: Inputs) -> Iterator[Request]:
    body = {**_pascal(_without(inputs, "tags")), "Tags": inputs["tags"]}
    yield "application-autoscaling", "RegisterScalableTarget", body


def _policy(inputs: Inputs) -> Iterator[Request]:
    body = _pascal(_without(inputs, "name"))
    for step in body.get("StepScalingPolicyConfiguration", {}).get("StepAdjustments", []):
        step |= {key: float(value) for key, value in step.items() if key.startswith("MetricInterval")}  # text, there
    yield "application-autoscaling", "PutScalingPolicy", {"PolicyName": inputs["name"], **body}


def _scheduled_action(inputs: Inputs) -> Iterator[Request]:
    body = _pascal(_without(inputs, "name"))
    yield "application-autoscaling", "PutScheduledAction", {"ScheduledActionName": inputs["name"], **body}


def _cloud_control(inputs: Inputs) -> Iterator[Request]:
    """What CloudFormation calls a type is made by the API call of the same members."""
    kind = inputs["typeName"].removeprefix("AWS::SageMaker::")
    assert kind in ("EndpointConfig", "FeatureGroup", "InferenceComponent"), kind
    yield "sagemaker", f"Create{kind}", json.loads(inputs["desiredState"])


def _mlflow_app(inputs: Inputs) -> Iterator[Request]:
    yield "sagemaker", "CreateMlflowApp", {**_pascal(_without(inputs, "tags")), "Tags": _tags(inputs)}


def _workgroup(inputs: Inputs) -> Iterator[Request]:
    renames = {
        "enforceWorkgroupConfiguration": "EnforceWorkGroupConfiguration",
        "publishCloudwatchMetricsEnabled": "PublishCloudWatchMetricsEnabled",
        "kmsKeyArn": "KmsKey",
    }
    settings = _pascal(inputs["configuration"], renames)
    body = {"Name": inputs["name"], "Description": inputs["description"], "Configuration": settings}
    yield "athena", "CreateWorkGroup", {**body, "Tags": _tags(inputs)}


def _catalog_database(inputs: Inputs) -> Iterator[Request]:
    names = {"createTableDefaultPermissions": "CreateTableDefaultPermissions"}
    body = _pascal(_without(inputs, "tags"), names)
    yield "glue", "CreateDatabase", {"DatabaseInput": body, "Tags": inputs["tags"]}


def _catalog_table(inputs: Inputs) -> Iterator[Request]:
    storage = dict(inputs["storageDescriptor"])
    serde = dict(storage.pop("serDeInfo"))
    parameters = serde.pop("parameters")
    storage = {**_pascal(storage), "SerdeInfo": {**_pascal(serde), "Parameters": parameters}}
    table = {
        **_pascal(_without(inputs, "databaseName", "parameters", "storageDescriptor")),
        "StorageDescriptor": storage,
    }
    yield (
        "glue",
        "CreateTable",
        {"DatabaseName": inputs["databaseName"], "TableInput": {**table, "Parameters": inputs["parameters"]}},
    )


def _schedule(inputs: Inputs) -> Iterator[Request]:
    yield "scheduler", "CreateSchedule", _pascal(inputs)


def _one(service: str, operation: str, **members: str) -> Callable[[Inputs], Iterator[Request]]:
    """A request whose members are inputs, named in `members`."""

    def requests(inputs: Inputs) -> Iterator[Request]:
        body = {member: inputs[key] for member, key in members.items() if key in inputs}
        if "tags" in inputs:
            body["Tags"] = _tags(inputs)
        yield service, operation, body

    return requests


def _nothing(_inputs: Inputs) -> Iterator[Request]:
    """A setting of a VPC's own group, which no call creates."""
    yield from ()


REQUESTS: Mapping[str, Callable[[Inputs], Iterator[Request]]] = {
    **STARTS_AND_STUDIO,
    **WATCH,
    "aws:athena/workgroup:Workgroup": _workgroup,
    "aws:cloudcontrol/resource:Resource": _cloud_control,
    "aws:glue/catalogDatabase:CatalogDatabase": _catalog_database,
    "aws:glue/catalogTable:CatalogTable": _catalog_table,
    "aws:sagemaker/mlflowApp:MlflowApp": _mlflow_app,
    "aws:scheduler/schedule:Schedule": _schedule,
    "aws:appautoscaling/policy:Policy": _policy,
    "aws:appautoscaling/scheduledAction:ScheduledAction": _scheduled_action,
    "aws:appautoscaling/target:Target": _target,
    "aws:cloudtrail/trail:Trail": _trail,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _nothing,
    "aws:ec2/flowLog:FlowLog": _flow_log,
    "aws:ec2/routeTable:RouteTable": _ec2("CreateRouteTable", "route-table"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _one(
        "ec2", "AssociateRouteTable", SubnetId="subnetId", RouteTableId="routeTableId"
    ),
    "aws:ec2/securityGroup:SecurityGroup": _ec2("CreateSecurityGroup", "security-group", name="GroupName"),
    "aws:ec2/subnet:Subnet": _ec2("CreateSubnet", "subnet", "mapPublicIpOnLaunch"),
    "aws:ec2/vpc:Vpc": _ec2("CreateVpc", "vpc", "enableDnsSupport", "enableDnsHostnames"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2("CreateVpcEndpoint", "vpc-endpoint", policy="PolicyDocument"),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": _one(
        "ecr", "PutLifecyclePolicy", repositoryName="repository", lifecyclePolicyText="policy"
    ),
    "aws:ecr/repository:Repository": _repository,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _one(
        "ecr", "SetRepositoryPolicy", repositoryName="repository", policyText="policy"
    ),
    "aws:iam/role:Role": _role,
    "aws:iam/policy:Policy": _one(
        "iam", "CreatePolicy", PolicyName="name", PolicyDocument="policy", Description="description"
    ),
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _one(
        "iam", "AttachRolePolicy", RoleName="role", PolicyArn="policyArn"
    ),
    "aws:kms/alias:Alias": _one("kms", "CreateAlias", AliasName="name", TargetKeyId="targetKeyId"),
    "aws:kms/grant:Grant": _one(
        "kms", "CreateGrant", Name="name", KeyId="keyId", GranteePrincipal="granteePrincipal", Operations="operations"
    ),
    "aws:kms/key:Key": _key,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:sagemaker/modelCard:ModelCard": _sagemaker("CreateModelCard", "modelCardName", "ModelCardName"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _lifecycle,
    "aws:s3/bucketLogging:BucketLogging": _bucket_logging,
    "aws:s3/bucketObjectv2:BucketObjectv2": _object,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _s3(
        "PutBucketOwnershipControls", "OwnershipControls", "rule"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _one("s3", "PutBucketPolicy", Bucket="bucket", Policy="policy"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _public_access,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _s3(
        "PutBucketEncryption",
        "ServerSideEncryptionConfiguration",
        "rules",
        sseAlgorithm="SSEAlgorithm",
        kmsMasterKeyId="KMSMasterKeyID",
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _s3(
        "PutBucketVersioning", "VersioningConfiguration", "versioningConfiguration"
    ),
    "aws:sagemaker/endpoint:Endpoint": _sagemaker("CreateEndpoint", "name", "EndpointName"),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _sagemaker(
        "CreateEndpointConfig",
        "name",
        "EndpointConfigName",
        kmsKeyArn="KmsKeyId",
        memorySizeInMb="MemorySizeInMB",
    ),
    "aws:sagemaker/model:Model": _model,
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": _sagemaker(
        "CreateModelPackageGroup", "modelPackageGroupName", "ModelPackageGroupName"
    ),
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": _one(
        "sagemaker",
        "PutModelPackageGroupPolicy",
        ModelPackageGroupName="modelPackageGroupName",
        ResourcePolicy="resourcePolicy",
    ),
    "aws:secretsmanager/secret:Secret": _one(
        "secretsmanager", "CreateSecret", Name="name", Description="description", KmsKeyId="kmsKeyId"
    ),
    "aws:sfn/stateMachine:StateMachine": _machine,
    "aws:sns/topic:Topic": _one("sns", "CreateTopic", Name="name"),
    "aws:sns/topicPolicy:TopicPolicy": _topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": _one(
        "sns", "Subscribe", TopicArn="topic", Protocol="protocol", Endpoint="endpoint"
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule("AuthorizeSecurityGroupEgress"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule("AuthorizeSecurityGroupIngress"),
}


def requests(kind: str, inputs: Inputs) -> list[Request]:
    """
    Service, operation and body of each request that creates the resource.

    Raises:
        KeyError: The type has no line above.
    """
    return list(REQUESTS[kind](inputs))
