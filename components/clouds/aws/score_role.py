"""The IAM role that a batch scoring job runs with: its own input, its own output, and nothing of another's."""

from __future__ import annotations

import pulumi
from pulumi_aws import iam

from components.base import Component
from components.clouds.aws.ground import AwsGround, Bucket, after, here, is_ecr, is_own, tags
from components.clouds.aws.network import Network
from components.clouds.aws.policies import Statement, allow, document, trust
from components.clouds.aws.reach import PULL, READ, WRITE, bucket_access, image_access, outside_access
from components.clouds.aws.rights import SCORE_ROLE, Means, Rights

__all__ = ["means_of", "score_role"]


def means_of(component: Component, ground: AwsGround) -> Means:
    """What permissions of a component's own role are about: the stack's key, stores, images and network."""
    place = here(component)
    return Means(
        key_arn=ground.key_arn,
        artifacts=ground.artifacts,
        data=ground.data,
        repositories=place.arn("ecr", f"repository/{component.context.name(limit=128)}/*"),
        secrets=None,
        log_group_arn=ground.log_group_arn,
        network=Network(ground.network_id, ground.subnet_ids, ground.security_group_ids, ours=False),
    )


def score_role(
    component: Component, ground: AwsGround, *, reads: str, writes: str, image: str | None
) -> pulumi.Output[str]:
    """
    Register the role and return its ARN, for those who may have it once it may do its duty.

    Args:
        component: The batch job.
        ground: What it stands on.
        reads, writes: Paths of the data store, or `s3://` URIs.
        image: Of the blueprint; may be one of another account's repository.
    """
    context, place = component.context, here(component)
    role = iam.Role(
        f"{component.name}-score-role",
        name=context.name(component.name, SCORE_ROLE, limit=64, unique=True),
        description=f"Scores data for {component.label} of {context.blueprint} {context.environment}",
        assume_role_policy=trust(place, {"sagemaker": place.arn("sagemaker", "*")}),
        max_session_duration=3600,
        tags=tags(context),
        opts=component.child(),
    )
    models = f"arn:{place.partition}:s3:::{context.name('models', limit=63, unique=True)}"
    may = [
        *Rights(component, place, means_of(component, ground)).score(models),
        *_store("Input", ground.data, READ, reads, component),
        *_store("Output", ground.data, WRITE, writes, component),
    ]
    if image and not is_own(image) and is_ecr(image):
        may.append(allow("Image", PULL, image_access(place, image)))
    policy = iam.RolePolicy(
        f"{component.name}-score-policy", name="score", role=role.name, policy=document(*may), opts=component.child()
    )
    return after(role.arn, policy)


def _store(sid: str, data: Bucket, actions: list[str], path: str, component: Component) -> list[Statement]:
    if "://" in path:
        objects, bucket = outside_access(here(component), actions, [path])
        return [{**objects, "Sid": f"{sid}Objects"}, {**bucket, "Sid": f"{sid}List"}]
    return bucket_access(sid, data, actions, f"{path.rstrip('/')}/")
