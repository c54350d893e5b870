"""The customer-managed key on Google Cloud, and which Google service may use it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pulumi
import pulumi_gcp as gcp

from components.base import Component
from components.clouds.gcp.ground import GcpPlace, Key, labels, place

__all__ = ["agent", "customer_key", "identities"]

# Google's own account of a service in a project, which does the encrypting.
# Source: https://cloud.google.com/iam/docs/service-agents
AGENTS: Mapping[str, str] = {
    "aiplatform": "service-{number}@gcp-sa-aiplatform.iam.gserviceaccount.com",
    "artifactregistry": "service-{number}@gcp-sa-artifactregistry.iam.gserviceaccount.com",
    "bigquery": "bq-{number}@bigquery-encryption.iam.gserviceaccount.com",
    "cloudscheduler": "service-{number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com",
    "compute": "service-{number}@compute-system.iam.gserviceaccount.com",
    "eventarc": "service-{number}@gcp-sa-eventarc.iam.gserviceaccount.com",
    "monitoring": "service-{number}@gcp-sa-monitoring-notification.iam.gserviceaccount.com",
    "networkconnectivity": "service-{number}@gcp-sa-networkconnectivity.iam.gserviceaccount.com",
    "notebooks": "service-{number}@gcp-sa-notebooks.iam.gserviceaccount.com",
    "pubsub": "service-{number}@gcp-sa-pubsub.iam.gserviceaccount.com",
    "run": "service-{number}@serverless-robot-prod.iam.gserviceaccount.com",
    "secretmanager": "service-{number}@gcp-sa-secretmanager.iam.gserviceaccount.com",
    "storage": "service-{number}@gs-project-accounts.iam.gserviceaccount.com",
    "workflows": "service-{number}@gcp-sa-workflows.iam.gserviceaccount.com",
}
ENCRYPTING = ("aiplatform", "artifactregistry", "bigquery", "pubsub", "secretmanager", "storage", "workflows")
# Cloud Storage, BigQuery and Compute Engine make theirs by themselves; the other services do once they are asked.
ON_REQUEST = tuple(service for service in AGENTS if service not in ("bigquery", "compute", "storage"))
# What a service's own account must hold to work; Google grants it when the service is first used, which may be late.
OWN_ROLES = {
    "aiplatform": "roles/aiplatform.serviceAgent",
    "cloudscheduler": "roles/cloudscheduler.serviceAgent",
    "eventarc": "roles/eventarc.serviceAgent",
    "notebooks": "roles/notebooks.serviceAgent",
    "networkconnectivity": "roles/networkconnectivity.serviceAgent",
    "run": "roles/run.serviceAgent",
    "workflows": "roles/workflows.serviceAgent",
}
QUARTER = "7776000s"  # 90 days


def agent(where: GcpPlace, service: str) -> str:
    """Member name of a Google service's own account in the project."""
    return f"serviceAccount:{AGENTS[service].format(number=where.project_number)}"


def identities(component: Component, apis: Mapping[str, pulumi.Resource]) -> dict[str, pulumi.Resource]:
    """Have Google make the accounts of its services, and give them the roles they work with."""
    where = place(component)
    made: dict[str, pulumi.Resource] = {}
    for service in (asked for asked in ON_REQUEST if asked in apis):
        made[service] = gcp.projects.ServiceIdentity(
            f"agent-{service}",
            project=where.project,
            service=f"{service}.googleapis.com",
            opts=component.child(depends_on=[apis[service]]),
        )
    for service, role in ((held, role) for held, role in OWN_ROLES.items() if held in made):
        gcp.projects.IAMMember(
            f"agent-{service}-role",
            project=where.project,
            role=role,
            member=agent(where, service),
            # shared by everything in the project: it outlives the stack
            opts=component.child(depends_on=[made[service]], retain_on_delete=True),
        )
    return made


def customer_key(
    component: Component,
    existing: str | None,
    apis: Mapping[str, pulumi.Resource],
    made: Mapping[str, pulumi.Resource],
    *,
    disks: bool = False,
    runs: bool = False,
) -> Key:
    """
    A key that rotates every 90 days, or the one that exists, granted to each service that encrypts.

    Args:
        component: The foundation.
        existing: `projects/…/cryptoKeys/…`; None for a new one.
        apis, made: What is switched on, and the services' own accounts.
        disks: Whether machines of the stack have disks of their own.
        runs: Whether Cloud Run keeps images of the stack.

    Raises:
        ValueError: The existing key is not of the form `projects/…/cryptoKeys/…`, or lies in another region.
    """
    where = place(component)
    key_id = pulumi.Output.from_input(_checked(existing, where.region)) if existing else _key(component, apis)
    granted = {}
    for service in (*ENCRYPTING, *(["compute"] if disks else []), *(["run"] if runs else [])):
        grant = gcp.kms.CryptoKeyIAMMember(
            f"key-{service}",
            crypto_key_id=key_id,
            role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
            member=agent(where, service),
            opts=component.child(depends_on=[made[service] if service in made else apis[service]]),
        )
        granted[service] = pulumi.Output.all(key_id, grant.id).apply(lambda both: str(both[0]))
    return Key(key_id, granted)


def _key(component: Component, apis: Mapping[str, pulumi.Resource]) -> pulumi.Output[str]:
    where = place(component)
    ring = gcp.kms.KeyRing(
        "key-ring",
        name=component.context.name("ring", unique=True),  # a ring is never deleted, so another salt makes another
        project=where.project,
        location=where.region,
        opts=component.keeps_data(depends_on=[apis["cloudkms"]]),
    )
    key = gcp.kms.CryptoKey(
        "key",
        name=component.context.name("key"),
        key_ring=ring.id,
        purpose="ENCRYPT_DECRYPT",
        rotation_period=QUARTER,
        version_template=gcp.kms.CryptoKeyVersionTemplateArgs(
            algorithm="GOOGLE_SYMMETRIC_ENCRYPTION", protection_level="SOFTWARE"
        ),
        destroy_scheduled_duration="2592000s",  # 30 days in which a deleted key can be brought back
        labels=labels(component),
        opts=component.keeps_data(),
    )
    return key.id


_KEY = re.compile(r"projects/[^/]+/locations/([^/]+)/keyRings/[^/]+/cryptoKeys/[^/]+")


def _checked(existing: str, region: str) -> str:
    match = _KEY.fullmatch(existing)
    if match is None:
        raise ValueError(
            f"key.existing is {existing!r}, which is no Cloud KMS key."
            " Write projects/<project>/locations/<region>/keyRings/<ring>/cryptoKeys/<key>."
        )
    if match[1] != region:
        raise ValueError(
            f"key.existing lies in {match[1]}, and the stack in {region}: Vertex AI encrypts with a key of its own"
            f" region. Name a key of {region}."
        )
    return existing
