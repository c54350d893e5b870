"""AWS: where a stack lives, and what its components hand to each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pulumi

from components.base import Component, Context, Place
from components.catalog import NoMachine
from components.foundation import FoundationResult, Reach

__all__ = [
    "STACK_TAG",
    "AwsGround",
    "AwsPlace",
    "Bucket",
    "Duty",
    "Role",
    "Steps",
    "Studio",
    "after",
    "async_url",
    "ecr_repository",
    "endpoint_url",
    "here",
    "image_reference",
    "input_uri",
    "is_ecr",
    "is_own",
    "package_group",
    "root",
    "s3_uri",
    "tag_list",
    "tags",
]

Duty = Literal["train", "serve", "pipeline", "submit", "steps"]
STACK_TAG = "stack"


@dataclass(frozen=True)
class AwsPlace(Place):
    """
    A region of one AWS account.

    Attributes:
        account_id: Twelve digits.
    """

    account_id: str

    @property
    def account(self) -> str:
        return self.account_id

    @property
    def partition(self) -> str:
        """What an ARN of the region starts with, after `arn:`."""
        prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
        return next((p for start, p in prefixes.items() if self.region.startswith(start)), "aws")

    @property
    def domain(self) -> str:
        """What the host names of the region's services end in."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def arn(self, service: str, resource: str, *, account: str | None = None, regional: bool = True) -> str:
        """ARN of a resource of this account (or another one) in this region (or in none, as IAM's are)."""
        region = self.region if regional else ""
        return f"arn:{self.partition}:{service}:{region}:{account or self.account_id}:{resource}"


def here(component: Component) -> AwsPlace:
    """
    Where a component runs.

    Raises:
        TypeError: Its context is of another cloud.
    """
    place = component.context.place
    if not isinstance(place, AwsPlace):
        raise TypeError(f"{component.label} runs on AWS; its context's place is a {type(place).__name__}")
    return place


@dataclass(frozen=True)
class Bucket:
    """An S3 bucket, ours or one that exists."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def uri(self, *path: str) -> pulumi.Output[str]:
        """`s3://bucket/path`, no slash at its end."""
        tail = "".join(f"/{part.strip('/')}" for part in path)
        return self.name.apply(lambda name: f"s3://{name}{tail}")

    def objects(self, path: str = "") -> pulumi.Output[str]:
        """ARN pattern of the objects under a path."""
        return self.arn.apply(lambda arn: f"{arn}/{path}*")


@dataclass(frozen=True)
class Role:
    """
    An IAM role.

    Attributes:
        name, arn: Its own.
        reach: Images and paths outside the stack's stores that its policies let it use.
        captures: Whether it may write to the buckets in which endpoints record requests.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    reach: Reach = field(default_factory=Reach)
    captures: bool = False


@dataclass(frozen=True)
class Steps:
    """What the steps of monitors and pipelines run with: the role of their jobs, and the URI of their code."""

    role: Role
    code: pulumi.Output[str]


@dataclass(frozen=True)
class Studio:
    """The SageMaker domain of a stack: its id, and where people open it."""

    id: pulumi.Output[str]
    url: pulumi.Output[str]


@dataclass(frozen=True)
class AwsGround(FoundationResult):
    """
    What AWS's other components stand on, besides what every cloud promises.

    Attributes:
        security_group_ids: What a job or model in the network carries.
        key_arn: Customer-managed key.
        roles: By duty.
        artifacts, data: Stores.
        access_logs: Bucket for the access logs of further buckets.
        log_group_arn: Where state machines write what they do.
        log_days: How long further log groups keep what they are told.
        topic_arn: Alerts.
        repositories: Image name to its ECR repository's name.
        arrivals: Whether the data bucket tells EventBridge what arrives in it.
        studio: Where notebooks are; None where the foundation was told of none.
        steps: What monitors and pipelines run their steps with; None likewise.
        chains: Whether pipelines register versions, which the registry then lets them.
        stops: Whether the stack is stopped at its budget's limit: then a release makes an endpoint anew that is gone.
    """

    internal: ClassVar[bool] = True

    security_group_ids: list[pulumi.Output[str]]
    key_arn: pulumi.Output[str]
    roles: Mapping[Duty, Role]
    artifacts: Bucket
    data: Bucket
    access_logs: Bucket
    log_group_arn: pulumi.Output[str]
    log_days: int
    topic_arn: pulumi.Output[str]
    repositories: Mapping[str, pulumi.Output[str]]
    arrivals: bool = False
    studio: Studio | None = None
    steps: Steps | None = None
    chains: bool = False
    stops: bool = False


