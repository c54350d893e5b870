"""What clouds enforce between resources: unique names, references that exist, deletes refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.sandbox import component_laws
from groundplan.sandbox.values import UNKNOWN
from groundplan.sandbox.world import Resource, World

__all__ = ["Conflict", "after_delete", "before_create", "before_delete", "before_update", "cascade"]


class Conflict(RuntimeError):
    """The cloud refuses, because of something else that exists or does not."""


@dataclass(frozen=True)
class Reference:
    """
    A property of `type` that names a `target`.

    `blocks`: the target can't be deleted while the reference is there.
    """

    type: str
    path: str
    target: str
    blocks: bool = False


_SM = "aws:sagemaker/"
_MODEL, _CONFIG = f"{_SM}model:Model", f"{_SM}endpointConfiguration:EndpointConfiguration"
_BUCKET, _GCS, _VPC = "aws:s3/bucket:Bucket", "gcp:storage/bucket:Bucket", "aws:ec2/vpc:Vpc"
_ROLE, _DOMAIN = "aws:iam/role:Role", f"{_SM}domain:Domain"
_ECR = "aws:ecr/repository:Repository"

REFERENCES = (
    Reference(f"{_SM}endpoint:Endpoint", "endpointConfigName", _CONFIG),
    Reference(_CONFIG, "productionVariants.modelName", _MODEL),
    Reference(_CONFIG, "shadowProductionVariants.modelName", _MODEL),
    Reference(
        f"{_SM}modelPackageGroupPolicy:ModelPackageGroupPolicy",
        "modelPackageGroupName",
        f"{_SM}modelPackageGroup:ModelPackageGroup",
    ),
    Reference(f"{_SM}userProfile:UserProfile", "domainId", _DOMAIN, blocks=True),
    Reference(f"{_SM}space:Space", "domainId", _DOMAIN, blocks=True),
    Reference(
        f"{_SM}space:Space", "ownershipSettings.ownerUserProfileName", f"{_SM}userProfile:UserProfile", blocks=True
    ),
    Reference("aws:cloudwatch/eventTarget:EventTarget", "rule", "aws:cloudwatch/eventRule:EventRule", blocks=True),
    Reference("aws:cloudwatch/eventTarget:EventTarget", "arn", "aws:sfn/stateMachine:StateMachine"),
    Reference("aws:scheduler/schedule:Schedule", "target.roleArn", _ROLE),
    Reference("gcp:storage/notification:Notification", "topic", "gcp:pubsub/topic:Topic"),
    Reference("gcp:eventarc/trigger:Trigger", "transport.pubsub.topic", "gcp:pubsub/topic:Topic"),
    Reference("gcp:eventarc/trigger:Trigger", "destination.workflow", "gcp:workflows/workflow:Workflow"),
    Reference("aws:iam/rolePolicy:RolePolicy", "role", _ROLE, blocks=True),
    Reference("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", _ROLE, blocks=True),
    Reference("aws:ec2/subnet:Subnet", "vpcId", _VPC, blocks=True),
    Reference("aws:ec2/securityGroup:SecurityGroup", "vpcId", _VPC, blocks=True),
    Reference("aws:ec2/vpcEndpoint:VpcEndpoint", "vpcId", _VPC, blocks=True),
    Reference("aws:ec2/routeTable:RouteTable", "vpcId", _VPC, blocks=True),
    Reference("aws:ec2/vpcEndpoint:VpcEndpoint", "subnetIds", "aws:ec2/subnet:Subnet", blocks=True),
    Reference(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "securityGroupIds",
        "aws:ec2/securityGroup:SecurityGroup",
        blocks=True,
    ),
    Reference(
        "aws:cloudwatch/eventTarget:EventTarget",
        "rule",
        "aws:cloudwatch/eventRule:EventRule",
        blocks=True,
    ),
    Reference("aws:ecr/lifecyclePolicy:LifecyclePolicy", "repository", _ECR),
    Reference("aws:lambda/permission:Permission", "function", "aws:lambda/function:Function"),
    Reference("aws:glue/catalogTable:CatalogTable", "databaseName", "aws:glue/catalogDatabase:CatalogDatabase"),
    Reference("aws:scheduler/schedule:Schedule", "target.arn", "aws:sfn/stateMachine:StateMachine"),
    *(
        Reference(f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}", "bucket", _BUCKET)
        for kind in (
            "BucketVersioning",
            "BucketPolicy",
            "BucketPublicAccessBlock",
            "BucketServerSideEncryptionConfiguration",
            "BucketLifecycleConfiguration",
        )
    ),
    Reference("aws:s3/bucketObjectv2:BucketObjectv2", "bucket", _BUCKET, blocks=True),
    Reference("gcp:storage/bucketObject:BucketObject", "bucket", _GCS, blocks=True),
    Reference("gcp:storage/bucketIAMMember:BucketIAMMember", "bucket", _GCS),
    Reference("gcp:kms/cryptoKey:CryptoKey", "keyRing", "gcp:kms/keyRing:KeyRing"),
    Reference("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "cryptoKeyId", "gcp:kms/cryptoKey:CryptoKey"),
    Reference("gcp:compute/subnetwork:Subnetwork", "network", "gcp:compute/network:Network", blocks=True),
    Reference("gcp:compute/firewall:Firewall", "network", "gcp:compute/network:Network", blocks=True),
    Reference(
        "gcp:vertex/aiFeatureGroupFeature:AiFeatureGroupFeature",
        "featureGroup",
        "gcp:vertex/aiFeatureGroup:AiFeatureGroup",
        blocks=True,
    ),
    Reference(
        "gcp:vertex/aiFeatureOnlineStoreFeatureview:AiFeatureOnlineStoreFeatureview",
        "featureOnlineStore",
        "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore",
        blocks=True,
    ),
    Reference("gcp:bigquery/table:Table", "datasetId", "gcp:bigquery/dataset:Dataset", blocks=True),
    Reference(
        "gcp:vertex/aiTensorboardExperiment:AiTensorboardExperiment",
        "tensorboard",
        "gcp:vertex/aiTensorboard:AiTensorboard",
    ),
    Reference(
        "gcp:vertex/aiIndexEndpointDeployedIndex:AiIndexEndpointDeployedIndex",
        "indexEndpoint",
        "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint",
        blocks=True,
    ),
    Reference("gcp:secretmanager/secretVersion:SecretVersion", "secret", "gcp:secretmanager/secret:Secret"),
    Reference(
        "azure-native:network:PrivateEndpoint",
        "subnet.id",
        "azure-native:network:Subnet",
        blocks=True,
    ),
)

WORLDWIDE = frozenset(
    {
        _BUCKET,
        _GCS,
        "azure-native:storage:StorageAccount",
        "azure-native:containerregistry:Registry",
        "azure-native:keyvault:Vault",
        "azure-native:search:Service",
        "azure-native:redis:Redis",
    }
)
"""Types whose name is taken for every account in the world."""

OVERWRITES = re.compile(
    r"aws:s3/bucket[A-Z]|aws:ecr/lifecyclePolicy:|aws:(sns/topic|sqs/queue)Policy:"
    r"|aws:iam/rolePolicy|aws:sagemaker/modelPackageGroupPolicy:|aws:appautoscaling/"
    r"|aws:cloudwatch/(metricAlarm|compositeAlarm|dashboard|eventRule|eventTarget):"
    r"|aws:servicequotas/"
    r"|gcp:projects/service(Identity)?:|gcp:monitoring/metricDescriptor:|gcp:.+:\w*IAM(AuditConfig|Binding|Member|Policy)$"
)
"""Types whose create writes over what is there: settings of another resource, switches, grants."""

KEPT = {
    "azure-native:keyvault:Vault": "a deleted vault keeps its name until its retention ends",
    "azure-native:machinelearningservices:Workspace": ("a deleted workspace is kept for 14 days, and its name with it"),
    "azure-native:cognitiveservices:Account": "a deleted account keeps its name for 48 hours",
    "gcp:kms/keyRing:KeyRing": "a key ring can't be deleted",
    "gcp:kms/cryptoKey:CryptoKey": "a crypto key can't be deleted, only its versions",
    "gcp:projects/iAMCustomRole:IAMCustomRole": "a deleted role keeps its id for 44 days",
}
"""
Types whose name stays taken after a delete, and why.

