"""GP-SEC-039 tells everybody from everybody of one's own account or organisation."""

import json

import pytest

from policies.resource import Resource
from policies.security.anonymous_access import RULE
from policies.settings import Settings
from policies.values import UNKNOWN


def broken(kind, **inputs):
    """Messages of the rule."""
    return [b.message for b in RULE.breaches(Resource("urn", kind, inputs), Settings())]


def lets_in(principal, condition=None):
    """Whether a bucket's policy lets everybody in."""
    statement = {"Sid": "Read", "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*"}
    document = {"Statement": [{**statement, **({"Condition": condition} if condition else {})}]}
    return bool(broken("aws:s3/bucketPolicy:BucketPolicy", policy=json.dumps(document)))


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"stringequals": {"AWS:SourceVpce": ["vpce-1"]}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::data"}},
        {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    ],
)
def test_a_condition_that_binds_the_caller(condition):
    """
    A wildcard principal of one organisation, network or source is not everybody.
    """
    assert lets_in("*")
    assert not lets_in("*", condition)


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}},
        {"StringLike": {"aws:PrincipalOrgID": "*"}},
        {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}},
        {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}},
        {"Null": {"aws:PrincipalOrgID": "true"}},
    ],
)
def test_a_condition_that_binds_nobody(condition):
    """
    A condition which everybody meets, or everybody but one, leaves the bucket open.
    """
    assert lets_in({"AWS": "*"}, condition)


def test_principals_that_are_named_or_left_out():
    """
    An account and a service are named; NotPrincipal is all others.
    """
    assert not lets_in({"AWS": "arn:aws:iam::111122223333:root"})
    assert not lets_in({"Service": "cloudtrail.amazonaws.com"})
    policy = {"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "s3:*"}}
    assert broken("aws:kms/key:Key", policy=json.dumps(policy))


@pytest.mark.parametrize(
    "condition", [UNKNOWN, {"StringEquals": UNKNOWN}, {"StringEquals": {"aws:PrincipalOrgID": UNKNOWN}}]
)
def test_a_condition_that_is_not_known_yet_may_bind(condition):
    """
    What Pulumi does not know before `up` lets nobody in.
    """
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Condition": condition}
    assert not broken("aws:s3/bucketPolicy:BucketPolicy", policy={"Statement": [statement]})


def test_a_key_policy_of_the_account_is_its_own():
    """
    The root of one account in a key's policy lets in that account alone.
    """
    policy = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}, "Action": "kms:*"}]}
    assert not broken("aws:kms/key:Key", policy=json.dumps(policy))


def test_members_of_google():
    """
    A binding names the member that is everybody; a policy names the role.
    """
    found = broken("gcp:storage/bucketIAMBinding:BucketIAMBinding", members=["user:a@example.com", "allUsers"])
    assert ["members.1 is 'allUsers'; that is everybody"] == found
    data = json.dumps({"bindings": [{"role": "roles/viewer", "members": ["allAuthenticatedUsers"]}]})
    assert broken("gcp:kms/keyRingIAMPolicy:KeyRingIAMPolicy", policyData=data)