def after(value: pulumi.Output[str], *made: pulumi.CustomResource) -> pulumi.Output[str]:
    """The value, for those who may have it only once the resources are there: a role's ARN once it may do its duty."""
    return pulumi.Output.all(value, *(resource.id for resource in made)).apply(lambda known: known[0])


def tags(context: Context, most: int = 50) -> dict[str, str]:
    """
    Tags of a resource, with the characters and lengths that every AWS service takes.

    One of them, `stack`, is the stack's alone: a cost filter can't join two tags.

    Args:
        context: The stack's.
        most: How many the resource can carry; the stack's own come first.

    Source: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html (128 and 256
        characters; letters, digits, blanks and `_.:/=+-@`; `aws:` is reserved); 10 on an S3 object.
    """
    every = {**context.tags, STACK_TAG: context.name()}
    own = [key for key in every if key not in context.labels]
    chosen = [*own, *(key for key in every if key in context.labels)][:most]
    return {_allowed(key, 128): _allowed(every[key], 256) for key in sorted(chosen)}


def tag_list(context: Context) -> list[dict[str, str]]:
    """The same tags as the AWS APIs take them: a list of Key and Value."""
    return [{"Key": key, "Value": value} for key, value in tags(context).items()]


def _allowed(text: str, limit: int) -> str:
    return re.sub(r"[^\w .:/=+@-]", "-", text)[:limit].removeprefix("aws:")


def package_group(context: Context, model: str) -> str:
    """Name of the model package group that holds a model's versions."""
    return context.name(model, limit=63)


def root(place: AwsPlace, account: str | None = None) -> str:
    """ARN that stands for whoever the account's own IAM lets through."""
    return place.arn("iam", "root", account=account, regional=False)


def s3_uri(path: str, store: Bucket) -> pulumi.Output[str]:
    """
    Where a path of a blueprint lies: in the store, or where its `s3://` URI says.

    Raises:
        ValueError: It is a URI of another cloud.
    """
    if path.startswith("s3://"):
        return pulumi.Output.from_input(path.rstrip("/"))
    if "://" in path:
        raise ValueError(f"{path} is not on S3. Write a path in the stack's data store, or s3://bucket/path.")
    return store.uri(path)


def input_uri(path: str, store: Bucket) -> pulumi.Output[str]:
    """The same of what a job reads; a folder keeps its slash, without which `data/a` would bring `data/ab` as well."""
    uri = s3_uri(path, store)
    return pulumi.Output.concat(uri, "/") if path.endswith("/") else uri


_ECR = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>[^:@]+)")


def ecr_repository(image: str) -> tuple[str, str]:
    """
    Account and repository of an image.

    Raises:
        ValueError: It is not in ECR.
    """
    found = _ECR.match(image)
    if not found:
        raise ValueError(f"{image} is not in Amazon ECR")
    return found["account"], found["name"]


def is_ecr(image: str) -> bool:
    """Whether an image is in Amazon ECR, of whichever account and region."""
    return _ECR.match(image) is not None


def is_own(image: str) -> bool:
    """Whether an image names no registry, and so is one of the stack's own."""
    host, slash, _rest = image.partition("/")
    return not slash or not ("." in host or ":" in host or host == "localhost")


def image_reference(image: str, place: AwsPlace, repository: pulumi.Output[str]) -> pulumi.Output[str]:
    """
    An image as SageMaker takes it: of the stack's own repositories where it names no registry.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html#sagemaker-Type-ContainerDefinition-Image

    Raises:
        NoMachine: It lies in a registry that SageMaker can't pull from.
    """
    if is_own(image):
        return pulumi.Output.concat(repository, "/", image)
    found = _ECR.match(image)
    if not found or found["region"] != place.region:
        own = image.rpartition("/")[2]
        raise NoMachine(
            f"SageMaker in {place.region} pulls images from Amazon ECR of that region alone, so not {image}."
            f" Push it to the stack's own repository and write image: {own}."
        )
    return pulumi.Output.from_input(image)


def endpoint_url(place: AwsPlace, name: Any) -> pulumi.Output[str]:
    """Where to POST a request to an endpoint of that name."""
    return pulumi.Output.concat(
        f"https://runtime.sagemaker.{place.region}.{place.domain}/endpoints/", name, "/invocations"
    )


def async_url(place: AwsPlace, name: Any) -> pulumi.Output[str]:
    """Where to POST the address of a request's file to an asynchronous endpoint of that name."""
    return pulumi.Output.concat(
        f"https://runtime.sagemaker.{place.region}.{place.domain}/endpoints/", name, "/async-invocations"
    )