Source: https://learn.microsoft.com/en-us/azure/key-vault/general/soft-delete-overview,
https://learn.microsoft.com/en-us/azure/machine-learning/concept-soft-delete,
https://cloud.google.com/kms/docs/faq#cannot_delete,
https://cloud.google.com/iam/docs/creating-custom-roles#deleting-custom-role
"""

PROTECTED = frozenset(
    {
        "gcp:bigquery/table:Table",
        "gcp:cloudrunv2/service:Service",
        "gcp:cloudrunv2/job:Job",
        "gcp:container/cluster:Cluster",
        "gcp:workflows/workflow:Workflow",
    }
)
"""
Types that refuse to be deleted unless `deletionProtection` is false.

Source: GoogleCloudPlatform/magic-modules: `deletion_protection` with default true.
"""


def before_create(world: World, new: Resource) -> None:
    """
    Refuse to create what collides with, or refers to nothing in, the world.

    Raises:
        Conflict: The cloud refuses.
    """
    held = world.get(new.type, new.id)
    if held is not None and not OVERWRITES.match(new.type):
        raise Conflict(f"{new.id!r} already exists: import it, or give this one another name")
    if reason := world.burnt(new.type, new.name) or world.burnt(new.type, new.id):
        raise Conflict(f"the name {new.name!r} can't be used: {reason}")
    if new.type in WORLDWIDE and any(other.id != new.id for other in world.named(new.type, new.name)):
        raise Conflict(f"the name {new.name!r} is taken: it must be unique worldwide")
    _refer(world, new)


def before_update(world: World, new: Resource) -> None:
    """Refuse an update that refers to nothing in the world."""
    _refer(world, new)


def before_delete(world: World, old: Resource) -> None:
    """
    Refuse to delete what is in use, or protected.

    Raises:
        Conflict: The cloud refuses.
    """
    _refuse_protected(old)
    for user, path in _users(world, old):
        if not old.inputs.get("forceDestroy"):
            raise Conflict(f"{old.id!r} is in use: {path} of {user.type} {user.id!r}")
    if old.outputs.get("deployedModels"):
        raise Conflict(f"{old.id!r} still has deployed models: undeploy them first")
    _refuse_serving(world, old)


def after_delete(world: World, old: Resource) -> None:
    """Note what a delete leaves behind."""
    if reason := KEPT.get(old.type):
        # a worldwide name is burnt everywhere, another only where it was
        world.burn(old.type, old.name if old.type in WORLDWIDE else old.id, reason, old.urn)
    if old.type == "aws:secretsmanager/secret:Secret":
        days = old.inputs.get("recoveryWindowInDays", 30)
        if days:
            world.burn(old.type, old.name, f"it is scheduled for deletion, in {days} days", old.urn)


def cascade(world: World, old: Resource) -> None:
    """Delete what lies under a deleted Azure resource; other clouds refuse, or keep it."""
    if not old.type.startswith("azure-native:"):
        return
    for other in world.below(old.id):
        world.remove(other.type, other.id)
        after_delete(world, other)


def _refer(world: World, new: Resource) -> None:
    for reference in REFERENCES:
        if reference.type != new.type:
            continue
        for value in _values(new.inputs, reference.path.split(".")):
            if not _found(world, reference.target, value):
                raise Conflict(
                    f"{reference.path} names {value!r}, but there is no such {reference.target}; "
                    "create it first, or World.assume it"
                )
    for reason in component_laws.missing(world, new):
        raise Conflict(reason)
    _refer_parent(world, new)


def _refer_parent(world: World, new: Resource) -> None:
    """Refuse an Azure child whose parent is not there."""
    if not new.type.startswith("azure-native:") or "/providers/" not in new.id:
        return
    above, below = new.id.rsplit("/providers/", 1)
    namespace, *parts = below.split("/")
    pairs = 2
    if len(parts) <= pairs:
        return
    parent = f"{above}/providers/{namespace}/{'/'.join(parts[:pairs])}"
    if not world.there(parent):
        raise Conflict(f"the parent {parent!r} does not exist: create it first, or World.assume it")


def _found(world: World, target: str, value: str) -> bool:
    if world.get(target, value) is not None:
        return True
    if target == _CONFIG and component_laws.configured(world, value):
        return True
    return any(_means(resource, value) for resource in world.resources(target))


def _means(resource: Resource, value: str) -> bool:
    """Tell whether a reference means a resource: by id, name, ARN or link."""
    names = {resource.id, resource.name, resource.id.rsplit("/", 1)[-1]}
    names |= {str(resource.outputs.get(k)) for k in ("arn", "selfLink", "name", "keyId")}
    return value in names or value.lower() == resource.id.lower()


def _users(world: World, old: Resource) -> Iterator[tuple[Resource, str]]:
    for reference in REFERENCES:
        if reference.blocks and reference.target == old.type:
            for user in world.resources(reference.type):
                values = _values(user.inputs, reference.path.split("."))
                if any(_means(old, value) for value in values):
                    yield user, reference.path
    if old.type == f"{_SM}modelPackageGroup:ModelPackageGroup":
        yield from _packages(world, old)
    yield from component_laws.users(world, old)


def _packages(world: World, group: Resource) -> Iterator[tuple[Resource, str]]:
    """Yield the model packages of a group, which come as Cloud Control resources."""
    for resource in world.resources("aws:cloudcontrol/resource:Resource"):
        if resource.inputs.get("typeName") == "AWS::SageMaker::ModelPackage":
            wanted = json.loads(resource.inputs.get("desiredState") or "{}")
            if wanted.get("ModelPackageGroupName") in (group.name, group.outputs.get("arn")):
                yield resource, "ModelPackageGroupName"


def _refuse_protected(old: Resource) -> None:
    protected = old.inputs.get("deletionProtection", old.type in PROTECTED)
    if old.type.startswith("gcp:") and protected is True:
        raise Conflict(f"{old.id!r} has deletion protection: set deletionProtection to false first")
    if old.inputs.get("deletionPolicy") == "PREVENT":
        raise Conflict(f"{old.id!r} has deletionPolicy PREVENT: change it first")


def _refuse_serving(world: World, old: Resource) -> None:
    """Refuse to delete an Azure deployment that has a share of the traffic."""
    if old.type != "azure-native:machinelearningservices:OnlineDeployment":
        return
    endpoint = world.get("azure-native:machinelearningservices:OnlineEndpoint", old.id.rsplit("/deployments/", 1)[0])
    properties = endpoint.outputs.get("properties", {}) if endpoint else {}
    share = (properties.get("traffic") or {}).get(old.name, 0)
    if share:
        raise Conflict(f"{old.name!r} serves {share} % of the traffic: set it to 0 first")


def _values(value: Any, path: list[str]) -> Iterator[str]:
    """Yield the known texts at a path, through lists."""
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif path and isinstance(value, Mapping):
        yield from _values(value.get(path[0]), path[1:])
    elif not path and isinstance(value, str) and value and UNKNOWN not in value:
        yield value
