"""The AWS services that a stack reaches from inside its network, and what may be called through the way to each."""

from __future__ import annotations

__all__ = [
    "FEATURE_SERVICES",
    "NOTEBOOK_SERVICES",
    "QUEUE_SERVICES",
    "S3_ACTIONS",
    "SERVICES",
    "TRACKING_SERVICES",
    "endpoint_service",
]

# What may be called through each interface endpoint, by whoever of the account has the right.
SERVICES: dict[str, list[str]] = {
    "ecr.api": [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:DescribeRepositories",
        "ecr:GetAuthorizationToken",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:ListImages",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ],
    "ecr.dkr": [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:GetAuthorizationToken",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ],
    "events": ["events:PutEvents"],
    "kms": [
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
    ],
    "logs": [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:PutLogEvents",
    ],
    "monitoring": [
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:ListMetrics",
        "cloudwatch:PutMetricData",
    ],
    "sagemaker.api": [
        "sagemaker:AddTags",
        "sagemaker:CreateModelPackage",
        "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeEndpointConfig",
        "sagemaker:DescribeModel",
        "sagemaker:DescribeModelPackage",
        "sagemaker:DescribeModelPackageGroup",
        "sagemaker:DescribeTrainingJob",
        "sagemaker:ListModelPackages",
        "sagemaker:ListTags",
        "sagemaker:ListTrainingJobs",
        "sagemaker:UpdateModelPackage",
    ],
    "sagemaker.runtime": ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
    "secretsmanager": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
    "states": [
        "states:DescribeExecution",
        "states:DescribeStateMachine",
        "states:GetExecutionHistory",
        "states:ListExecutions",
        "states:StartExecution",
        "states:StopExecution",
    ],
    "sts": ["sts:AssumeRole", "sts:GetCallerIdentity"],
}
# Those that only some stacks use.
FEATURE_SERVICES: dict[str, list[str]] = {
    "sagemaker.featurestore-runtime": ["sagemaker:BatchGetRecord", "sagemaker:GetRecord", "sagemaker:PutRecord"],
}
QUEUE_SERVICES: dict[str, list[str]] = {
    "sagemaker.runtime": [*SERVICES["sagemaker.runtime"], "sagemaker:InvokeEndpointAsync"],
}
TRACKING_SERVICES: dict[str, list[str]] = {"sagemaker.experiments": ["sagemaker:CallMlflowAppApi"]}
# Source: https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html
NOTEBOOK_SERVICES: dict[str, list[str]] = {
    "sagemaker.api": sorted(
        {
            *SERVICES["sagemaker.api"],
            "sagemaker:CreateApp",
            "sagemaker:CreatePresignedDomainUrl",
            "sagemaker:DeleteApp",
            "sagemaker:DescribeApp",
            "sagemaker:DescribeDomain",
            "sagemaker:DescribeSpace",
            "sagemaker:DescribeUserProfile",
            "sagemaker:ListApps",
            "sagemaker:ListSpaces",
            "sagemaker:UpdateSpace",
        }
    ),
    "sagemaker.studio": ["sagemaker:CreatePresignedDomainUrl"],
}
NOT_OF_DOMAIN = (*TRACKING_SERVICES, "sagemaker.studio")


def endpoint_service(region: str, service: str) -> str:
    """
    Name that an interface endpoint is asked for by; MLflow's and Studio's do not begin with AWS's domain.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-private-link.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html
    """
    if service in NOT_OF_DOMAIN:
        return f"aws.sagemaker.{region}.{service.removeprefix('sagemaker.')}"
    return f"com.amazonaws.{region}.{service}"


S3_ACTIONS = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
]
