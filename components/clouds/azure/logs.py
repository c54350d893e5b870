"""Azure's logs: where they are kept, for how long, who sends them, and who hears of alerts."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_azure_native import alertsmanagement, applicationinsights, monitor, operationalinsights

from components.base import Component
from components.units import Duration

__all__ = ["action_group", "audit", "further_group", "insights", "log_workspace"]

INTERACTIVE_DAYS = 730
"""
Most days that a log is kept where queries read it at once.

Source: https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
"""

ARCHIVE_DAYS = (*range(4, 731), 1095, 1460, 1826, 2191, 2556, 2922, 3288, 3653, 4018, 4383)
"""
Lengths in days that a table may be kept in all.

Source: https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
"""

AUDIT_TABLES = (
    "AZKVAuditLogs",
    "AmlComputeJobEvent",
    "AmlDeploymentEvent",
    "AmlEnvironmentEvent",
    "AmlInferencingEvent",
    "AmlModelsEvent",
    "AmlOnlineEndpointTrafficLog",
    "AmlRunStatusChangedEvent",
    "AzureDiagnostics",
    "ContainerRegistryLoginEvents",
    "ContainerRegistryRepositoryEvents",
    "StorageBlobLogs",
)
"""
Tables that hold what the stack's audit logs say.

Source: https://learn.microsoft.com/azure/azure-monitor/reference/tables-category
"""


def log_workspace(component: Component, kept: Duration, group: pulumi.Input[str]) -> operationalinsights.Workspace:
    """The Log Analytics workspace of the stack, with its audit tables kept as long as asked."""
    context = component.context
    made = operationalinsights.Workspace(
        "logs",
        workspace_name=context.name(limit=63),
        resource_group_name=group,
        location=context.place.region,
        sku=operationalinsights.WorkspaceSkuArgs(name=operationalinsights.WorkspaceSkuNameEnum.PER_GB2018),
        retention_in_days=min(kept.days, INTERACTIVE_DAYS),
        features=operationalinsights.WorkspaceFeaturesArgs(
            disable_local_auth=True, enable_log_access_using_only_resource_permissions=True
        ),
        # what diagnostic settings send comes in by Azure's own way
        public_network_access_for_ingestion="Disabled",
        tags=context.tags,
        opts=component.keeps_data(),
    )
    if kept.days > INTERACTIVE_DAYS:
        total = next(days for days in ARCHIVE_DAYS if days >= kept.days)
        for table in AUDIT_TABLES:
            operationalinsights.Table(
                f"{table}-archive",
                table_name=table,
                workspace_name=made.name,
                resource_group_name=group,
                retention_in_days=INTERACTIVE_DAYS,
                total_retention_in_days=total,
                opts=component.child(retain_on_delete=True),  # Azure's own tables go with the workspace alone
            )
    return made


def insights(component: Component, logs: pulumi.Input[str], group: pulumi.Input[str]) -> applicationinsights.Component:
    """Application Insights over the log workspace; what reports to it proves who it is."""
    context = component.context
    return applicationinsights.Component(
        "insights",
        resource_name_=context.name(limit=255),
        resource_group_name=group,
        location=context.place.region,
        kind="web",
        application_type=applicationinsights.ApplicationType.WEB,
        ingestion_mode=applicationinsights.IngestionMode.LOG_ANALYTICS,
        workspace_resource_id=logs,
        disable_local_auth=True,
        tags=context.tags,
        opts=component.child(),
    )


def audit(
    component: Component,
    name: str,
    of: pulumi.Input[str],
    logs: pulumi.Input[str],
    category_group: str = "audit",
    *,
    own_table: bool = False,
) -> monitor.DiagnosticSetting:
    """
    Send a resource's logs to the log workspace.

    Args:
        component: Owner.
        name: Of the resource.
        of: Its ARM id.
        logs: ARM id of the log workspace.
        category_group: `audit`, or `allLogs` where the service has no such group.
        own_table: Whether to ask for the service's own table; most have no other.
    """
    return monitor.DiagnosticSetting(
        f"{name}-audit",
        name="audit",
        resource_uri=of,
        workspace_id=logs,
        log_analytics_destination_type="Dedicated" if own_table else None,
        logs=[monitor.DiagnosticsLogSettingsArgs(category_group=category_group, enabled=True)],
        opts=component.child(),
    )


def action_group(component: Component, emails: Sequence[str], group: pulumi.Input[str]) -> monitor.ActionGroup:
    """Who hears of alerts; with nobody in it, alerts still show in the portal."""
    context = component.context
    return monitor.ActionGroup(
        "alerts",
        action_group_name=context.name("alerts", limit=260),
        group_short_name=context.name(limit=12),
        resource_group_name=group,
        location="global",
        enabled=True,
        email_receivers=[
            monitor.MicrosoftCommonEmailReceiverArgs(name=email, email_address=email, use_common_alert_schema=True)
            for email in emails
        ],
        tags=context.tags,
        opts=component.child(),
    )


def further_group(
    component: Component, topic: str | None, group: pulumi.Input[str], group_id: pulumi.Input[str]
) -> None:
    """
    Have an action group of yours hear of every alert that is raised in the stack's resource group.

    Source: https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-processing-rules
    """
    if not topic:
        return
    rules, context = alertsmanagement, component.context
    rules.AlertProcessingRuleByName(
        "alerts-further",
        alert_processing_rule_name=context.name("alerts-further", limit=260),
        resource_group_name=group,
        location="global",
        properties=rules.AlertProcessingRulePropertiesArgs(
            description=f"Tells {topic.rpartition('/')[2]} too",
            enabled=True,
            scopes=[group_id],
            actions=[rules.AddActionGroupsArgs(action_type="AddActionGroups", action_group_ids=[topic])],
        ),
        tags=context.tags,
        opts=component.child(),
    )
