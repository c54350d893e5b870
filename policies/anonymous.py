"""Checks that nobody unnamed is let in: AWS policies and ACLs, GCP members, policies and ACLs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.checks import all_of, value
from policies.iam import PUBLIC_MEMBERS, anybody, bindings, document_check
from policies.rule import Absent, Breach, Check
from policies.settings import Settings

__all__ = ["access_list", "gcp_members", "no_public_entity", "no_public_member", "statement_for_some"]

_NAMED = "serviceAccount:train@project.iam.gserviceaccount.com"
_GROUPS = ("global/AllUsers", "global/AuthenticatedUsers")  # ends of the URIs of S3's predefined groups
_ACLS = ("public-read", "public-read-write", "authenticated-read")
_READ = {"Action": "s3:GetObject", "Resource": "*"}


def _everybody(statement: Mapping[str, Any], _settings: Settings) -> str | None:
    return "lets everybody in" if anybody(statement) else None


def statement_for_some(path: str = "policy") -> Check:
    """No statement of the policy document there lets everybody in."""
    return document_check(
        path,
        wrong=_everybody,
        passes={**_READ, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        fails=[
            {**_READ, "Principal": "*"},
            {**_READ, "Principal": {"AWS": ["*"]}, "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        ],
    )


def access_list(uri: str) -> Check:
    """
    S3's ACL names no group that is everybody, by its own name or grant by grant.

    Args:
        uri: Path of the groups that are granted something.
    """

    def group(found: Any, _settings: Settings) -> str | None:
        return "that group is everybody" if str(found).endswith(_GROUPS) else None

    uris = [f"http://acs.amazonaws.com/groups/{end}" for end in _GROUPS]
    log_delivery = "http://acs.amazonaws.com/groups/s3/LogDelivery"
    return all_of(
        value(
            "acl",
            lambda found, _: "it lets everybody in" if found in _ACLS else None,
            passes="private",
            fails=_ACLS,
            absent=Absent.PASSES,
        ),
        value(uri, group, passes=log_delivery, fails=uris, absent=Absent.PASSES),
    )


def no_public_member(path: str) -> Check:
    """GCP's member or members there are not everybody."""
    return _public(path, _NAMED)


def no_public_entity(path: str) -> Check:
    """GCP's entity of an ACL is not everybody."""
    return _public(path, "project-owners-1")


def _public(path: str, passes: str) -> Check:
    def good(found: Any, _settings: Settings) -> str | None:
        return "that is everybody" if found in PUBLIC_MEMBERS else None

    return value(path, good, passes=passes, fails=PUBLIC_MEMBERS, absent=Absent.PASSES)


def gcp_members(prefix: str) -> dict[str, Check]:
    """The three types that say who may use what GCP has: `storage/bucketIAM` is of BucketIAMMember and its kin."""
    name = prefix.rpartition("/")[2]
    kind = f"gcp:{prefix}{{0}}:{name[0].upper()}{name[1:]}{{0}}".format
    return {
        kind("Member"): no_public_member("member"),
        kind("Binding"): no_public_member("members.*"),
        kind("Policy"): _policy_data(),
    }


def _policy_data() -> Check:
    def written(member: str) -> dict[str, str]:
        return {"policyData": f'{{"bindings": [{{"role": "roles/storage.objectViewer", "members": ["{member}"]}}]}}'}

    return Check(
        run=lambda resource, _: [
            Breach(f"policyData binds {role} to everybody", "policyData")
            for role, members in bindings(resource.at("policyData"))
            if any(who in PUBLIC_MEMBERS for who in members)
        ],
        reads=("policyData",),
        passes=written(_NAMED),
        fails=tuple(map(written, PUBLIC_MEMBERS)),
        absent=Absent.PASSES,
    )
