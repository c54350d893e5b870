"""Requests and answers of a Vertex AI endpoint, recorded in BigQuery and deleted when they are old."""

from __future__ import annotations

import pulumi
from pulumi_gcp import bigquery

from components.base import Component
from components.clouds.gcp.ground import GcpGround, labels, place
from components.endpoint import Capture

__all__ = ["TABLE", "capture_dataset"]

# Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints: what Vertex AI calls
# the table it makes in a dataset that it is given
TABLE = "request_response_logging"


def capture_dataset(component: Component, capture: Capture, ground: GcpGround) -> pulumi.Output[str]:
    """
    A dataset that Vertex AI writes to, as `bq://<project>.<dataset>`; rows older than `retain` go every day.

    Vertex AI makes the table, so nothing but a query can say how long a row is kept: an expiry of the table would
    drop all of it at once.
    """
    where = place(component)
    dataset_id = component.context.name(component.name, "capture", limit=1024, separator="_", unique=True)
    dataset = bigquery.Dataset(
        f"{component.name}-capture",
        dataset_id=dataset_id,
        friendly_name=f"Requests to {component.name}",
        project=where.project,
        location=where.region,
        default_encryption_configuration=bigquery.DatasetDefaultEncryptionConfigurationArgs(
            kms_key_name=ground.key.of["bigquery"]
        ),
        delete_contents_on_destroy=not component.context.protect,
        labels=labels(component, endpoint=component.name),
        opts=component.keeps_data(),
    )
    writer = bigquery.DatasetIamMember(
        f"{component.name}-capture-pipeline",
        project=where.project,
        dataset_id=dataset.dataset_id,
        role="roles/bigquery.dataEditor",
        member=ground.accounts["pipeline"].member,
        opts=component.child(),
    )
    bigquery.DataTransferConfig(
        f"{component.name}-capture-expiry",
        display_name=component.context.name(component.name, "capture-expiry", limit=256),
        project=where.project,
        location=where.region,
        data_source_id="scheduled_query",
        schedule="every 24 hours",
        params={"query": dataset.dataset_id.apply(lambda found: _expiry(f"{where.project}.{found}", capture))},
        service_account_name=ground.accounts["pipeline"].email,
        opts=component.child(depends_on=[writer]),
    )
    return pulumi.Output.concat(f"bq://{where.project}.", dataset.dataset_id)


def _expiry(dataset: str, capture: Capture) -> str:
    """Before the first request there is no table, and nothing to do."""
    return (
        # every name in it is the stack's own
        f"IF EXISTS (SELECT 1 FROM `{dataset}.INFORMATION_SCHEMA.TABLES` WHERE table_name = '{TABLE}') THEN\n"  # noqa: S608
        f"  DELETE FROM `{dataset}.{TABLE}`\n"
        f"  WHERE logging_time < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {capture.retain.seconds} SECOND);\n"
        "END IF;"
    )
