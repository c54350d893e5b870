"""What each duty may do on AWS: the statements of its role's policy, no action and no resource more than it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from components.base import Component
from components.catalog import NoImage, image, images
from components.clouds.aws import AwsPlace, Bucket, Role, ecr_repository, stem
from components.clouds.aws_key import USE
from components.clouds.aws_network import Network
from components.clouds.aws_policies import Statement, allow

__all__ = ["JOB_STEM", "LIST", "PULL", "READ", "RELEASE_STEM", "WRITE", "Means", "Rights", "bucket_access"]

# characters that a run's, and a release's, name leaves for the stack's and the component's
JOB_STEM, RELEASE_STEM = 30, 36

READ = ["s3:GetObject", "s3:GetObjectVersion"]
WRITE = [*READ, "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]
LIST = ["s3:GetBucketLocation", "s3:ListBucket"]
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUSH = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
# services whose actions know no resource: only `*` is accepted
ANY = "*"


@dataclass(frozen=True)
class Means:
    """What the roles' permissions are about."""

    key_arn: pulumi.Output[str]
    artifacts: Bucket
    data: Bucket
    repository_arns: list[pulumi.Output[str]]
    secret_arns: list[pulumi.Output[str]]
    log_group_arn: pulumi.Output[str]
    network: Network


def bucket_access(sid: str, bucket: Bucket, actions: list[str], *paths: str) -> list[Statement]:
    """Statements to use the objects under the paths (all, where there is none), and to list the bucket."""
    objects = [bucket.objects(path) for path in paths or ("",)]
    return [allow(f"{sid}Objects", actions, objects), allow(f"{sid}List", LIST, bucket.arn)]


def _framework_repositories(place: AwsPlace, use: Literal["training", "hosting"]) -> Iterator[str]:
    for runtime, served, processor, version in images("aws"):
        if served == use:
            with suppress(NoImage):  # a region may have some runtimes and not others
                found = image("aws", place.region, runtime, use, processor == "gpu", version)
                account, repository = ecr_repository(found.uri)
                yield place.arn("ecr", f"repository/{repository}", account=account)


