"""What each duty may do on AWS: the statements of its role's policy, no action and no resource more than it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

import pulumi

from components.base import Component
from components.catalog import NoImage, image, images
from components.clouds.aws.ground import AwsPlace, Bucket, Role, ecr_repository
from components.clouds.aws.key import USE
from components.clouds.aws.network import Network
from components.clouds.aws.policies import Statement, allow, own_account
from components.clouds.aws.reach import LIST, PULL, READ, RUNS, WRITE, bucket_access
from components.clouds.aws.scaling_rights import scaling
from components.fields import SERVERS

__all__ = ["ANY", "JOB_STEM", "RELEASE_STEM", "SCORE_ROLE", "SCORE_STEM", "Means", "Rights", "write_log"]

# characters that a run's, and a release's, name leaves for the stack's and the component's
JOB_STEM, RELEASE_STEM = 30, 36
SCORE_STEM = 36
SCORE_ROLE = "score"  # last part of the name of each batch job's role

PUSH = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
# services whose actions know no resource: only `*` is accepted
ANY = "*"


@dataclass(frozen=True)
class Means:
    """
    What the roles' permissions are about.

    Attributes:
        key_arn: Customer-managed key.
        artifacts, data: Stores.
        repositories: ARN pattern of the stack's own image repositories.
        secrets: Likewise of its secrets; None where it has none. A policy that listed them one by one would be too
            long for IAM.
        log_group_arn: Where state machines write what they do.
        network: Where jobs and models run.
    """

    key_arn: pulumi.Output[str]
    artifacts: Bucket
    data: Bucket
    repositories: str
    secrets: str | None
    log_group_arn: pulumi.Output[str]
    network: Network


def write_log() -> Statement:
    """
    What the role of a state machine needs so that it logs.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """
    return allow(
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
    )


def _framework_repositories(place: AwsPlace, use: Literal["training", "hosting"]) -> Iterator[str]:
    for runtime, served, processor, version in images("aws"):
        if served == use and runtime not in SERVERS:  # an endpoint of one is granted it by itself
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
            *bucket_access("Artifacts", means.artifacts, WRITE, *RUNS),
            allow("Code", READ, means.artifacts.objects("code/")),
            *self._container(jobs, "/aws/sagemaker/TrainingJobs"),
            *self._framework_images("training"),
            *self._secrets(),
            self._own_metrics(),
        ]

    def serve(self) -> list[Statement]:
        """Reads what was trained."""
        endpoints = self.place.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{self.owner.context.start(63)}*")
        return [
            *bucket_access("Artifacts", self.means.artifacts, READ, "training/", "models/", "bootstrap/"),
            *self._container(endpoints, "/aws/sagemaker/Endpoints"),
            *self._framework_images("hosting"),
            # the role of the models is what a guarded update looks at alarms with. Source:
            # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
            allow("Alarms", ["cloudwatch:DescribeAlarms"], self._alarms()),
        ]

    def score(self, models: str) -> list[Statement]:
        """What any batch job may: its image, its model's files, its log; what it reads and writes is each one's own."""
        jobs = self.place.arn("logs", "log-group:/aws/sagemaker/TransformJobs")
        return [
            *bucket_access("Artifacts", self.means.artifacts, READ, "training/", "models/"),
            allow("ModelObjects", READ, f"{models}/*"),
            allow("ModelList", LIST, models),
            *self._container(jobs, "/aws/sagemaker/TransformJobs"),
            *self._framework_images("hosting"),
        ]

    def notebook(self, logs: str) -> list[Statement]:
        """What any notebook needs: its log, its network interface, the key."""
        return self._container(logs, "/aws/sagemaker/Studio")

    def captures(self) -> list[Statement]:
        """Writes what endpoints record."""
        buckets = self._captures()
        return [
            allow("Capture", ["s3:AbortMultipartUpload", "s3:PutObject"], f"{buckets}/*", when=own_account(self.place)),
            allow("CaptureBucket", ["s3:GetBucketLocation"], buckets, when=own_account(self.place)),
        ]

    def pipeline(self, train: Role, serve: Role) -> list[Statement]:
        """Starts jobs with the train role, and puts versions into service with the serve role."""
        return [
            *self._runs(),
            *self._releases(),
            *self._guards(),
            *scaling(self.owner, self.place),
            allow(
                "PassRoles",
                ["iam:PassRole"],
                [train.arn, serve.arn],
                when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            ),
            write_log(),
            *self._key(),
        ]

    def _captures(self) -> str:
        """ARN pattern of the buckets in which endpoints record: one each, and their names begin and end alike."""
        context = self.owner.context
        return f"arn:{self.place.partition}:s3:::{context.start(63, unique=True)}*-capture-{context.suffix}"

    def batches(self) -> list[Statement]:
        """
        Runs batch jobs, each with its own role, and starts the one that new data asks for.

        Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html#sagemaker-iam
        """
        context, arn = self.owner.context, self.place.arn
        own = context.start(SCORE_STEM)
        roles = arn("iam", f"role/{context.start(64, unique=True)}*{SCORE_ROLE}-{context.suffix}", regional=False)
        return [
            allow(
                "Batches",
                [
                    "sagemaker:AddTags",
                    "sagemaker:CreateTransformJob",
                    "sagemaker:DescribeTransformJob",
                    "sagemaker:ListTags",
                    "sagemaker:StopTransformJob",
                ],
                arn("sagemaker", f"transform-job/{own}*"),
            ),
            allow("BatchModels", ["sagemaker:DeleteModel"], arn("sagemaker", f"model/{own}*")),
            allow(
                "NewestVersion",
                ["sagemaker:ListModelPackages"],
                arn("sagemaker", f"model-package/{context.start(63)}*"),  # of a group's versions, not of the group
            ),
            allow(
                "PassScoreRoles",
                ["iam:PassRole"],
                roles,
                when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            ),
            allow(
                "BatchEnds",
                ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                arn("events", "rule/StepFunctionsGetEventsForSageMakerTransformJobsRule"),
            ),
            allow("StartBatches", ["states:StartExecution"], arn("states", f"stateMachine:{context.start(80)}*")),
        ]

    def submit(self) -> list[Statement]:
        """Starts and follows what the pipeline role then does; brings data and images."""
        means, stack = self.means, self.owner.context.start(80)
        machines = self.place.arn("states", f"stateMachine:{stack}*")
        executions = self.place.arn("states", f"execution:{stack}*")
        jobs = self.place.arn("sagemaker", f"training-job/{self.owner.context.start(JOB_STEM)}*")
        endpoints = self.place.arn("sagemaker", f"endpoint/{self.owner.context.start(63)}*")
        log = pulumi.Output.concat(means.log_group_arn, ":*")
        seen = ["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"]
        return [
            allow("Start", ["states:DescribeStateMachine", "states:ListExecutions", "states:StartExecution"], machines),
            allow("Follow", seen, executions),
            allow("SeeJobs", ["sagemaker:DescribeTrainingJob"], jobs),
            allow("Call", ["sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"], endpoints),
            allow("SeeLog", ["logs:FilterLogEvents", "logs:GetLogEvents"], log),
            self._own_metrics(),
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
        return [
            allow("RegistryLogin", ["ecr:GetAuthorizationToken"], ANY),
            allow("Images", [*PULL, *more], self.means.repositories),
        ]

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
        own = self.means.secrets
        return [allow("Secrets", ["secretsmanager:GetSecretValue"], own)] if own else []

    def _runs(self) -> list[Statement]:
        """Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html#sagemaker-iam"""
        jobs = self.place.arn("sagemaker", f"training-job/{self.owner.context.start(JOB_STEM)}*")
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
        short, whole = context.start(RELEASE_STEM), context.start(63)
        packages = [arn("sagemaker", f"model-package/{whole}*")]
        packages += [
            arn("sagemaker", f"model-package/{replace(context, environment=environment).start(63)}*", account=account)
            for environment, account in sorted(self.place.peers.items())
        ]
        return [
            allow("Versions", ["sagemaker:DescribeModelPackage"], packages),
            allow(
                "Models",
                ["sagemaker:AddTags", "sagemaker:CreateModel", "sagemaker:DeleteModel"],
                arn("sagemaker", f"model/{short}*"),
            ),
            allow(
                "Configurations",
                [
                    "sagemaker:AddTags",
                    "sagemaker:CreateEndpointConfig",
                    "sagemaker:DeleteEndpointConfig",
                    "sagemaker:DescribeEndpointConfig",
                    "sagemaker:ListTags",
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

    def _guards(self) -> list[Statement]:
        """To see that no other release is under way, and to watch this one."""
        machines = self.place.arn("states", f"stateMachine:{self.owner.context.start(80)}*")
        return [
            allow("OtherReleases", ["states:ListExecutions"], machines),
            allow("Alarms", ["cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"], self._alarms()),
            self._own_metrics(),
        ]

    def _alarms(self) -> str:
        return self.place.arn("cloudwatch", f"alarm:{self.owner.context.start(255)}*")

    def _own_metrics(self) -> Statement:
        """Numbers of the team's own, which may take a release back: in the stack's name space alone."""
        own = {"StringEquals": {"cloudwatch:namespace": self.owner.context.name()}}
        return allow("OwnMetrics", ["cloudwatch:PutMetricData"], ANY, when=own)
