"""Where a stack on Google Cloud keeps things: buckets, images, secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_gcp import artifactregistry, secretmanager, storage

from components.base import Component
from components.clouds.gcp.ground import Key, labels, place, without_google
from components.foundation import Storage

__all__ = ["bucket", "expiry", "gone_in_a_day", "images", "secrets"]

Apis = Mapping[str, pulumi.Resource]
Rule, Action, When = (
    storage.BucketLifecycleRuleArgs,
    storage.BucketLifecycleRuleActionArgs,
    storage.BucketLifecycleRuleConditionArgs,
)
WEEK = 604_800  # seconds that Cloud Storage keeps what was deleted, by its own default
UNTAGGED = "1209600s"  # 14 days


def bucket(
    component: Component, what: str, key: Key, apis: Apis, expiry: Sequence[storage.BucketLifecycleRuleArgs]
) -> storage.Bucket:
    """A private, versioned bucket under the customer's key; TLS is the only way in on Google Cloud."""
    where = place(component)
    return storage.Bucket(
        what,
        name=without_google(component.context.name(what, limit=63, unique=True)),
        project=where.project,
        location=where.region,
        storage_class="STANDARD",
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        encryption=storage.BucketEncryptionArgs(default_kms_key_name=key.of["storage"]),
        versioning=storage.BucketVersioningArgs(enabled=True),
        soft_delete_policy=storage.BucketSoftDeletePolicyArgs(retention_duration_seconds=WEEK),
        lifecycle_rules=[*expiry, Rule(action=Action(type="AbortIncompleteMultipartUpload"), condition=When(age=7))],
        force_destroy=not component.context.protect,
        labels=labels(component),
        opts=component.keeps_data(depends_on=[apis["storage"]]),
    )


def expiry(spec: Storage, scratch: Sequence[str]) -> list[storage.BucketLifecycleRuleArgs]:
    """Old versions go after `keep_versions`, and what lies under the scratch prefixes after `scratch`."""
    return [
        Rule(action=Action(type="Delete"), condition=When(days_since_noncurrent_time=spec.keep_versions.days)),
        Rule(
            action=Action(type="Delete"),
            condition=When(age=spec.scratch.days, matches_prefixes=list(scratch), with_state="LIVE"),
        ),
    ]


def gone_in_a_day(prefix: str) -> list[storage.BucketLifecycleRuleArgs]:
    """What lies under a prefix goes when it is a day old, and can't be had back a day later."""
    old = When(age=1, matches_prefixes=[prefix], with_state="LIVE")
    return [
        Rule(action=Action(type="Delete"), condition=old),
        Rule(action=Action(type="Delete"), condition=When(days_since_noncurrent_time=1, matches_prefixes=[prefix])),
    ]


def images(
    component: Component, key: Key, apis: Apis, readers: Mapping[str, pulumi.Input[str]]
) -> artifactregistry.Repository:
    """The stack's image repository: tags never move, images are scanned, what has no tag goes after 14 days."""
    where = place(component)
    repository = artifactregistry.Repository(
        "images",
        repository_id=component.context.name("images"),
        project=where.project,
        location=where.region,
        format="DOCKER",
        description=f"Images of {component.context.blueprint} {component.context.environment}",
        kms_key_name=key.of["artifactregistry"],
        docker_config=artifactregistry.RepositoryDockerConfigArgs(immutable_tags=True),
        vulnerability_scanning_config=artifactregistry.RepositoryVulnerabilityScanningConfigArgs(
            enablement_config="INHERITED"
        ),
        cleanup_policies=[
            artifactregistry.RepositoryCleanupPolicyArgs(
                id="untagged",
                action="DELETE",
                condition=artifactregistry.RepositoryCleanupPolicyConditionArgs(
                    tag_state="UNTAGGED", older_than=UNTAGGED
                ),
            )
        ],
        cleanup_policy_dry_run=False,
        labels=labels(component),
        opts=component.keeps_data(depends_on=[apis["artifactregistry"], apis["containerscanning"]]),
    )
    for duty, member in readers.items():
        artifactregistry.RepositoryIamMember(
            f"images-{duty}",
            project=where.project,
            location=where.region,
            repository=repository.repository_id,
            role="roles/artifactregistry.reader",
            member=member,
            opts=component.child(),
        )
    return repository


def secrets(component: Component, names: Sequence[str], key: Key, apis: Apis) -> dict[str, pulumi.Output[str]]:
    """An empty secret for each name, in the stack's region alone, under the customer's key."""
    where = place(component)
    here = secretmanager.SecretReplicationUserManagedReplicaArgs(
        location=where.region,
        customer_managed_encryption=secretmanager.SecretReplicationUserManagedReplicaCustomerManagedEncryptionArgs(
            kms_key_name=key.of["secretmanager"]
        ),
    )
    made = {}
    for name in names:
        secret = secretmanager.Secret(
            f"secret-{name}",
            secret_id=component.context.name(name, limit=255, unique=True),
            project=where.project,
            replication=secretmanager.SecretReplicationArgs(
                user_managed=secretmanager.SecretReplicationUserManagedArgs(replicas=[here])
            ),
            labels=labels(component),
            opts=component.keeps_data(depends_on=[apis["secretmanager"]]),
        )
        made[name] = secret.id
    return made
