"""What feature sets stand on in Azure: a workspace for it, a data lake, a cache, and who may use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import machinelearningservices, redis, storage

from components.base import Component
from components.clouds.azure.actions import FEATURES, FEATURES_READ
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.logs import audit
from components.clouds.azure.network import private_endpoint
from components.clouds.azure.roles import assign, define
from components.clouds.azure.storage import ZONAL, Store, account, container
from components.clouds.azure.workspace import datastore

__all__ = ["FeatureGround", "feature_ground"]

OFFLINE, ONLINE = "offline", "online"  # connections of the store
SPARK_RUNTIME = "3.4"
"""
The only one that there is.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-feature-store
"""
DELETED_DAYS = 30


@dataclass(frozen=True)
class FeatureGround:
    """
    What every feature set of the stack uses.

    Attributes:
        name, id: Of the feature store's workspace.
        specifications: URI of the artifact store, as this workspace knows it.
        cache: ARM id of the online store; None without one.
        ready: What must be there before something is materialized.
    """

    name: pulumi.Output[str]
    id: pulumi.Output[str]
    specifications: pulumi.Output[str]
    cache: pulumi.Output[str] | None
    ready: Sequence[pulumi.Resource]


def feature_ground(owner: Component, ground: AzureGround, *, online: bool) -> FeatureGround:
    """
    Register the feature store.

    Raises:
        ValueError: The foundation was not told of it, and so has no names for its services.
    """
    if not {"dfs", "redis"} <= set(ground.zones):
        raise ValueError("the foundation knows of no feature store. Give its spec features: true.")
    lake = account(owner, "features", ground.key, ground.group, {}, folders=True)
    offline = container(owner, "features", lake, ground.group)
    _bring_back(owner, ground, lake)
    cache = _cache(owner, ground) if online else None
    granted = _storage_rights(owner, ground, offline, cache)
    store = _workspace(owner, ground, offline, cache, granted)
    connected = [_connection(owner, ground, store, OFFLINE, "ADLSGen2", offline.id)]
    if cache:
        connected.append(_connection(owner, ground, store, ONLINE, "Redis", cache.id))
    _private(owner, ground, lake.id, store, cache)
    audit(owner, "features", store.id, ground.log_workspace_id, "allLogs")
    blobs = pulumi.Output.concat(lake.id, "/blobServices/default")
    audit(owner, "features-lake", blobs, ground.log_workspace_id)
    rights = _workspace_rights(owner, ground, store)
    where = datastore(owner, "specifications", ground.artifacts, store, ground.group)
    parts = where.apply(lambda uri: uri.removeprefix("azureml://"))
    specifications = pulumi.Output.all(store.id, parts).apply(lambda known: f"azureml:/{_lower(known[0])}/{known[1]}")
    return FeatureGround(store.name, store.id, specifications, cache.id if cache else None, [*connected, *rights])


def _bring_back(owner: Component, ground: AzureGround, lake: storage.StorageAccount) -> None:
    """What is deleted can be brought back for a month; a data lake keeps no versions, and its snapshots go after it."""
    kept = storage.DeleteRetentionPolicyArgs(enabled=True, days=DELETED_DAYS)
    settings = storage.BlobServiceProperties(
        "features-deleted",
        blob_services_name="default",
        account_name=lake.name,
        resource_group_name=ground.group,
        is_versioning_enabled=False,
        delete_retention_policy=kept,
        container_delete_retention_policy=kept,
        opts=owner.child(),
    )
    old = storage.DateAfterCreationArgs(days_after_creation_greater_than=DELETED_DAYS)
    snapshots = storage.ManagementPolicyRuleArgs(
        name="snapshots",
        type=storage.RuleType.LIFECYCLE,
        enabled=True,
        definition=storage.ManagementPolicyDefinitionArgs(
            filters=storage.ManagementPolicyFilterArgs(blob_types=["blockBlob"]),
            actions=storage.ManagementPolicyActionArgs(snapshot=storage.ManagementPolicySnapShotArgs(delete=old)),
        ),
    )
    storage.ManagementPolicy(
        "features-lifecycle",
        management_policy_name="default",
        account_name=lake.name,
        resource_group_name=ground.group,
        policy=storage.ManagementPolicySchemaArgs(rules=[snapshots]),
        opts=owner.child(depends_on=[settings]),  # Azure refuses two changes of an account at once
    )


def _lower(workspace_id: str) -> str:
    """The path of a workspace as an `azureml://` URI has it."""
    _, _, subscription, _, group, _, _, _, name = workspace_id.split("/")
    return f"/subscriptions/{subscription}/resourcegroups/{group}/workspaces/{name}"


def _cache(owner: Component, ground: AzureGround) -> redis.Redis:
    """
    The online store: the one kind of cache that a feature store writes to.

    It keeps nothing on disk, so there is nothing to encrypt there; what it has lost is materialized again.
    """
    context = owner.context
    zonal = context.place.region in ZONAL
    return redis.Redis(
        "features-cache",
        name=context.name("features", limit=63, unique=True),
        resource_group_name=ground.group,
        location=context.place.region,
        sku=redis.SkuArgs(name=redis.SkuName.PREMIUM, family=redis.SkuFamily.P, capacity=1),
        enable_non_ssl_port=False,
        minimum_tls_version=redis.TlsVersion.TLS_VERSION_1_2,
        public_network_access=redis.PublicNetworkAccess.DISABLED,
        redis_version="6",
        redis_configuration=redis.RedisCommonPropertiesRedisConfigurationArgs(aad_enabled="true"),
        zonal_allocation_policy=redis.ZonalAllocationPolicy.AUTOMATIC if zonal else None,
        tags=context.tags,
        opts=owner.keeps_data(),
    )


def _storage_rights(
    owner: Component, ground: AzureGround, offline: Store, cache: redis.Redis | None
) -> list[pulumi.Resource]:
    """The pipeline's identity materializes; training reads what there was, serving what is now."""
    reader, writer = "Storage Blob Data Reader", "Storage Blob Data Contributor"
    made: list[pulumi.Resource] = [
        assign(owner, "pipeline-writes-features", writer, ground.pipeline, offline.id),
        assign(owner, "pipeline-reads-sources", reader, ground.pipeline, ground.data.id),
        assign(owner, "train-reads-features", reader, ground.train, offline.id),
        assign(owner, "workspace-sees-features", reader, ground.keeper, offline.id),
    ]
    if cache:
        redis.AccessPolicyAssignment(
            "serve-reads-features",
            access_policy_assignment_name="serve",
            access_policy_name="Data Reader",
            cache_name=cache.name,
            object_id=ground.serve.principal_id,
            object_id_alias="serve",
            resource_group_name=ground.group,
            opts=owner.child(),
        )
    return made


