"""GP-SEC-048: a role is for a service or a person that is named."""

import re
from collections.abc import Mapping
from typing import Any

from policies.checks import value
from policies.iam import PUBLIC_MEMBERS, anybody, conditions, document_check, principals
from policies.rule import Absent, Rule, Severity
from policies.settings import Settings

_WHOLE_POOL = re.compile(r"/workloadIdentityPools/[^/]+/\*$|/workforcePools/[^/]+/\*$")
_SERVICE = {"Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
_ISSUER = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"


def _too_wide(statement: Mapping[str, Any], _settings: Settings) -> str | None:
    # An account as principal is not everybody: its own policies then say which of its identities may take the role
    asked = dict(conditions(statement))
    if anybody(statement):
        return "lets everybody take the role"
    if any(":oidc-provider/" in who for who in principals(statement)):
        subjects = [one for key, ones in asked.items() if key.endswith((":sub", ":job_workflow_ref")) for one in ones]
        if not subjects or "*" in subjects:
            return "lets every identity of an OIDC issuer take the role: set a condition on its sub"
    return None


def _anyone(found: Any, _settings: Settings) -> str | None:
    if found in PUBLIC_MEMBERS:
        return "it lets everybody act as the account"
    return "it lets every identity of a pool act as the account" if _WHOLE_POOL.search(str(found)) else None


_GOOD = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/subject/main"
_BAD = [*PUBLIC_MEMBERS, "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*"]

RULE = Rule(
    id="GP-SEC-048",
    demand="Roles and service accounts are for named services and identities.",
    why="Whoever may take a role has its data and its models, whatever its policies grant with care.",
    fix="Name the service, or the roles, and bind federated identities by their subject.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
    severity=Severity.CRITICAL,
    external=("CKV_AWS_60", "CKV_AWS_393"),
    checks={
        "aws:iam/role:Role": document_check(
            "assumeRolePolicy",
            wrong=_too_wide,
            passes=_SERVICE,
            fails=[
                {"Principal": "*", "Action": "sts:AssumeRole"},
                {"Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}, "Action": "sts:AssumeRole"},
                {"Principal": {"Federated": _ISSUER}, "Action": "sts:AssumeRoleWithWebIdentity"},
            ],
        ),
        "gcp:serviceaccount/iAMMember:IAMMember": value(
            "member", _anyone, passes=_GOOD, fails=_BAD, absent=Absent.PASSES
        ),
        "gcp:serviceaccount/iAMBinding:IAMBinding": value(
            "members.*", _anyone, passes=_GOOD, fails=_BAD, absent=Absent.PASSES
        ),
    },
)
