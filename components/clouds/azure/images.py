"""Azure's image registry, and what an image of the stack's own is called in it."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import containerregistry

from components.base import Component
from components.clouds.azure.storage import ZONAL

__all__ = ["full_name", "image_registry", "own_image"]

UNTAGGED_DAYS = 14


def image_registry(component: Component, group: pulumi.Input[str]) -> containerregistry.Registry:
    """A private registry without an admin user; an image that lost its tags is deleted."""
    context = component.context
    return containerregistry.Registry(
        "images",
        registry_name=context.name("images", limit=50, separator="", unique=True),
        resource_group_name=group,
        location=context.place.region,
        sku=containerregistry.SkuArgs(name=containerregistry.SkuName.PREMIUM),  # the only one with private endpoints
        admin_user_enabled=False,
        anonymous_pull_enabled=False,
        data_endpoint_enabled=False,
        public_network_access=containerregistry.PublicNetworkAccess.DISABLED,
        network_rule_bypass_options=containerregistry.NetworkRuleBypassOptions.AZURE_SERVICES,
        policies=containerregistry.PoliciesArgs(
            export_policy=containerregistry.ExportPolicyArgs(status=containerregistry.ExportPolicyStatus.DISABLED),
            retention_policy=containerregistry.RetentionPolicyArgs(
                days=UNTAGGED_DAYS, status=containerregistry.PolicyStatus.ENABLED
            ),
        ),
        zone_redundancy=(
            containerregistry.ZoneRedundancy.ENABLED
            if context.place.region in ZONAL
            else containerregistry.ZoneRedundancy.DISABLED
        ),
        tags=context.tags,
        opts=component.keeps_data(),
    )


def full_name(image: str, repository: pulumi.Input[str]) -> pulumi.Output[str]:
    """
    An image with its registry: one that names none is of the stack's own repository.

    Args:
        image: As the blueprint writes it, such as `fraud-train:1.4` or `nvcr.io/nvidia/pytorch:25.01-py3`.
        repository: The foundation's `image_repository`.
    """
    host, slash, _ = image.partition("/")
    if slash and ("." in host or ":" in host):
        return pulumi.Output.from_input(image)
    return pulumi.Output.concat(repository, "/", image)


def own_image(image: str) -> str:
    """The same for an image that a start names: a workflow expression of it, in an expression of its name."""
    host = f"first(split({image}, '/'))"
    foreign = f"and(contains({image}, '/'), or(contains({host}, '.'), contains({host}, ':')))"
    return f"if({foreign}, {image}, concat(parameters('repository'), '/', {image}))"
