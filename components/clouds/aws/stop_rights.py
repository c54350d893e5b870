"""What the hard stop may do: end what runs in its stack, write down what it switched off, and nothing of others."""

from __future__ import annotations

import pulumi
from pulumi_aws import iam

from components.base import Component
from components.clouds.aws.ground import AwsGround, after, here, tags
from components.clouds.aws.key import USE
from components.clouds.aws.policies import Statement, allow, document, trust
from components.clouds.aws.rights import ANY, JOB_STEM, RELEASE_STEM, SCORE_STEM, write_log
from components.clouds.aws.tuning_rights import TUNE_STEM

__all__ = ["stop_role"]


def stop_role(owner: Component, ground: AwsGround, machine: str, budget: pulumi.Output[str]) -> pulumi.Output[str]:
    """
    Register the role of the one state machine of that name; its ARN comes once it may do its duty.

    Args:
        owner: The budget.
        ground: What it stands on.
        machine: Name of the state machine.
        budget: ARN of what it looks at.
    """
    context, place = owner.context, here(owner)
    role = iam.Role(
        "stop-role",
        name=context.name("budget", "stop", limit=64, unique=True),
        description=f"Stops {context.blueprint} {context.environment} at its budget's limit",
        assume_role_policy=trust(place, {"states": place.arn("states", f"stateMachine:{machine}")}),
        max_session_duration=3600,
        tags=tags(context),
        opts=owner.child(),
    )
    statements = [*_sees(owner, budget), *_starters(owner), *_runs(owner), *_serving(owner), *_keeps(ground)]
    if ground.studio:
        statements += _notebooks(owner, ground.studio.id)
    policy = iam.RolePolicy(
        "stop-policy", name="stop", role=role.name, policy=document(*statements), opts=owner.child()
    )
    return after(role.arn, policy)


def _sees(owner: Component, budget: pulumi.Output[str]) -> list[Statement]:
    lists = [
        "events:ListRules",
        "sagemaker:ListHyperParameterTuningJobs",
        "sagemaker:ListTrainingJobs",
        "sagemaker:ListTransformJobs",
        "scheduler:ListSchedules",
        "states:ListStateMachines",
    ]
    machines = here(owner).arn("states", f"stateMachine:{owner.context.start(80)}*")
    return [
        allow("Spend", ["budgets:ViewBudget"], budget),
        allow("Lists", lists, ANY),
        allow("Executions", ["states:ListExecutions"], machines),
    ]


def _starters(owner: Component) -> list[Statement]:
    """
    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html:
    a schedule is written with the role that it starts with.
    """
    context, arn = owner.context, here(owner).arn
    # the last part of the name of each role that schedules start with
    roles = arn("iam", f"role/{context.start(64, unique=True)}*schedule-{context.suffix}", regional=False)
    return [
        allow(
            "Schedules",
            ["scheduler:GetSchedule", "scheduler:UpdateSchedule"],
            arn("scheduler", f"schedule/default/{context.start(64)}*"),
        ),
        allow(
            "PassScheduleRoles",
            ["iam:PassRole"],
            roles,
            when={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        ),
        allow("Rules", ["events:DisableRule", "events:EnableRule"], arn("events", f"rule/{context.start(64)}*")),
    ]


def _runs(owner: Component) -> list[Statement]:
    start, arn = owner.context.start, here(owner).arn
    return [
        allow("StopExecutions", ["states:StopExecution"], arn("states", f"execution:{start(80)}*")),
        allow(
            "StopSearches",
            ["sagemaker:StopHyperParameterTuningJob"],
            arn("sagemaker", f"hyper-parameter-tuning-job/{start(TUNE_STEM)}*"),
        ),
        allow("StopTraining", ["sagemaker:StopTrainingJob"], arn("sagemaker", f"training-job/{start(JOB_STEM)}*")),
        allow("StopBatches", ["sagemaker:StopTransformJob"], arn("sagemaker", f"transform-job/{start(SCORE_STEM)}*")),
    ]


def _serving(owner: Component) -> list[Statement]:
    """
    With an endpoint its autoscaler goes, in the name of who deletes it.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-delete-with-scaling.html
    """
    context, arn = owner.context, here(owner).arn
    own = context.start(63)
    components = arn("sagemaker", f"inference-component/{own}*")
    return [
        allow(
            "TakeEndpoints",
            ["sagemaker:DeleteEndpoint", "sagemaker:DescribeEndpoint"],
            arn("sagemaker", f"endpoint/{own}*"),
        ),
        allow(
            "EmptyModels",
            ["sagemaker:DescribeInferenceComponent", "sagemaker:UpdateInferenceComponentRuntimeConfig"],
            components,
        ),
        allow(
            "Served",
            ["sagemaker:ListTags"],
            [arn("sagemaker", f"endpoint-config/{context.start(RELEASE_STEM)}*"), components],
        ),
        allow(
            "Scaling",
            ["application-autoscaling:DeregisterScalableTarget", "application-autoscaling:RegisterScalableTarget"],
            arn("application-autoscaling", "scalable-target/*"),
            when={"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}},
        ),
    ]


def _notebooks(owner: Component, domain: pulumi.Output[str]) -> list[Statement]:
    apps = pulumi.Output.concat(here(owner).arn("sagemaker", "app/"), domain, "/*")
    return [allow("SeeApps", ["sagemaker:ListApps"], ANY), allow("StopApps", ["sagemaker:DeleteApp"], apps)]


def _keeps(ground: AwsGround) -> list[Statement]:
    return [
        allow(
            "Note",
            ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            ground.artifacts.objects("budget/"),
        ),
        # without it, what is not there can't be told from what must not be read
        allow("SeeNote", ["s3:ListBucket"], ground.artifacts.arn),
        allow("Tell", ["sns:Publish"], ground.topic_arn),
        allow("Key", USE, ground.key_arn),
        write_log(),
    ]