class Rights:
    """Writes the statements of each duty; what they all speak of is kept here."""

    def __init__(self, owner: Component, place: AwsPlace, means: Means) -> None:
        self.owner, self.place, self.means = owner, place, means

    def train(self) -> list[Statement]:
        """Reads the data, writes what a run makes."""
        means = self.means
        jobs = self.place.arn("logs", "log-group:/aws/sagemaker/TrainingJobs")
        return [
            *bucket_access("Data", means.data, READ),
            *bucket_access("Artifacts", means.artifacts, WRITE, "training/", "checkpoints/", "tmp/"),
            *self._container(jobs, "/aws/sagemaker/TrainingJobs"),
            *self._framework_images("training"),
            *self._secrets(),
        ]

    def serve(self) -> list[Statement]:
        """Reads what was trained."""
        endpoints = self.place.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{stem(self.owner.context, 63)}*")
        return [
            *bucket_access("Artifacts", self.means.artifacts, READ, "training/", "models/", "bootstrap/"),
            *self._container(endpoints, "/aws/sagemaker/Endpoints"),
            *self._framework_images("hosting"),
        ]

    def pipeline(self, train: Role, serve: Role) -> list[Statement]:
        """Starts jobs with the train role, and puts versions into service with the serve role."""
        return [
            *self._runs(),
            *self._releases(),
            *self._scaling(),
            allow(
                "PassRoles",
                ["iam:PassRole"],
                [train.arn, serve.arn],
                when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            ),
            # Source: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
            allow(
                "WriteLog",
                [
                    "logs:CreateLogDelivery",
                    "logs:DeleteLogDelivery",
                    "logs:DescribeLogGroups",
                    "logs:DescribeResourcePolicies",
                    "logs:GetLogDelivery",
                    "logs:ListLogDeliveries",
                    "logs:PutResourcePolicy",
                    "logs:UpdateLogDelivery",
                ],
                ANY,
            ),
            *self._key(),
        ]

    def submit(self) -> list[Statement]:
        """Starts and follows what the pipeline role then does; brings data and images."""
        means, stack = self.means, stem(self.owner.context, 80)
        machines = self.place.arn("states", f"stateMachine:{stack}*")
        executions = self.place.arn("states", f"execution:{stack}*")
        jobs = self.place.arn("sagemaker", f"training-job/{stem(self.owner.context, JOB_STEM)}*")
        endpoints = self.place.arn("sagemaker", f"endpoint/{stem(self.owner.context, 63)}*")
        log = pulumi.Output.concat(means.log_group_arn, ":*")
        seen = ["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"]
        return [
            allow("Start", ["states:DescribeStateMachine", "states:ListExecutions", "states:StartExecution"], machines),
            allow("Follow", seen, executions),
            allow("SeeJobs", ["sagemaker:DescribeTrainingJob"], jobs),
            allow("Call", ["sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"], endpoints),
            allow("SeeLog", ["logs:FilterLogEvents", "logs:GetLogEvents"], log),
            *bucket_access("Data", means.data, WRITE),
            *bucket_access("Artifacts", means.artifacts, WRITE),
            *self._images(PUSH),
            *self._key(),
        ]

    def _container(self, log_groups: str, namespace: str) -> list[Statement]:
        """
        What any job or model of SageMaker needs: its image, its log, its metrics, its network interface, the key.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
        """
        return [
            *self._images([]),
            allow(
                "Log",
                ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                [log_groups, f"{log_groups}:log-stream:*"],
            ),
            allow(
                "Metrics",
                ["cloudwatch:PutMetricData"],
                ANY,
                when={"StringEquals": {"cloudwatch:namespace": namespace}},
            ),
            *self._interfaces(),
            *self._key(),
        ]

    def _images(self, more: list[str]) -> list[Statement]:
        own = self.means.repository_arns
        found = [allow("RegistryLogin", ["ecr:GetAuthorizationToken"], ANY)]
        return [*found, allow("Images", [*PULL, *more], own)] if own else found

    def _framework_images(self, use: Literal["training", "hosting"]) -> list[Statement]:
        """AWS's own images, of which a runtime is one."""
        arns = sorted(set(_framework_repositories(self.place, use)))
        return [allow("FrameworkImages", PULL, arns)] if arns else []

    def _interfaces(self) -> list[Statement]:
        net, place = self.means.network, self.place
        interfaces = place.arn("ec2", "network-interface/*")
        where: list[Any] = [pulumi.Output.concat(place.arn("ec2", "subnet/"), i) for i in net.subnet_ids]
        where += [pulumi.Output.concat(place.arn("ec2", "security-group/"), i) for i in net.security_group_ids]
        inside = {"ArnEquals": {"ec2:Vpc": pulumi.Output.concat(place.arn("ec2", "vpc/"), net.vpc_id)}}
        return [
            allow("Interface", ["ec2:CreateNetworkInterface"], [interfaces, *where]),
            allow(
                "InterfaceUse",
                [
                    "ec2:CreateNetworkInterfacePermission",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DeleteNetworkInterfacePermission",
                ],
                interfaces,
                when=inside,
            ),
            allow(
                "SeeNetwork",
                [
                    "ec2:DescribeDhcpOptions",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeVpcs",
                ],
                ANY,
            ),
        ]

    def _key(self) -> list[Statement]:
        key = self.means.key_arn
        return [
            allow("Key", USE, key),
            # for the volumes of a machine
            allow("KeyGrant", ["kms:CreateGrant"], key, when={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        ]

    def _secrets(self) -> list[Statement]:
        arns = self.means.secret_arns
        return [allow("Secrets", ["secretsmanager:GetSecretValue"], arns)] if arns else []

    def _runs(self) -> list[Statement]:
        """Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html#sagemaker-iam"""
        jobs = self.place.arn("sagemaker", f"training-job/{stem(self.owner.context, JOB_STEM)}*")
        rule = self.place.arn("events", "rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule")
        return [
            allow(
                "Runs",
                [
                    "sagemaker:AddTags",
                    "sagemaker:CreateTrainingJob",
                    "sagemaker:DescribeTrainingJob",
                    "sagemaker:ListTags",
                    "sagemaker:StopTrainingJob",
                ],
                jobs,
            ),
            allow("RunEnds", ["events:DescribeRule", "events:PutRule", "events:PutTargets"], rule),
        ]

    def _releases(self) -> list[Statement]:
        context, arn = self.owner.context, self.place.arn
        short, whole = stem(context, RELEASE_STEM), stem(context, 63)
        packages = [arn("sagemaker", f"model-package/{whole}*")]
        packages += [
            arn("sagemaker", f"model-package/{context.blueprint}-{environment}-*", account=account)
            for environment, account in sorted(self.place.peers.items())
        ]
        return [
            allow("Versions", ["sagemaker:DescribeModelPackage"], packages),
            allow("Models", ["sagemaker:AddTags", "sagemaker:CreateModel"], arn("sagemaker", f"model/{short}*")),
            allow(
                "Configurations",
                [
                    "sagemaker:AddTags",
                    "sagemaker:CreateEndpointConfig",
                    "sagemaker:DescribeEndpointConfig",
                    "sagemaker:UpdateEndpoint",
                ],
                arn("sagemaker", f"endpoint-config/{short}*"),
            ),
            allow(
                "Endpoints",
                [
                    "sagemaker:DescribeEndpoint",
                    "sagemaker:UpdateEndpoint",
                    "sagemaker:UpdateEndpointWeightsAndCapacities",
                ],
                arn("sagemaker", f"endpoint/{whole}*"),
            ),
        ]

    def _scaling(self) -> list[Statement]:
        """
        To take the autoscaler off an endpoint while its machines change, and put it back.

        Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html
        """
        alarms = self.place.arn("cloudwatch", f"alarm:TargetTracking-endpoint/{stem(self.owner.context, 63)}*")
        return [
            allow(
                "Scaling",
                [
                    "application-autoscaling:DeregisterScalableTarget",
                    "application-autoscaling:PutScalingPolicy",
                    "application-autoscaling:RegisterScalableTarget",
                    "application-autoscaling:TagResource",
                ],
                self.place.arn("application-autoscaling", "scalable-target/*"),
                when={"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}},
            ),
            allow(
                "ScalingAlarms",
                ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"],
                alarms,
            ),
        ]
