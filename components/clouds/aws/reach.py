"""What a role may use outside the stack: managed policies that hold it, however many trainings and endpoints ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import iam

from components.base import Component
from components.clouds.aws.ground import AwsPlace, Bucket, Duty, ecr_repository, here, is_ecr, is_own, tags
from components.clouds.aws.policies import Statement, allow, document
from components.foundation import Reach
from components.naming import digest

__all__ = ["LIST", "PULL", "READ", "RUNS", "WRITE", "bucket_access", "image_access", "outside_access", "reach"]

READ = ["s3:GetObject", "s3:GetObjectVersion"]
WRITE = [*READ, "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]
LIST = ["s3:GetBucketLocation", "s3:ListBucket"]
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

RUNS = ("training/", "checkpoints/", "tmp/")  # where every run may write in the artifact store

# A role takes 10 managed policies, of 6,144 characters each; two are left to the account's own. All its inline
# policies together take 10,240. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
POLICIES = 8
POLICY_SIZE = 6_144
FRAME = 700  # characters of a policy's four statements without their resources, and room for one bucket's real name


@dataclass(frozen=True)
class _Access:
    """One thing that the role reaches; `size` is how many characters it takes in the policy, at most."""

    sid: str
    actions: tuple[str, ...]
    resource: Any
    size: int


def bucket_access(sid: str, bucket: Bucket, actions: list[str], *paths: str) -> list[Statement]:
    """Statements to use the objects under the paths (all, where there is none), and to list the bucket."""
    objects = [bucket.objects(path) for path in paths or ("",)]
    return [allow(f"{sid}Objects", actions, objects), allow(f"{sid}List", LIST, bucket.arn)]


def image_access(place: AwsPlace, image: str) -> str:
    """ARN of the repository that an image is pulled from."""
    account, repository = ecr_repository(image)
    return place.arn("ecr", f"repository/{repository}", account=account)


def outside_access(place: AwsPlace, actions: list[str], uris: Iterable[str]) -> list[Statement]:
    """Statements to use what lies under `s3://` URIs."""
    found = [_objects(place, uri) for uri in uris]
    return [
        allow("Objects", actions, [objects for objects, _bucket in found]),
        allow("List", LIST, sorted({bucket for _objects, bucket in found})),
    ]


def _objects(place: AwsPlace, uri: str) -> tuple[str, str]:
    """ARN pattern of what lies under a URI, and ARN of its bucket."""
    path = uri.removeprefix("s3://").rstrip("/")
    arn = f"arn:{place.partition}:s3:::"
    return f"{arn}{path}{'' if '/' in path else '/'}*", arn + path.partition("/")[0]


def reach(
    owner: Component, duty: Duty, role: pulumi.Output[str], asked: Reach, store: Bucket
) -> list[pulumi.CustomResource]:
    """
    Register the policies that let a role use what is asked, and return what its user must wait for.

    Each thing has its policy by its own name, so that one thing more changes one policy, and takes nothing away
    from a job that runs.

    Args:
        owner: The foundation.
        duty: Whose role it is.
        role: Name of the role.
        asked: Images and paths.
        store: Where a path lies that is no URI.

    Raises:
        ValueError: It is more than IAM lets one role have.
    """
    shelves: dict[int, dict[str, _Access]] = {}
    for key, access in _accesses(here(owner), asked, store):
        shelves.setdefault(int(digest(key), 16) % POLICIES, {})[key] = access
    _see_room(duty, shelves.values())
    made: list[pulumi.CustomResource] = []
    for number, held in sorted(shelves.items()):
        policy = iam.Policy(
            f"{duty}-outside-{number}",
            name=owner.context.name(duty, f"outside-{number}", limit=128, unique=True),
            description=f"What {owner.context.blueprint} {owner.context.environment} uses outside the stack",
            policy=document(*_statements(held.values())),
            tags=tags(owner.context),
            opts=owner.child(),
        )
        attached = iam.RolePolicyAttachment(
            f"{duty}-outside-{number}-attached", role=role, policy_arn=policy.arn, opts=owner.child()
        )
        made.append(attached)
    return made


def _accesses(place: AwsPlace, asked: Reach, store: Bucket) -> Iterable[tuple[str, _Access]]:
    """What SageMaker can't pull or read is left out: the component that asks for it says so."""
    for image in asked.images:
        if not is_own(image) and is_ecr(image):
            arn = image_access(place, image)
            yield arn, _Access("Images", tuple(PULL), arn, len(arn))
    for sid, actions, paths in (("Read", READ, asked.reads), ("Write", WRITE, asked.writes)):
        for path in paths:
            if path.startswith("s3://"):
                objects, bucket = _objects(place, path)
                yield f"{sid} {objects}", _Access(sid, tuple(actions), objects, len(objects))
                yield bucket, _Access("List", tuple(LIST), bucket, len(bucket))
            elif "://" not in path and not path.startswith(RUNS):
                where = f"{path.rstrip('/')}/"
                yield f"{sid} {where}", _Access(sid, tuple(actions), store.objects(where), len(where) + 80)


def _statements(held: Iterable[_Access]) -> list[Statement]:
    found: dict[str, list[_Access]] = {}
    for access in held:
        found.setdefault(access.sid, []).append(access)
    return [allow(sid, of[0].actions, [access.resource for access in of]) for sid, of in sorted(found.items())]


def _see_room(duty: Duty, shelves: Iterable[dict[str, _Access]]) -> None:
    things = [len(held) for held in shelves]
    fullest = max((sum(access.size + 3 for access in held.values()) for held in shelves), default=0)
    if fullest + FRAME > POLICY_SIZE:
        raise ValueError(
            f"the {duty} role would reach {sum(things)} images and paths outside the stack, which is more than IAM lets"
            f" a role have. Keep them in fewer repositories, and under fewer s3:// paths."
        )