def _workspace(
    owner: Component, ground: AzureGround, offline: Store, cache: redis.Redis | None, granted: list[pulumi.Resource]
) -> machinelearningservices.Workspace:
    """The connections are named before they are there: a store can't be told of them later."""
    ml, context = machinelearningservices, owner.context
    rules = {
        "lake": _rule(offline.account_id, "dfs"),
        "lake-blobs": _rule(offline.account_id, "blob"),
        "sources": _rule(ground.data.account_id, "dfs"),
        "sources-blobs": _rule(ground.data.account_id, "blob"),
        **({"cache": _rule(cache.id, "redisCache")} if cache else {}),
    }
    return ml.Workspace(
        "features-store",
        workspace_name=context.name("features", limit=33, unique=True),
        resource_group_name=ground.group,
        location=context.place.region,
        kind="FeatureStore",
        sku=ml.SkuArgs(name="Basic", tier=ml.SkuTier.BASIC),
        friendly_name=f"{context.blueprint} {context.environment} features",
        identity=ml.ManagedServiceIdentityArgs(
            type=ml.ManagedServiceIdentityType.USER_ASSIGNED,
            user_assigned_identities=[ground.keeper.id, ground.key.user.id, ground.pipeline.id],
        ),
        primary_user_assigned_identity=ground.keeper.id,
        storage_account=ground.home_account_id,
        key_vault=ground.vault_id,
        container_registry=ground.images_id,
        application_insights=ground.insights_id,
        encryption=ml.EncryptionPropertyArgs(
            status=ml.EncryptionStatus.ENABLED,
            identity=ml.IdentityForCmkArgs(user_assigned_identity=ground.key.user.id),
            key_vault_properties=ml.KeyVaultPropertiesArgs(
                key_vault_arm_id=ground.key.vault_id, key_identifier=ground.key.versioned_uri
            ),
        ),
        enable_service_side_cmk_encryption=True,
        feature_store_settings=ml.FeatureStoreSettingsArgs(
            compute_runtime=ml.ComputeRuntimeDtoArgs(spark_runtime_version=SPARK_RUNTIME),
            offline_store_connection_name=OFFLINE,
            online_store_connection_name=ONLINE if cache else None,
        ),
        managed_network=ml.ManagedNetworkSettingsArgs(
            isolation_mode=ml.IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND, outbound_rules=rules
        ),
        provision_network_now=True,
        public_network_access=ml.PublicNetworkAccessType.DISABLED,
        system_datastores_auth_mode=ml.SystemDatastoresAuthMode.IDENTITY,
        v1_legacy_mode=False,
        tags=context.tags,
        opts=owner.keeps_data(depends_on=[*granted, *ground.key.ready]),
    )


