"""The SageMaker Studio domain of a stack: one for all its notebooks, private, under the stack's key."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import iam, sagemaker

from components.base import Component
from components.clouds.aws.ground import AwsPlace, Studio, after, here, tags
from components.clouds.aws.policies import Statement, allow, document, from_stack
from components.clouds.aws.rights import Means

__all__ = ["IDLE_MOST", "IDLE_SHORTEST", "studio", "studio_trust"]

IDLE_SHORTEST, IDLE_MOST = 60, 525_600
"""
Minutes after which JupyterLab may be told to stop.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_IdleSettings.html
"""


def studio_trust(place: AwsPlace) -> pulumi.Output[str]:
    """
    Trust policy of a role that notebooks run with; SageMaker sets the user's name as the source identity.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/monitor-user-access.html
    """
    return document(
        allow(
            "Sagemaker",
            ["sts:AssumeRole", "sts:SetSourceIdentity"],
            None,
            when=from_stack(place, place.arn("sagemaker", "*")),
            principal={"Service": "sagemaker.amazonaws.com"},
        )
    )


def studio(owner: Component, means: Means, key_arn: pulumi.Output[str]) -> Studio:
    """
    Register the domain: people log in by IAM Identity Center, and nothing goes around the stack's network.

    A user of it has a role of their notebook's kind; the domain's own may only look at the domain.
    """
    context, place = owner.context, here(owner)
    security_groups = means.network.security_group_ids
    domain = sagemaker.Domain(
        "studio",
        domain_name=context.name("studio", limit=63),
        auth_mode="SSO",
        vpc_id=means.network.vpc_id,
        subnet_ids=means.network.subnet_ids,
        app_network_access_type="VpcOnly",
        kms_key_id=key_arn,
        tag_propagation="ENABLED",
        default_user_settings=sagemaker.DomainDefaultUserSettingsArgs(
            execution_role=_role(owner, place, key_arn),
            security_groups=security_groups,
            default_landing_uri="studio::",
            studio_web_portal="ENABLED",
            jupyter_lab_app_settings=_idle(),
            sharing_settings=sagemaker.DomainDefaultUserSettingsSharingSettingsArgs(notebook_output_option="Disabled"),
        ),
        domain_settings=sagemaker.DomainDomainSettingsArgs(
            execution_role_identity_config="USER_PROFILE_NAME",
            docker_settings=sagemaker.DomainDomainSettingsDockerSettingsArgs(enable_docker_access="DISABLED"),
        ),
        retention_policy=sagemaker.DomainRetentionPolicyArgs(
            home_efs_file_system="Retain" if context.protect else "Delete"
        ),
        tags=tags(context),
        opts=owner.keeps_data(),
    )
    return Studio(domain.id, domain.url)


def _idle() -> sagemaker.DomainDefaultUserSettingsJupyterLabAppSettingsArgs:
    settings = sagemaker.DomainDefaultUserSettingsJupyterLabAppSettingsAppLifecycleManagementIdleSettingsArgs(
        lifecycle_management="ENABLED",
        idle_timeout_in_minutes=IDLE_SHORTEST,
        min_idle_timeout_in_minutes=IDLE_SHORTEST,
        max_idle_timeout_in_minutes=IDLE_MOST,
    )
    return sagemaker.DomainDefaultUserSettingsJupyterLabAppSettingsArgs(
        app_lifecycle_management=sagemaker.DomainDefaultUserSettingsJupyterLabAppSettingsAppLifecycleManagementArgs(
            idle_settings=settings
        )
    )


def _role(owner: Component, place: AwsPlace, key_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    context = owner.context
    role = iam.Role(
        "studio-role",
        name=context.name("studio", limit=64, unique=True),
        description=f"Default of the Studio domain of {context.blueprint} {context.environment}",
        assume_role_policy=studio_trust(place),
        max_session_duration=3600,
        tags=tags(context),
        opts=owner.child(),
    )
    may: Sequence[Statement] = [
        allow("SeeDomain", ["sagemaker:DescribeDomain"], place.arn("sagemaker", "domain/*")),
        allow("Key", ["kms:DescribeKey"], key_arn),
    ]
    policy = iam.RolePolicy("studio-policy", name="studio", role=role.name, policy=document(*may), opts=owner.child())
    return after(role.arn, policy)
