"""Google Cloud: where a stack lives, and what its components hand to each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pulumi

from components.base import Component, Context, Place
from components.foundation import FoundationResult

__all__ = ["Account", "GcpGround", "GcpPlace", "Key", "labels", "own_image", "place", "stack_label", "without_google"]


@dataclass(frozen=True)
class GcpPlace(Place):
    """
    A region of one Google Cloud project.

    Attributes:
        project: Project id.
        project_number: Its number, which some APIs want in place of the id.
        billing_account: `XXXXXX-XXXXXX-XXXXXX`; what a budget is set on.
    """

    project: str
    project_number: str
    billing_account: str

    @property
    def account(self) -> str:
        return self.project

    @property
    def vertex_url(self) -> str:
        """Root of the region's Vertex AI API, without a version."""
        return f"https://{self.region}-aiplatform.googleapis.com"

    @property
    def vertex_parent(self) -> str:
        """What Vertex AI resources are named under."""
        return f"projects/{self.project}/locations/{self.region}"


@dataclass(frozen=True)
class Account:
    """
    A service account of the stack.

    Attributes:
        email: What Vertex AI and Workflows are told to run as.
        name: `projects/…/serviceAccounts/…`, what a grant on the account is made on.
        member: What a grant to the account names.
    """

    email: pulumi.Output[str]
    name: pulumi.Output[str]
    member: pulumi.Output[str]


@dataclass(frozen=True)
class Key:
    """
    The customer-managed key.

    Attributes:
        id: `projects/…/cryptoKeys/…`.
        of: Service to the same id, known only once the service may use the key: an input made of it waits
            for the grant.
    """

    id: pulumi.Output[str]
    of: Mapping[str, pulumi.Output[str]]


@dataclass(frozen=True)
class GcpGround(FoundationResult):
    """
    The foundation on Google Cloud, with what other components build on.

    Attributes:
        network: `projects/<project id>/global/networks/…`.
        attachment: Network attachment that training jobs reach the network by.
        key: The customer-managed key.
        accounts: Duty to its service account: train, serve, pipeline, submit.
        artifacts: Name of the artifact bucket.
        data: Name of the data bucket.
        repository: Id of the image repository.
        address_role: Custom role that enters an endpoint's address in its zone.
        notebook_role: Custom role that starts and opens a notebook; None where the foundation was told of none.
        run_role: Custom role that brings revisions to a Cloud Run service; None where the foundation was told of none.
        alert_topic: Pub/Sub topic that alerts are published to.
        alert_channel: Notification channel of that topic.
        alert_channels: E-mail address, or name of a channel that exists, to the notification channel.
        stops: Whether nothing starts by itself from the budget's limit on.
    """

    internal: ClassVar[bool] = True

    network: pulumi.Output[str]
    attachment: pulumi.Output[str]
    key: Key
    accounts: Mapping[str, Account]
    artifacts: pulumi.Output[str]
    data: pulumi.Output[str]
    repository: pulumi.Output[str]
    address_role: pulumi.Output[str]
    notebook_role: pulumi.Output[str] | None
    run_role: pulumi.Output[str] | None
    alert_topic: pulumi.Output[str]
    alert_channel: pulumi.Output[str]
    alert_channels: Mapping[str, pulumi.Output[str]]
    stops: bool


def place(component: Component) -> GcpPlace:
    """
    The place of a component, as Google Cloud's.

    Raises:
        TypeError: The context is of another cloud.
    """
    where = component.context.place
    if not isinstance(where, GcpPlace):
        raise TypeError(f"{component.label} is on Google Cloud; its context has a {type(where).__name__}")
    return where


def _label(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "-", text.lower())[:63]


def stack_label(context: Context) -> str:
    """One value that names the stack: a budget can filter by one label only."""
    return _label(f"{context.blueprint}-{context.environment}")


def labels(component: Component, **more: str) -> dict[str, str]:
    """
    Labels of a resource: the stack's tags, which stack it is, and others.

    Source: https://cloud.google.com/resource-manager/docs/labels-overview#requirements
    """
    tags = {**component.context.tags, "stack": stack_label(component.context), **more}
    return {_label(key): _label(value) for key, value in sorted(tags.items())}


def without_google(name: str) -> str:
    """
    A name that does not speak of Google, where Google keeps that to itself.

    Source: https://cloud.google.com/storage/docs/buckets#naming and
    https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
    """
    return name.replace("goog", "g-g")


_REGISTRY = re.compile(r"[^/]*[.:][^/]*/")
_VERTEX_PULLS = re.compile(r"(?:[a-z0-9-]+-docker\.pkg\.dev|(?:[a-z]+\.)?gcr\.io)/")


def own_image(image: str, repository: pulumi.Input[str]) -> pulumi.Output[str]:
    """
    Full name of an image; one without a registry is in the stack's own repository.

    Raises:
        ValueError: The registry is none that Vertex AI pulls from.

    Source: https://cloud.google.com/vertex-ai/docs/training/create-custom-container#push_the_container_to
    """
    if not _REGISTRY.match(image):
        return pulumi.Output.concat(repository, "/", image)
    if not _VERTEX_PULLS.match(image):
        raise ValueError(
            f"{image}: Vertex AI pulls from Artifact Registry alone. Copy it to the stack's repository and write"
            f" {image.rpartition('/')[2]}."
        )
    return pulumi.Output.from_input(image)
