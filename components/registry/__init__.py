"""Model registry: versions of each model, their approval, its card, and which environments may take them."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import pulumi
from pydantic import Field

from components.base import Component, Result, Spec
from components.fields import Name
from components.registry.card import ModelCard
from components.registry.parity import FEATURES

__all__ = ["FEATURES", "ModelCard", "Registry", "RegistryResult", "RegistrySpec"]


class RegistrySpec(Spec):
    """One registry a stack, one entry a model; the blueprint fills in `models` from its trainings and endpoints."""

    approval: Literal["manual", "automatic"] = "manual"
    """Whether a person approves a version before it may serve."""
    share_with: list[Name] = Field(default=[], max_length=10)
    """Environments that may read versions of this one."""
    models: list[Name] = Field(default=[], max_length=1000)
    cards: dict[Name, ModelCard] = Field(default={}, max_length=1000)
    """Model to its card."""


@dataclass(frozen=True)
class RegistryResult(Result):
    """
    What registering, approving and releasing a version takes, on every cloud.

    Attributes:
        models: Model to its package group on AWS, its resource name on Google Cloud, its container's id on Azure.
        approval: As the spec says.
        artifacts_uri: Where versions keep their files: `<artifacts_uri>/<model>/<version>/`.
        register_id: What a version is registered with, as the submit role. On Google Cloud a workflow, started with a
            model and its files. SageMaker and Azure ML take a version in one call, so there it is what the call makes
            the version under: `CreateModelPackage` in the group `<register_id>/<name in models>`, and
            `PUT <register_id>/<model>/versions/<version>`.
    """

    models: dict[str, pulumi.Output[str]]
    approval: str
    artifacts_uri: pulumi.Output[str]
    register_id: pulumi.Output[str]


class Registry(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "registry"
    section: ClassVar[str] = "registry"
    singleton: ClassVar[bool] = True
    spec: RegistrySpec
    result: RegistryResult
