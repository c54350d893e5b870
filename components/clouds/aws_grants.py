"""What one component adds to the permissions of a duty's role: an image, or data, from outside the stack."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_aws import iam

from components.base import Component
from components.clouds.aws import AwsPlace, Bucket, Role, ecr_repository, here, is_own
from components.clouds.aws_policies import Statement, allow, document
from components.clouds.aws_rights import LIST, PULL, READ, WRITE, bucket_access

__all__ = ["grant", "may_pull", "may_read", "may_write"]


def grant(component: Component, role: Role, what: str, statements: Iterable[Statement]) -> None:
    """Register an inline policy `<component>-<what>` of the role."""
    iam.RolePolicy(
        f"{component.name}-{what}",
        name=f"{component.name}-{what}",
        role=role.name,
        policy=document(*statements),
        opts=component.child(),
    )


def may_pull(component: Component, role: Role, image: str) -> None:
    """Let the role pull an image that is neither the stack's own nor AWS's: those it may pull already."""
    if not is_own(image):
        account, repository = ecr_repository(image)
        arn = here(component).arn("ecr", f"repository/{repository}", account=account)
        grant(component, role, "image", [allow("Image", PULL, arn)])


def may_read(component: Component, role: Role, uris: Iterable[str]) -> None:
    """Let the role read what lies outside the stack's own stores."""
    outside = sorted(set(uris))
    if outside:
        grant(component, role, "inputs", _outside(here(component), READ, outside))


def may_write(component: Component, role: Role, what: str, path: str, store: Bucket) -> None:
    """Let the role write under a path of the store, or under a URI outside it."""
    if "://" in path:
        statements = _outside(here(component), WRITE, [path])
    else:
        statements = bucket_access("Store", store, WRITE, f"{path.rstrip('/')}/")
    grant(component, role, what, statements)


def _outside(place: AwsPlace, actions: list[str], uris: list[str]) -> list[Statement]:
    bucket = f"arn:{place.partition}:s3:::"
    paths = [uri.removeprefix("s3://").rstrip("/") for uri in uris]
    return [
        allow("Objects", actions, [f"{bucket}{path}{'' if '/' in path else '/'}*" for path in paths]),
        allow("List", LIST, [f"{bucket}{name}" for name in sorted({path.partition("/")[0] for path in paths})]),
    ]
