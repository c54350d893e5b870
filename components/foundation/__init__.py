"""What every stack stands on: private network, customer key, stores, images, roles, secrets, audit log."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import pulumi
from pydantic import Field, field_validator

from components.base import Component, Result, Spec
from components.fields import Name, SecretRef, not_for_ever
from components.foundation.parity import FEATURES
from components.units import Duration

__all__ = [
    "FEATURES",
    "AlertChannels",
    "AwsNetwork",
    "AzureNetwork",
    "Classification",
    "Foundation",
    "FoundationResult",
    "FoundationSpec",
    "GcpNetwork",
    "Key",
    "Network",
    "Reach",
    "Storage",
    "Stores",
]

Classification = Literal["public", "internal", "confidential", "restricted"]
LOG_RETENTION = {"public": "180d", "internal": "180d", "confidential": "1y", "restricted": "7y"}


class AwsNetwork(Spec):
    """A VPC of yours. Its VPC endpoints (or other ways to the AWS APIs) are yours too."""

    vpc: str = Field(pattern=r"^vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})$", examples=["vpc-0a1b2c3d4e5f67890"])
    subnets: list[str] = Field(min_length=1, max_length=16, examples=[["subnet-0a1b2c3d4e5f67890"]])
    security_groups: list[str] = Field(min_length=1, max_length=5, examples=[["sg-0a1b2c3d4e5f67890"]])


class GcpNetwork(Spec):
    """A VPC network of yours, by `projects/…` path."""

    network: str = Field(
        pattern=r"^projects/[^/]+/global/networks/[^/]+$", examples=["projects/acme-ml/global/networks/ml"]
    )
    subnetwork: str = Field(
        pattern=r"^projects/[^/]+/regions/[^/]+/subnetworks/[^/]+$",
        examples=["projects/acme-ml/regions/europe-west4/subnetworks/ml"],
    )


class AzureNetwork(Spec):
    """A subnet of yours for private endpoints, by ARM id."""

    subnet: str = Field(
        pattern=r"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network"
        r"/virtualNetworks/[^/]+/subnets/[^/]+$",
        examples=["/subscriptions/…/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/ml/subnets/ml"],
    )
    dns_zones: str | None = Field(
        default=None,
        pattern=r"^/subscriptions/[^/]+/resourceGroups/[^/]+$",
        examples=["/subscriptions/…/resourceGroups/dns"],
    )
    """Resource group that holds your `privatelink.…` DNS zones; without it we make and link them."""


class Network(Spec):
    """The private network: ours by default, or one that exists."""

    cidr: str = Field(
        default="10.20.0.0/16",
        pattern=r"^10\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.0\.0/16$",
        examples=["10.20.0.0/16"],
    )
    """Address range of the network, a /16 in 10.0.0.0/8."""
    existing: AwsNetwork | GcpNetwork | AzureNetwork | None = None
    """Take this one, and build none; only under `overrides.<cloud>`."""


class Key(Spec):
    """A customer-managed key that exists: key ARN, `projects/…/cryptoKeys/…`, or ARM id of a Key Vault key version."""

    existing: str = Field(
        min_length=8, max_length=2048, examples=["arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd"]
    )


class Stores(Spec):
    """Object stores that exist, by bucket name, or by ARM id of a blob container."""

    artifacts: str | None = None
    data: str | None = None


class Storage(Spec):
    """Object storage of the stack: one store for data, one for artifacts."""

    existing: Stores | None = None
    """Take these, and build none in their place; only under `overrides.<cloud>`."""
    keep_versions: Duration = Duration.parse("30d")
    """How long an overwritten or deleted object can be brought back."""
    scratch: Duration = Duration.parse("14d")
    """How long anything under `tmp/` and a past checkpoint is kept."""

    @field_validator("keep_versions", "scratch")
    @classmethod
    def _ends(cls, value: Duration) -> Duration:
        return not_for_ever(value)


class Reach(Spec):
    """What jobs, or models, use that is not in the stack's own stores and repositories."""

    images: list[str] = []
    """By their whole name."""
    reads: list[str] = []
    """URIs."""
    writes: list[str] = []
    """URIs, or paths in the artifact store that are not among those of every job."""


