"""Features on Azure ML: a managed feature store, a feature set a view, and a Logic App that fills it."""

from __future__ import annotations

import json

import pulumi
from pulumi_azure_native import machinelearningservices, monitor

from components.catalog import image
from components.clouds.azure.cluster import cluster
from components.clouds.azure.feature_store import FeatureGround, feature_ground
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.materialize import FeatureSet, materialize_definition, specification
from components.clouds.azure.workflow import logic_app
from components.features import Entity, Features, FeaturesResult, FeatureView, ViewResult
from components.fields import Machine
from components.machine import pick
from components.naming import digest
from components.units import Duration

__all__ = ["AzureMLFeatures"]

WINDOWS = (5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440, 2880)
"""
Minutes that a log alert can look back.

Source: https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-types#log-search-alerts
"""
SHORTEST = Duration.parse("10m")
"""A materialization is a Spark job, whose machines take minutes to come."""


class AzureMLFeatures(Features):
    """A version of a feature set can't change, so other columns make another one; the one before it stays."""

    def build(self) -> FeaturesResult:
        self._refuse()
        ground = self.need(AzureGround)
        on = feature_ground(self, ground, online=self.spec.online)
        entities = {name: self._entity(name, entity, ground, on) for name, entity in sorted(self.spec.entities.items())}
        machines = self._machines(ground) if any(view.materialize for view in self.spec.views.values()) else None
        views = {
            name: self._view(name, view, ground, on, entities[view.entity], machines)
            for name, view in sorted(self.spec.views.items())
        }
        return FeaturesResult(store_id=on.id, views={name: view.outputs() for name, view in views.items()})

    def _refuse(self) -> None:
        for name, view in self.spec.views.items():
            self.spec.of(view)
            if "://" in view.source:
                raise ValueError(
                    f"views.{name}.source is {view.source}; a feature set reads what is in Azure storage by its path."
                    " Write a path of the stack's data store, such as data/features/spending/."
                )
            if view.materialize and view.materialize.every < SHORTEST:
                raise ValueError(
                    f"views.{name}.materialize.every is {view.materialize.every}, and Azure ML starts a Spark job each"
                    f" time. Write {SHORTEST} or more."
                )
            if view.freshness and view.freshness.minutes > WINDOWS[-1]:
                raise ValueError(
                    f"views.{name}.freshness is {view.freshness}, and a log alert looks back two days."
                    " Write 2d or less."
                )
            if view.freshness and view.materialize:
                self._window(name, view.materialize.every, view.freshness)

    @staticmethod
    def _window(name: str, every: Duration, freshness: Duration) -> int:
        """
        Minutes that an alarm looks back: not more than what is asked, and enough for a materialization to be in them.

        Raises:
            ValueError: No window that Azure has is between the two.
        """
        fit = [window for window in WINDOWS if every.seconds <= window * 60 <= freshness.seconds]
        if not fit:
            longer = next(window for window in WINDOWS if window * 60 >= every.seconds)
            raise ValueError(
                f"views.{name}.freshness is {freshness}, and of the windows that a log alert has none is between"
                f" materialize.every ({every}) and that. Write {Duration(longer * 60)}."
            )
        return max(fit)

    def _entity(
        self, name: str, entity: Entity, ground: AzureGround, on: FeatureGround
    ) -> machinelearningservices.FeaturestoreEntityVersion:
        ml = machinelearningservices
        home = ml.FeaturestoreEntityContainerEntity(
            f"entity-{name}",
            name=name,
            workspace_name=on.name,
            resource_group_name=ground.group,
            properties=ml.FeaturestoreEntityContainerPropertiesArgs(
                description=f"What features of {name} are about", tags=self.context.tags
            ),
            opts=self.child(),
        )
        kind = ml.FeatureDataType.STRING if entity.type == "string" else ml.FeatureDataType.LONG
        return ml.FeaturestoreEntityVersion(
            f"entity-{name}-version",
            name=home.name,
            version=digest(entity.key, entity.type),
            workspace_name=on.name,
            resource_group_name=ground.group,
            properties=ml.FeaturestoreEntityVersionPropertiesArgs(
                description=f"Told apart by {entity.key}",
                index_columns=[ml.IndexColumnArgs(column_name=entity.key, data_type=kind)],
                stage="Production",
                tags=self.context.tags,
            ),
            opts=self.child(retain_on_delete=True),  # feature sets of before refer to it
        )

    def _machines(self, ground: AzureGround) -> machinelearningservices.Compute:
        """Write the specification of a feature set: a minute at each change of columns."""
        machine = pick(self, Machine(cpu=2), "training", spot=True)
        return cluster(self, "features-machines", machine, ground, identity=ground.train, name="features-spot")

    def _view(
        self,
        name: str,
        view: FeatureView,
        ground: AzureGround,
        on: FeatureGround,
        entity: machinelearningservices.FeaturestoreEntityVersion,
        machines: machinelearningservices.Compute | None,
    ) -> ViewResult:
        ml = machinelearningservices
        home = ml.FeaturesetContainerEntity(
            name,
            name=name,
            workspace_name=on.name,
            resource_group_name=ground.group,
            properties=ml.FeaturesetContainerPropertiesArgs(
                description=f"Features of {view.entity}; its columns make its version", tags=self.context.tags
            ),
            opts=self.keeps_data(),
        )
        version = self._version_of(view)
        started = alarm = None
        if view.materialize and machines:
            started = self._materialization(name, version, view, ground, on, entity, machines, home)
        if view.freshness and view.materialize and started:
            minutes = self._window(name, view.materialize.every, view.freshness)
            alarm = self._alarm(name, minutes, started, ground)
        return ViewResult(
            offline=pulumi.Output.concat(on.id, f"/featuresets/{name}/versions/{version}"),
            offline_table=home.name.apply(lambda known: f"{known}:{version}"),
            online=on.cache if view.online else None,
            materialize_id=started,
            freshness_alarm_id=alarm,
        )

    def _version_of(self, view: FeatureView) -> str:
        """The same columns of the same source, the same version, whatever their order."""
        asked = [sorted(self.spec.typed(view)), view.source, view.entity, view.event_time, bool(view.online)]
        return digest(json.dumps(asked), length=12)

    def _materialization(
        self,
        name: str,
        version: str,
        view: FeatureView,
        ground: AzureGround,
        on: FeatureGround,
        entity: machinelearningservices.FeaturestoreEntityVersion,
        machines: machinelearningservices.Compute,
        home: machinelearningservices.FeaturesetContainerEntity,
    ) -> pulumi.Output[str]:
        about = self.spec.of(view)
        every = view.materialize.every if view.materialize else SHORTEST
        plan = FeatureSet(
            name=name,
            version=version,
            entity=f"{view.entity}:{digest(about.key, about.type)}",
            every=every,
            online=view.online is not None,
            tags=self.context.tags,
        )
        columns = list(view.columns.items())
        key = (about.key, "string" if about.type == "string" else "long")
        path = view.source.strip("/")
        written = pulumi.Output.all(ground.data.container, ground.data.account).apply(
            lambda known: specification(
                f"abfss://{known[0]}@{known[1]}.dfs.core.windows.net/{path}", view.event_time, key, columns
            )
        )
        region = self.context.place.region
        workflow = logic_app(
            self,
            f"{name}-materialize",
            ground,
            lambda identity: materialize_definition(plan, identity),
            {
                "artifacts": ground.artifacts_uri,
                "environment": image("azure", region, "sklearn", "training", accelerator=False).uri,
                "machines": machines.id,
                "source": written,
                "specifications": on.specifications,
                "store": on.id,
                "train-identity": ground.train.id,
                "workspace": ground.workspace_id,
            },
            [home, entity, *on.ready],
        )
        return workflow.id

    def _alarm(self, name: str, minutes: int, workflow: pulumi.Output[str], ground: AzureGround) -> pulumi.Output[str]:
        """No materialization has succeeded for so long; no log at all is none."""
        query = workflow.apply(
            lambda known: (
                "AzureDiagnostics"
                " | where ResourceProvider == 'MICROSOFT.LOGIC' and Category == 'WorkflowRuntime'"
                f" | where OperationName endswith 'workflowRunCompleted' and ResourceId =~ '{known}'"
                " | where status_s == 'Succeeded'"
            )
        )
        window = Duration(minutes * 60).iso8601
        made = monitor.ScheduledQueryRule(
            f"{name}-freshness",
            rule_name=self.context.name(name, "freshness", limit=260),
            resource_group_name=ground.group,
            location=self.context.place.region,
            kind=monitor.Kind.LOG_ALERT,
            enabled=True,
            severity=2,
            description=f"No values of {name} were materialized for {Duration(minutes * 60)}",
            scopes=[ground.log_workspace_id],
            evaluation_frequency=Duration(min(minutes, 60) * 60).iso8601,
            window_size=window,
            auto_mitigate=True,
            # the table's columns come with its first log
            skip_query_validation=True,
            criteria=monitor.ScheduledQueryRuleCriteriaArgs(
                all_of=[
                    monitor.ConditionArgs(
                        query=query,
                        time_aggregation=monitor.TimeAggregation.COUNT,
                        operator="LessThan",
                        threshold=1,
                        failing_periods=monitor.ConditionFailingPeriodsArgs(
                            number_of_evaluation_periods=1, min_failing_periods_to_alert=1
                        ),
                    )
                ]
            ),
            actions=monitor.ActionsArgs(action_groups=[ground.action_group_id]),
            tags=self.context.tags,
            opts=self.child(),
        )
        return made.id
