"""Features on SageMaker: a feature group a view, and a state machine that brings it what is new in the source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import cloudcontrol, cloudwatch, iam, scheduler

from components.clouds.aws.feature_store import FeatureGround, feature_ground, rights, source_table
from components.clouds.aws.ground import STACK_TAG, AwsGround, after, here, s3_uri, tags
from components.clouds.aws.materialize import METRIC, NAMESPACE, Columns, Materialization
from components.clouds.aws.policies import allow, document, trust
from components.clouds.aws.states import state_machine
from components.features import ColumnType, Features, FeaturesResult, FeatureView, ViewResult
from components.outputs import as_json
from components.units import Duration

__all__ = ["SageMakerFeatures"]

KINDS: Mapping[ColumnType, str] = {
    "string": "String",
    "int": "Integral",
    "float": "Fractional",
    "bool": "Integral",
    "timestamp": "String",
    "vector": "String",  # lists are for the in-memory tier alone, which keeps no offline copy of them as lists
}
# Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html
FEATURE = re.compile(r"[A-Za-z0-9](?:[-_]*[A-Za-z0-9]){0,63}")
TAKEN = ("is_deleted", "write_time", "api_invocation_time", "year", "month", "day", "hour")
UNITS = (("Weeks", 604_800), ("Days", 86_400), ("Hours", 3600), ("Minutes", 60), ("Seconds", 1))
# Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
LONGEST_WATCH = Duration.parse("7d")
LONGEST_PERIOD = 86_400
SHORTEST = Duration.parse("1m")
LASTING = ("blueprint", "environment", "managed-by", STACK_TAG)
"""Tags that never change: a feature group takes no other ones later, but is replaced, with all it holds."""


class SageMakerFeatures(Features):
    """One bucket and one database for all views; each view is a feature group."""

    def build(self) -> FeaturesResult:
        self._refuse()
        ground = self.need(AwsGround)
        on = feature_ground(self, ground)
        views = {name: self._view(name, view, ground, on) for name, view in sorted(self.spec.views.items())}
        sources = [view.source for view in self.spec.views.values()]
        rights(self, ground, on, sources, online=self.spec.online)
        return FeaturesResult(store_id=on.made, views={name: view.outputs() for name, view in views.items()})

    def _refuse(self) -> None:
        """What SageMaker and CloudWatch don't take."""
        for name, view in self.spec.views.items():
            for column, _ in self.spec.typed(view):
                if not FEATURE.fullmatch(column) or column.lower() in TAKEN:
                    raise ValueError(
                        f"views.{name}: {column} is no name of a feature on SageMaker, which begins and ends with a"
                        f" letter or digit and is none of {', '.join(TAKEN)}. Rename the column."
                    )
            every = view.materialize.every if view.materialize else None
            if every and every < SHORTEST:
                raise ValueError(f"views.{name}.materialize.every is {every}; a schedule runs once a minute at most.")
            if view.freshness and view.freshness > LONGEST_WATCH:
                raise ValueError(
                    f"views.{name}.freshness is {view.freshness}, and a CloudWatch alarm looks back {LONGEST_WATCH}."
                    f" Write {LONGEST_WATCH} or less."
                )

    def _view(self, name: str, view: FeatureView, ground: AwsGround, on: FeatureGround) -> ViewResult:
        columns = list(self.spec.typed(view))
        table = name.replace("-", "_")
        group_name = self.context.name(name, limit=64)
        group = self._group(name, group_name, view, columns, table, ground, on)
        made = after(pulumi.Output.from_input(group_name), group)
        started = alarm = None
        if view.materialize:
            source = source_table(self, on, name, f"{table}_source", s3_uri(view.source, ground.data), columns)
            plan = Materialization(
                group=made,
                database=on.database,
                source=f"{table}_source",
                offline=table,
                workgroup=after(on.workgroup, source),
                bucket=on.bucket.name,
                columns=columns,
            )
            physical = self.context.name("features", name, "materialize", limit=80)
            started = state_machine(self, ground, f"{name}-materialize", physical, plan.definition()).arn
            self._schedule(name, view.materialize.every, started, ground)
        if view.freshness:
            alarm = self._alarm(name, group_name, view.freshness, ground)
        return ViewResult(
            offline=on.bucket.uri("offline", name),
            offline_table=pulumi.Output.concat(on.made, ".", table),
            online=made if view.online else None,
            materialize_id=started,
            freshness_alarm_id=alarm,
        )

    def _group(
        self,
        name: str,
        physical: str,
        view: FeatureView,
        columns: Columns,
        table: str,
        ground: AwsGround,
        on: FeatureGround,
    ) -> cloudcontrol.Resource:
        """
        Through Cloud Control, where a further feature is an update: `aws.sagemaker.FeatureGroup` would replace it.

        Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-featuregroup.html
        and https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/feature_group.go
        """
        known = tags(self.context)
        body: dict[str, Any] = {
            "FeatureGroupName": physical,
            "RecordIdentifierFeatureName": columns[0][0],
            "EventTimeFeatureName": columns[1][0],
            "FeatureDefinitions": [{"FeatureName": c, "FeatureType": KINDS[kind]} for c, kind in columns],
            "RoleArn": on.role_arn,
            "OfflineStoreConfig": {
                "S3StorageConfig": {"S3Uri": on.bucket.uri("offline", name), "KmsKeyId": ground.key_arn},
                "DisableGlueTableCreation": False,
                "DataCatalogConfig": {"Catalog": "AwsDataCatalog", "Database": on.made, "TableName": table},
                "TableFormat": "Glue",
            },
            "Tags": [{"Key": key, "Value": known[key]} for key in LASTING],
        }
        if view.online:
            body["OnlineStoreConfig"] = _online(view, ground)
        return cloudcontrol.Resource(
            name, type_name="AWS::SageMaker::FeatureGroup", desired_state=as_json(body), opts=self.keeps_data()
        )

    def _schedule(self, name: str, every: Duration, machine: pulumi.Output[str], ground: AwsGround) -> None:
        args = scheduler
        args.Schedule(
            f"{name}-schedule",
            name=self.context.name(name, "materialize", limit=64),
            description=f"Brings {name} what is new in its source",
            # whole minutes, rather too often than too seldom
            schedule_expression="rate(1 minute)" if every.seconds < 120 else f"rate({every.seconds // 60} minutes)",
            flexible_time_window=args.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            state="ENABLED",
            kms_key_arn=ground.key_arn,
            target=args.ScheduleTargetArgs(
                arn=machine,
                role_arn=self._starter(ground),
                input="{}",
                retry_policy=args.ScheduleTargetRetryPolicyArgs(
                    maximum_retry_attempts=3, maximum_event_age_in_seconds=max(60, min(86_400, every.seconds))
                ),
            ),
            opts=self.child(),
        )

    def _starter(self, ground: AwsGround) -> pulumi.Output[str]:
        """The role that the schedules of all views start with; registered with the first of them."""
        found: pulumi.Output[str] | None = getattr(self, "_starts", None)
        if found is None:
            found = self._starts = self._starting_role(ground)
        return found

    def _starting_role(self, ground: AwsGround) -> pulumi.Output[str]:
        place, context = here(self), self.context
        role = iam.Role(
            "features-schedule",
            name=context.name("features", "schedule", limit=64, unique=True),
            description=f"Starts the materializations of {context.blueprint} {context.environment}",
            # Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
            assume_role_policy=trust(place, {"scheduler": place.arn("scheduler", "schedule-group/default")}),
            max_session_duration=3600,
            tags=tags(context),
            opts=self.child(),
        )
        machines = place.arn("states", f"stateMachine:{context.start(80)}*")
        policy = iam.RolePolicy(
            "features-schedule-policy",
            name="schedule",
            role=role.name,
            policy=document(
                allow("Start", ["states:StartExecution"], machines), allow("Key", ["kms:Decrypt"], ground.key_arn)
            ),
            opts=self.child(),
        )
        return after(role.arn, policy)

    def _alarm(self, name: str, group: str, freshness: Duration, ground: AwsGround) -> pulumi.Output[str]:
        """
        The newest value is older, or nothing was measured for so long.

        Over a day the alarm looks at whole days, each of which must be late or empty: it has no longer period.
        """
        days = freshness.seconds // LONGEST_PERIOD
        made = cloudwatch.MetricAlarm(
            f"{name}-freshness",
            name=self.context.name(name, "freshness", limit=255),
            alarm_description=f"The newest value of {name} is older than {freshness}, or nothing tells its age",
            namespace=NAMESPACE,
            metric_name=METRIC,
            dimensions={"FeatureGroup": group},
            statistic="Minimum",
            unit="Seconds",
            period=LONGEST_PERIOD if days else max(60, freshness.seconds // 60 * 60),
            evaluation_periods=max(1, days),
            datapoints_to_alarm=max(1, days),
            comparison_operator="GreaterThanThreshold",
            threshold=freshness.seconds,
            treat_missing_data="breaching",
            alarm_actions=[ground.topic_arn],
            ok_actions=[ground.topic_arn],
            tags=tags(self.context),
            opts=self.child(),
        )
        return made.arn


def _online(view: FeatureView, ground: AwsGround) -> dict[str, Any]:
    config: dict[str, Any] = {
        "EnableOnlineStore": True,
        "StorageType": "Standard",
        "SecurityConfig": {"KmsKeyId": ground.key_arn},
    }
    ttl = view.online.ttl if view.online else None
    if ttl:
        unit, seconds = next((u, s) for u, s in UNITS if ttl.seconds % s == 0)
        config["TtlDuration"] = {"Unit": unit, "Value": ttl.seconds // seconds}
    return config
