"""
What one component adds to the permissions of a duty's role: an image, or data, from outside the stack.

A blueprint's foundation was told of it and has granted it (`aws_reach`): there is room for hundreds. What a component
adds here, as one that stands on its own does, shares the 10,240 characters of the role's inline policies.
"""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_aws import iam

from components.base import Component
from components.clouds.aws.ground import Bucket, Role, here, is_own
from components.clouds.aws.policies import Statement, allow, document
from components.clouds.aws.reach import PULL, READ, RUNS, WRITE, bucket_access, image_access, outside_access

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
    if not is_own(image) and image not in role.reach.images:
        grant(component, role, "image", [allow("Image", PULL, image_access(here(component), image))])


def may_read(component: Component, role: Role, uris: Iterable[str]) -> None:
    """Let the role read what lies outside the stack's own stores."""
    outside = sorted(set(uris).difference(role.reach.reads))
    if outside:
        grant(component, role, "inputs", outside_access(here(component), READ, outside))


def may_write(component: Component, role: Role, what: str, path: str, store: Bucket) -> None:
    """Let the role write under a path of the store where not every run may, or under a URI outside it."""
    if path in role.reach.writes or path.startswith(RUNS):
        return
    if "://" in path:
        statements = outside_access(here(component), WRITE, [path])
    else:
        statements = bucket_access("Store", store, WRITE, f"{path.rstrip('/')}/")
    grant(component, role, what, statements)
