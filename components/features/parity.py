"""How well each cloud keeps the promise of features."""

from __future__ import annotations

from typing import Any

from components.base import Cloud
from components.parity import Feature, missing, native, substitute

AWS = "https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store.html"
AWS_GROUP = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFeatureGroup.html"
AWS_MAP = "https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"
AWS_UPDATE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureGroup.html"
AWS_ALARM = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"
AWS_TYPES = "https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-collection-types.html"
GCP = "https://cloud.google.com/vertex-ai/docs/featurestore/latest/overview"
GCP_GROUP = "https://cloud.google.com/vertex-ai/docs/featurestore/latest/create-featuregroup"
GCP_MERGE = "https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#merge_statement"
GCP_ABSENT = "https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#MetricAbsence"
GCP_STORE = "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.featureOnlineStores"
AZURE = "https://learn.microsoft.com/azure/machine-learning/concept-what-is-managed-feature-store"
AZURE_FILL = "https://learn.microsoft.com/azure/machine-learning/feature-set-materialization-concepts"
AZURE_SPEC = "https://learn.microsoft.com/azure/machine-learning/reference-yaml-featureset-spec"
AZURE_STORE = "https://learn.microsoft.com/azure/machine-learning/reference-yaml-feature-store"
AZURE_CACHE = "https://learn.microsoft.com/azure/azure-cache-for-redis/retirement-faq"
AZURE_ALERT = "https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-types#log-search-alerts"


def _views(spec: Any) -> Any:
    return spec.views.values()


def _has(spec: Any, kind: str) -> bool:
    return any(kind in view.columns.values() for view in _views(spec))


FEATURES: tuple[Feature, ...] = (
    Feature(
        "every value there was, for point-in-time joins",
        needed=lambda spec: bool(spec.views),
        on={
            Cloud.AWS: native("the feature group's offline store in S3, by event time", AWS_GROUP),
            Cloud.GCP: native("a BigQuery table, by feature_timestamp", GCP_GROUP),
            Cloud.AZURE: native("the feature store's offline store in a data lake", AZURE),
        },
    ),
    Feature(
        "latest values online",
        needed=lambda spec: spec.online,
        on={
            Cloud.AWS: native("the feature group's online store", AWS_GROUP),
            Cloud.GCP: native("a feature view in a Bigtable online store of one node and more", GCP_STORE),
            Cloud.AZURE: substitute(
                "an Azure Cache for Redis, which the feature store fills",
                "the feature store has no online store of its own, and a tenant makes new caches of this kind only if"
                " it had one before April 2026",
                AZURE_CACHE,
            ),
        },
    ),
    Feature(
        "online values that expire",
        needed=lambda spec: any(view.online and view.online.ttl for view in _views(spec)),
        on={
            Cloud.AWS: native("TtlDuration", AWS_GROUP),
            Cloud.GCP: missing(
                "a value stays online until a newer one replaces it; leave online.ttl out, or write it under"
                " overrides.aws",
                GCP_STORE,
                refuse=True,
            ),
            Cloud.AZURE: missing(
                "a value stays in the cache until a newer one replaces it; leave online.ttl out, or write it under"
                " overrides.aws",
                AZURE_STORE,
                refuse=True,
            ),
        },
    ),
    Feature(
        "materialization on a schedule",
        needed=lambda spec: any(view.materialize for view in _views(spec)),
        on={
            Cloud.AWS: substitute(
                "a state machine that asks Athena for new rows and puts each",
                "a feature group is only written to",
                AWS_MAP,
            ),
            Cloud.GCP: substitute(
                "a workflow that loads, merges and has the feature view sync",
                "a feature view copies a table, which nothing fills",
                GCP_MERGE,
            ),
            Cloud.AZURE: native("Spark jobs of the feature store, which a Logic App asks for", AZURE_FILL),
        },
    ),
    Feature(
        "each value once",
        needed=lambda spec: any(view.materialize for view in _views(spec)),
        on={
            Cloud.AWS: substitute(
                "rows that the offline store shows are left out; one of the last quarter of an hour may be there twice",
                "the offline store is only added to, and shows a row within 15 minutes",
                AWS_GROUP,
            ),
            Cloud.GCP: native("MERGE by entity and time", GCP_MERGE),
            Cloud.AZURE: native("windows that have their values are not materialized again", AZURE_FILL),
        },
    ),
    Feature(
        "freshness alarm, missing data included",
        needed=lambda spec: any(view.freshness for view in _views(spec)),
        on={
            Cloud.AWS: substitute(
                "an alarm on FeatureAgeSeconds, which the state machine publishes",
                "SageMaker has no measure of a feature's age",
                AWS_ALARM,
            ),
            Cloud.GCP: substitute(
                "an alert on the age that the workflow publishes, or on its absence",
                "Vertex AI has no measure of a feature's age",
                GCP_ABSENT,
            ),
            Cloud.AZURE: substitute(
                "an alert when no materialization has succeeded in time",
                "Azure ML has no measure of a feature's age; old values in a source that is read in time go unnoticed",
                AZURE_ALERT,
            ),
        },
    ),
    Feature(
        "a further column in place",
        needed=lambda spec: bool(spec.views),
        on={
            Cloud.AWS: native("UpdateFeatureGroup, by Cloud Control; SageMaker refuses to take one away", AWS_UPDATE),
            Cloud.GCP: native(
                "a column of the table and a feature of the group; protected, the table refuses to lose one",
                "https://cloud.google.com/bigquery/docs/managing-table-schemas",
            ),
            Cloud.AZURE: substitute(
                "another version of the feature set in the same store; the one before it stays",
                "a version's columns can't change",
                AZURE_SPEC,
            ),
        },
    ),
    Feature(
        "vector columns",
        needed=lambda spec: _has(spec, "vector"),
        on={
            Cloud.AWS: substitute(
                "a text feature with the list as JSON", "lists are for the in-memory online store alone", AWS_TYPES
            ),
            Cloud.GCP: native("repeated FLOAT64", GCP_GROUP),
            Cloud.AZURE: missing(
                "a feature set has no lists; write them as text, or under overrides of the other clouds",
                AZURE_SPEC,
                refuse=True,
            ),
        },
    ),
    Feature(
        "timestamp and bool columns",
        needed=lambda spec: _has(spec, "timestamp") or _has(spec, "bool"),
        on={
            Cloud.AWS: substitute(
                "text in ISO 8601, and 0 or 1",
                "features are text and numbers",
                "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html",
            ),
            Cloud.GCP: native("TIMESTAMP and BOOL", GCP_GROUP),
            Cloud.AZURE: native("datetime and boolean", AZURE_SPEC),
        },
    ),
    Feature(
        "customer-managed key",
        needed=lambda spec: bool(spec.views),
        on={
            Cloud.AWS: native(
                "KmsKeyId of both stores", "https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html"
            ),
            Cloud.GCP: native("encryptionSpec of the online store, and the dataset's key", GCP_STORE),
            Cloud.AZURE: native(
                "the data lake's and the workspace's key; the cache keeps nothing on disk",
                "https://learn.microsoft.com/azure/machine-learning/concept-customer-managed-keys",
            ),
        },
    ),
)