def _rule(target: pulumi.Input[str], part: str) -> machinelearningservices.PrivateEndpointOutboundRuleArgs:
    ml = machinelearningservices
    return ml.PrivateEndpointOutboundRuleArgs(
        type="PrivateEndpoint",
        category=ml.RuleCategory.USER_DEFINED,
        destination=ml.PrivateEndpointDestinationArgs(
            service_resource_id=target, subresource_target=part, spark_enabled=True
        ),
    )


def _connection(
    owner: Component,
    ground: AzureGround,
    store: machinelearningservices.Workspace,
    name: str,
    category: str,
    target: pulumi.Input[str],
) -> machinelearningservices.WorkspaceConnection:
    ml = machinelearningservices
    return ml.WorkspaceConnection(
        f"features-{name}",
        connection_name=name,
        workspace_name=store.name,
        resource_group_name=ground.group,
        properties=ml.ManagedIdentityAuthTypeWorkspaceConnectionPropertiesArgs(
            auth_type="ManagedIdentity",
            category=category,
            target=target,
            credentials=ml.WorkspaceConnectionManagedIdentityArgs(
                client_id=ground.pipeline.client_id, resource_id=ground.pipeline.id
            ),
        ),
        opts=owner.child(),
    )


def _private(
    owner: Component,
    ground: AzureGround,
    lake: pulumi.Output[str],
    store: machinelearningservices.Workspace,
    cache: redis.Redis | None,
) -> None:
    leads = [
        ("features-lake", lake, "dfs", ("dfs",)),
        ("features-blobs", lake, "blob", ("blob",)),
        *([("features-cache", cache.id, "redisCache", ("redis",))] if cache else []),
        ("features-store", store.id, "amlworkspace", ("api", "notebooks")),
    ]
    before: list[pulumi.Resource] = []
    for name, target, part, zones in leads:
        named = {zone: ground.zones[zone] for zone in zones}
        made = private_endpoint(owner, name, target, part, ground.endpoints_subnet_id, named, ground.group, before)
        before = [made]


def _workspace_rights(
    owner: Component, ground: AzureGround, store: machinelearningservices.Workspace
) -> list[pulumi.Resource]:
    write, writing = define(owner, "features", "Publish and materialize feature sets", FEATURES, ground.group_id)
    read, reading = define(owner, "features-reader", "Read feature sets", FEATURES_READ, ground.group_id)
    return [
        assign(owner, "pipeline-fills-features", write, ground.pipeline, ground.group_id, [writing]),
        assign(owner, "train-finds-features", read, ground.train, store.id, [reading]),
        assign(owner, "serve-finds-features", read, ground.serve, store.id, [reading]),
    ]
