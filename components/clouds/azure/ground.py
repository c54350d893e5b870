"""Azure: what a stack's components hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pulumi

from components.clouds.azure.place import AzureIdentity
from components.clouds.azure.storage import Store
from components.clouds.azure.vault import CustomerKey
from components.foundation import FoundationResult
from components.units import Duration

__all__ = ["AzureGround"]


@dataclass(frozen=True)
class AzureGround(FoundationResult):
    """
    What Azure's components hand to each other beyond the promise.

    Attributes:
        group: Name of the resource group.
        group_id: Its ARM id.
        workspace: Name of the Azure ML workspace.
        workspace_id: Its ARM id.
        train, serve, pipeline, submit: Identity of each duty.
        score: Identity that batch jobs score data as; None where the foundation was told of none.
        log_workspace_id: Log Analytics workspace of audit and service logs.
        action_group_id: Who hears of alerts.
        endpoints_subnet_id: Subnet of private endpoints.
        api_zone_id: Private DNS zone of the Azure ML API, which a shared registry answers in too.
        artifacts_blob_url: HTTPS address of the artifact container; no slash at its end.
        capture_container_id: Container in which endpoints record requests.
        captures: Endpoint to how long its records are kept, as the foundation was told.
        keeper: Identity that a workspace of the stack keeps its own things as.
        key: The customer-managed key.
        home_account_id, vault_id, images_id, insights_id: What a workspace of the stack is linked to, by ARM id.
        artifacts, data: The stores.
        zones: Private DNS zones by a short name; those of features are there where the foundation was asked for them.
    """

    internal: ClassVar[bool] = True

    group: pulumi.Output[str]
    group_id: pulumi.Output[str]
    workspace: pulumi.Output[str]
    workspace_id: pulumi.Output[str]
    train: AzureIdentity
    serve: AzureIdentity
    pipeline: AzureIdentity
    submit: AzureIdentity
    log_workspace_id: pulumi.Output[str]
    score: AzureIdentity | None
    action_group_id: pulumi.Output[str]
    endpoints_subnet_id: pulumi.Output[str]
    api_zone_id: pulumi.Output[str]
    artifacts_blob_url: pulumi.Output[str]
    capture_container_id: pulumi.Output[str]
    captures: Mapping[str, Duration]
    keeper: AzureIdentity
    key: CustomerKey
    home_account_id: pulumi.Output[str]
    vault_id: pulumi.Output[str]
    images_id: pulumi.Output[str]
    insights_id: pulumi.Output[str]
    artifacts: Store
    data: Store
    zones: Mapping[str, pulumi.Output[str]]
