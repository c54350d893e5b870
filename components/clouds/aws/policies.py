"""IAM policy documents: statements that allow or deny, and who may take a role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.clouds.aws.ground import AwsPlace
from components.outputs import as_json

__all__ = ["Statement", "allow", "deny", "document", "from_stack", "own_account", "tls_only", "trust"]

Statement = dict[str, Any]
When = Mapping[str, Mapping[str, Any]]


def _statement(
    effect: str, sid: str, actions: Sequence[str], resources: Any, when: When | None, principal: Any
) -> Statement:
    made: Statement = {"Sid": sid, "Effect": effect}
    if principal is not None:
        made["Principal"] = principal
    made["Action"] = list(actions)
    if resources is not None:
        made["Resource"] = resources
    if when:
        made["Condition"] = {operator: dict(keys) for operator, keys in when.items()}
    return made


def allow(
    sid: str, actions: Sequence[str], resources: Any, *, when: When | None = None, principal: Any = None
) -> Statement:
    """
    A statement that allows.

    Args:
        sid: What it is for: letters and digits.
        actions: Full names, never a wildcard.
        resources: ARNs, as text or Outputs; None in a trust policy, which has none.
        when: Operator to condition keys.
        principal: Who; only in a resource's own policy.
    """
    return _statement("Allow", sid, actions, resources, when, principal)


def deny(sid: str, actions: Sequence[str], resources: Any, *, when: When) -> Statement:
    """A statement of a resource's own policy that denies everybody what `when` describes."""
    return _statement("Deny", sid, actions, resources, when, "*")


def document(*statements: Statement) -> pulumi.Output[str]:
    """The policy as JSON; Outputs in it are waited for."""
    return as_json({"Version": "2012-10-17", "Statement": list(statements)})


def from_stack(place: AwsPlace, source: str | None = None) -> When:
    """
    Only on behalf of this account, and of what `source` names: no other customer's resource may use the service
    as its deputy.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    conditions: dict[str, dict[str, Any]] = {"StringEquals": {"aws:SourceAccount": place.account}}
    if source:
        conditions["ArnLike"] = {"aws:SourceArn": source}
    return conditions


def own_account(place: AwsPlace) -> When:
    """Only in this account: a bucket's name is the world's, and somebody else's could fit a pattern."""
    return {"StringEquals": {"aws:ResourceAccount": place.account}}


def trust(place: AwsPlace, services: Mapping[str, str]) -> pulumi.Output[str]:
    """
    Trust policy of a role.

    Args:
        place: The stack's account and region.
        services: Service (`sagemaker`) to the ARN pattern on whose behalf it may take the role.
    """
    return document(
        *(
            allow(
                service.capitalize(),
                ["sts:AssumeRole"],
                None,
                when=from_stack(place, source),
                principal={"Service": f"{service}.amazonaws.com"},
            )
            for service, source in services.items()
        )
    )


def tls_only(arn: Any, *, prefix: str = "s3") -> Statement:
    """Nobody may reach the resource (and the objects in a bucket) in clear text."""
    resources = [arn, pulumi.Output.concat(arn, "/*")] if prefix == "s3" else arn
    actions = ["s3:*"] if prefix == "s3" else ["sns:Publish"]
    return deny("TlsOnly", actions, resources, when={"Bool": {"aws:SecureTransport": "false"}})
