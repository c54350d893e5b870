"""GP-SEC-048 tells a role for one service or pipeline from a role for anyone."""

import json

import pytest

from policies.resource import Resource
from policies.security.role_trust import RULE
from policies.settings import Settings

ISSUER = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"


def broken(principal, condition=None):
    """Whether a role's trust is too wide."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    document = {"Statement": [{**statement, **({"Condition": condition} if condition else {})}]}
    role = Resource("urn", "aws:iam/role:Role", {"assumeRolePolicy": json.dumps(document)})
    return bool(RULE.breaches(role, Settings()))


@pytest.mark.parametrize(
    ("subject", "wide"), [("repo:org/ml:ref:refs/heads/main", False), ("repo:org/*", False), ("*", True), (None, True)]
)
def test_a_pipeline_is_told_by_its_subject(subject, wide):
    """
    Without a subject, every repository of the world may take a role of GitHub's issuer.
    """
    issuer = "token.actions.githubusercontent.com"
    asked = {f"{issuer}:aud": "sts.amazonaws.com", **({f"{issuer}:sub": subject} if subject else {})}
    assert wide == broken({"Federated": ISSUER}, {"StringLike": asked})


def test_services_accounts_and_everybody():
    """
    A service or an account may be trusted; everybody may not, an external id or not.
    """
    assert not broken({"Service": ["sagemaker.amazonaws.com", "states.amazonaws.com"]})
    assert not broken({"AWS": "arn:aws:iam::111122223333:root"})
    assert broken({"AWS": "*"}, {"StringEquals": {"sts:ExternalId": "1"}})


def test_a_whole_pool_of_google():
    """
    One subject or group of a workload identity pool may act as an account, and not all of them.
    """
    pool = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci"
    members = [f"principalSet://{pool}/attribute.repository/org/ml", f"principalSet://{pool}/*"]
    binding = Resource("urn", "gcp:serviceaccount/iAMBinding:IAMBinding", {"members": members})
    assert ["members.1"] == [b.path for b in RULE.breaches(binding, Settings())]