class AlertChannels(Spec):
    """Who is told of alerts besides those with a mail address."""

    webhook: SecretRef | None = None
    """Secret that holds the `https://` address of a chat's incoming webhook, which takes `{"text": …}`."""
    pager: SecretRef | None = None
    """Secret that holds `{"url": …, "routing_key": …}` of a pager which speaks PagerDuty's Events API v2."""
    topic: str | None = Field(default=None, max_length=1024)
    """What exists and is told too: ARN of an SNS topic, name of a notification channel, ARM id of an action group."""

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.webhook or self.pager or self.topic)

    @property
    def secrets(self) -> set[str]:
        """Names of the secrets, which nothing else of the stack may read."""
        return {ref.removeprefix("secret/") for ref in (self.webhook, self.pager) if ref}


class FoundationSpec(Spec):
    """The ground of one stack, put together from the blueprint's sections."""

    classification: Classification = "internal"
    """Sets how long logs are kept: 90 days, 1 year (confidential) or 7 years (restricted)."""
    network: Network = Network.model_construct()
    key: Key | None = None
    storage: Storage = Storage()
    images: list[Name] = []
    """Image repositories the stack's own images live in, one a training or endpoint."""
    secrets: list[str] = []
    """Names of secrets that the blueprint refers to: made empty, filled by their owner."""
    alert_emails: list[str] = []
    alert_channels: AlertChannels = AlertChannels()
    captures: dict[Name, Duration] = {}
    """Endpoints that record requests, and how long each keeps them; the blueprint fills it in from its endpoints."""
    train_reach: Reach = Reach()
    """Of all trainings together; the blueprint fills it in."""
    serve_reach: Reach = Reach()
    """Likewise of all endpoints."""
    steps_reach: Reach = Reach()
    """Likewise of what monitors and pipelines read."""
    serving: list[Literal["realtime", "serverless", "async", "models", "zero", "schedule"]] = []
    """What endpoints there are: their forms, and whether some have several models, scale to zero, or keep hours; the
    blueprint fills it in."""
    features: bool = False
    """Whether a feature store is to be reached from inside the network; the blueprint fills it in."""
    tracking: bool = False
    """Likewise an experiment tracker."""
    tunes: bool = False
    """Whether hyper-parameters of some training are searched; the blueprint fills it in."""
    scores: bool = False
    """Whether models score data sets in batches; the blueprint fills it in."""
    arrivals: bool = False
    """Whether something is started by files that arrive in the data store; the blueprint fills it in."""
    notebooks: bool = False
    """Whether people have notebooks; the blueprint fills it in."""
    monitors: bool = False
    """Whether what endpoints record is looked at; the blueprint fills it in."""
    pipelines: bool = False
    """Whether chains of steps start trainings and releases; the blueprint fills it in."""
    stops: bool = False
    """Whether the stack is stopped at its budget's limit; the blueprint fills it in."""

    @property
    def job_secrets(self) -> list[str]:
        """The secrets that jobs and models may read."""
        return [name for name in self.secrets if name not in self.alert_channels.secrets]

    @property
    def log_retention(self) -> Duration:
        """How long audit and service logs are kept."""
        return Duration.parse(LOG_RETENTION[self.classification])


@dataclass(frozen=True)
class FoundationResult(Result):
    """
    What the other components stand on, on every cloud.

    Attributes:
        network_id: The private network.
        subnet_ids: Where jobs and models get their addresses.
        key_id: Customer-managed key.
        artifacts_uri, data_uri: `s3://bucket`, `gs://bucket` or `azureml://datastores/…/paths`: no slash at the end.
        image_repository: An image is `<image_repository>/<name>:<tag>`.
        train_role, serve_role, pipeline_role, submit_role: Whom a duty is done as.
        audit_log_id: What keeps the audit log for as long as the data's class wants, by the id that access to it is
            granted on: ARN of the bucket on AWS, `//storage.googleapis.com/projects/_/buckets/<name>` on Google Cloud,
            ARM id of the Log Analytics workspace on Azure.
        secret_ids: Name of a secret to its id in the cloud's secret store.
    """

    network_id: pulumi.Output[str]
    subnet_ids: list[pulumi.Output[str]]
    key_id: pulumi.Output[str]
    artifacts_uri: pulumi.Output[str]
    data_uri: pulumi.Output[str]
    image_repository: pulumi.Output[str]
    train_role: pulumi.Output[str]
    serve_role: pulumi.Output[str]
    pipeline_role: pulumi.Output[str]
    submit_role: pulumi.Output[str]
    audit_log_id: pulumi.Output[str]
    secret_ids: dict[str, pulumi.Output[str]]


class Foundation(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "foundation"
    section: ClassVar[str] = "foundation"
    singleton: ClassVar[bool] = True
    spec: FoundationSpec
    result: FoundationResult
