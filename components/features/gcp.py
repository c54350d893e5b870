"""Features on Vertex AI: a BigQuery table and a feature group a view, one online store, a workflow that fills them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pulumi
import pulumi_gcp as gcp
from pulumi_gcp import bigquery, vertex

from components.clouds.gcp import feature_sql as sql
from components.clouds.gcp.feature_watch import LONGEST_SILENCE, AgeMetric, age_metric, alert, clock, cron
from components.clouds.gcp.ground import GcpGround, labels, place
from components.clouds.gcp.key import agent
from components.clouds.gcp.roles import bucket_grant, project_grant
from components.clouds.gcp.workflow import QUERY, controller, workflow_name
from components.features import Features, FeaturesResult, FeatureView, ViewResult

__all__ = ["VertexFeatures"]

MATERIALIZE = Path(__file__).with_name("gcp_materialize.yaml")
# Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.featureGroups.features/create and
# https://cloud.google.com/bigquery/docs/schemas#column_names
FEATURE = re.compile(r"[a-z_][a-z0-9_]{0,127}")
TAKEN = ("_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier", "_change_")
MOST_NODES = 10
NO_MATERIALIZATION = "TZ=Etc/UTC 0 * * * *"  # whoever writes the table by himself has it online within the hour
READ = ("bigquery.jobs.create",)
SERVE = (
    "aiplatform.featureOnlineStores.get",
    "aiplatform.featureViews.fetchFeatureValues",
    "aiplatform.featureViews.get",
)
WRITE = ("aiplatform.featureViews.sync", "monitoring.timeSeries.create", "workflows.executions.create")


class VertexFeatures(Features):
    """The dataset is the offline store; the online store is there once a view is served online."""

    def build(self) -> FeaturesResult:
        self._refuse()
        ground, where = self.need(GcpGround), place(self)
        dataset = self._dataset(ground)
        store = self._online_store(ground) if self.spec.online else None
        granted = self._grants(ground, dataset)
        watched = any(view.materialize for view in self.spec.views.values())
        metric = age_metric(self, self.child()) if watched else None
        views = {}
        for name, view in sorted(self.spec.views.items()):
            views[name] = self._view(name, view, ground, dataset, store, metric, granted)
        return FeaturesResult(
            store_id=pulumi.Output.concat(f"projects/{where.project}/datasets/", dataset.dataset_id),
            views={name: view.outputs() for name, view in views.items()},
        )

    def _refuse(self) -> None:
        for name, view in self.spec.views.items():
            for column, _ in self.spec.typed(view):
                if not FEATURE.fullmatch(column.lower()) or column.lower().startswith(TAKEN):
                    raise ValueError(
                        f"views.{name}: {column} is no column of BigQuery: it keeps what begins with"
                        f" {', '.join(TAKEN)} to itself. Rename the column."
                    )
                if column.lower() == sql.MOMENT and column != view.event_time:
                    raise ValueError(
                        f"views.{name}: {column} is what Vertex AI calls the event time of every view."
                        " Rename the column."
                    )

    def _dataset(self, ground: GcpGround) -> bigquery.Dataset:
        where = place(self)
        return bigquery.Dataset(
            "features",
            dataset_id=self.context.name("features", limit=1024, separator="_", unique=True),
            friendly_name="Offline store of features",
            project=where.project,
            location=where.region,
            default_encryption_configuration=bigquery.DatasetDefaultEncryptionConfigurationArgs(
                kms_key_name=ground.key.of["bigquery"]
            ),
            delete_contents_on_destroy=not self.context.protect,
            labels=labels(self),
            opts=self.keeps_data(),
        )

    def _online_store(self, ground: GcpGround) -> vertex.AiFeatureOnlineStore:
        """Bigtable, whose values are read through the API that the network reaches privately."""
        where = place(self)
        scaling = vertex.AiFeatureOnlineStoreBigtableAutoScalingArgs(
            min_node_count=1, max_node_count=MOST_NODES, cpu_utilization_target=60
        )
        return vertex.AiFeatureOnlineStore(
            "features-online",
            name=self.context.name("features", limit=60, separator="_"),
            project=where.project,
            region=where.region,
            bigtable=vertex.AiFeatureOnlineStoreBigtableArgs(auto_scaling=scaling),
            encryption_spec=vertex.AiFeatureOnlineStoreEncryptionSpecArgs(kms_key_name=ground.key.of["aiplatform"]),
            force_destroy=not self.context.protect,
            labels=labels(self),
            opts=self.keeps_data(),
        )

    def _grants(self, ground: GcpGround, dataset: bigquery.Dataset) -> list[pulumi.Resource]:
        """Training reads the table, serving the online store, the pipeline writes; Vertex AI copies between them."""
        where, people = place(self), ground.accounts
        readers = {"train": people["train"].member, "agent": pulumi.Output.from_input(agent(where, "aiplatform"))}
        made: list[pulumi.Resource] = [
            bigquery.DatasetIamMember(
                f"features-{who}",
                project=where.project,
                dataset_id=dataset.dataset_id,
                role=role,
                member=member,
                opts=self.child(),
            )
            for who, role, member in (
                *((who, "roles/bigquery.dataViewer", member) for who, member in readers.items()),
                ("pipeline", "roles/bigquery.dataEditor", people["pipeline"].member),
            )
        ]
        made.append(project_grant(self, "features-read", people["train"].member, READ, "Queries the offline store"))
        made.append(project_grant(self, "features-write", people["pipeline"].member, WRITE, "Fills the feature store"))
        if self.spec.online:
            project_grant(self, "features-serve", people["serve"].member, SERVE, "Reads the latest values of features")
        source = bucket_grant(
            self, "features-sources", ground.data, "roles/storage.objectViewer", people["pipeline"].member
        )
        return [*made, source]

    def _view(
        self,
        name: str,
        view: FeatureView,
        ground: GcpGround,
        dataset: bigquery.Dataset,
        store: vertex.AiFeatureOnlineStore | None,
        metric: AgeMetric | None,
        granted: list[pulumi.Resource],
    ) -> ViewResult:
        where, table_id = place(self), name.replace("-", "_")
        columns = list(self.spec.typed(view))
        table = self._table(name, table_id, columns, dataset)
        address = pulumi.Output.concat(f"{where.project}.", dataset.dataset_id, ".", table.table_id)
        online = self._online(name, view, columns, address, store, granted) if store and view.online else None
        workflow = alarm = None
        if view.materialize and metric:
            every = cron(f"views.{name}.materialize.every", view.materialize.every)
            workflow = self._workflow(name, view, ground, dataset, table, columns, online, metric)
            options = self.child(depends_on=granted)
            clock(self, f"{name}-materialize", every, {}, workflow, ground, options)
            if view.freshness:
                alarm = alert(self, name, view.freshness, metric, ground.alert_channels)
                if view.freshness > LONGEST_SILENCE:  # so that an alert which can't wait longer has what to look at
                    clock(self, f"{name}-measure", "30 * * * *", {"only": "age"}, workflow, ground, options)
        return ViewResult(
            offline=pulumi.Output.concat("bq://", address),
            offline_table=address,
            online=online,
            materialize_id=workflow.id if workflow else None,
            freshness_alarm_id=alarm,
        )

    def _table(self, name: str, table_id: str, columns: sql.Columns, dataset: bigquery.Dataset) -> bigquery.Table:
        """Every value there was; one more column is an update of the table."""
        return bigquery.Table(
            name,
            project=place(self).project,
            dataset_id=dataset.dataset_id,
            table_id=table_id,
            description=f"Values of {name}, and when they were true",
            schema=json.dumps(sql.schema(columns)),
            time_partitioning=bigquery.TableTimePartitioningArgs(type="MONTH", field=sql.MOMENT),
            clusterings=[columns[0][0]],
            deletion_protection=self.context.protect,
            labels=labels(self),
            opts=self.keeps_data(),
        )

    def _online(
        self,
        name: str,
        view: FeatureView,
        columns: sql.Columns,
        address: pulumi.Output[str],
        store: vertex.AiFeatureOnlineStore,
        granted: list[pulumi.Resource],
    ) -> pulumi.Output[str]:
        """A feature group over the table, a feature a column, and the view that copies the latest values."""
        where = place(self)
        group = vertex.AiFeatureGroup(
            f"{name}-group",
            name=self.context.name(name, limit=60, separator="_"),
            description=f"Features of {name}",
            project=where.project,
            region=where.region,
            big_query=vertex.AiFeatureGroupBigQueryArgs(
                entity_id_columns=[columns[0][0]],
                big_query_source=vertex.AiFeatureGroupBigQueryBigQuerySourceArgs(
                    input_uri=pulumi.Output.concat("bq://", address)
                ),
            ),
            labels=labels(self),
            opts=self.child(depends_on=granted),
        )
        features = [self._feature(name, column, group) for column in sorted(view.columns)]
        registry = vertex.AiFeatureOnlineStoreFeatureviewFeatureRegistrySourceArgs
        chosen = vertex.AiFeatureOnlineStoreFeatureviewFeatureRegistrySourceFeatureGroupArgs(
            feature_group_id=group.name, feature_ids=[feature.name for feature in features]
        )
        sync = None if view.materialize else NO_MATERIALIZATION
        made = vertex.AiFeatureOnlineStoreFeatureview(
            f"{name}-online",
            name=self.context.name(name, limit=60, separator="_"),
            project=where.project,
            region=where.region,
            feature_online_store=store.name,
            feature_registry_source=registry(feature_groups=[chosen], project_number=where.project_number),
            sync_config=vertex.AiFeatureOnlineStoreFeatureviewSyncConfigArgs(cron=sync) if sync else None,
            labels=labels(self),
            opts=self.child(),
        )
        return made.id

    def _feature(self, name: str, column: str, group: vertex.AiFeatureGroup) -> vertex.AiFeatureGroupFeature:
        where = place(self)
        return vertex.AiFeatureGroupFeature(
            f"{name}-{column}",
            name=column.lower(),
            project=where.project,
            region=where.region,
            feature_group=group.name,
            version_column_name=column,
            labels=labels(self),
            opts=self.child(),
        )

    def _workflow(
        self,
        name: str,
        view: FeatureView,
        ground: GcpGround,
        dataset: bigquery.Dataset,
        table: bigquery.Table,
        columns: sql.Columns,
        online: pulumi.Output[str] | None,
        metric: AgeMetric,
    ) -> gcp.workflows.Workflow:
        where, staged = place(self), f"{name.replace('-', '_')}_staged"
        known = pulumi.Output.all(dataset.dataset_id, table.table_id, self._source(name, view, ground))
        suffix = f"{name}-materialize"
        parent = f"projects/{where.project}/locations/{where.region}"
        given: dict[str, Any] = {
            "project": where.project,
            "location": where.region,
            "bigquery": f"https://bigquery.googleapis.com/bigquery/v2/projects/{where.project}",
            "executions": "https://workflowexecutions.googleapis.com/v1/"
            f"{parent}/workflows/{workflow_name(self, suffix)}/executions",
            "load": known.apply(lambda k: sql.load(k[2], where.project, k[0], staged)),
            "merge": known.apply(lambda k: sql.merge(f"{where.project}.{k[0]}", k[1], staged, columns)),
            "age": known.apply(lambda k: sql.age(f"{where.project}.{k[0]}", k[1])),
            "series_url": f"https://monitoring.googleapis.com/v3/projects/{where.project}/timeSeries",
            "metric": {"type": metric.made, "labels": {"view": name}},
            "resource": {"type": "global", "labels": {"project_id": where.project}},
            "sync": pulumi.Output.concat(f"{where.vertex_url}/v1/", online, ":sync") if online else None,
        }
        return controller(
            self, suffix, MATERIALIZE, given, f"Brings {name} what is new in its source", routines_of=[QUERY]
        )

    def _source(self, name: str, view: FeatureView, ground: GcpGround) -> pulumi.Output[str]:
        """
        Raises:
            ValueError: It is in another cloud's store.
        """
        path = view.source.rstrip("/")
        scheme, separator, _rest = path.partition("://")
        if separator and scheme != "gs":
            raise ValueError(
                f"views.{name}.source is {path}, which BigQuery can't read. Write gs://… or a path of the store."
            )
        return pulumi.Output.from_input(path) if separator else pulumi.Output.concat(ground.data_uri, "/", path)
