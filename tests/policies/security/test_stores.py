"""Rules on stores know what belongs together, and which bucket can't have a key of one's own."""

import json

from policies.resource import Resource, Stack
from policies.security.data_key import ENCRYPTION, LOGGING
from policies.security.data_key import RULE as KEY
from policies.security.restricted_storage import ACCOUNT, WORKSPACE
from policies.security.restricted_storage import RULE as RESTRICTED
from policies.security.storage_transport import RULE as TRANSPORT
from policies.settings import Settings
from policies.values import UNKNOWN

ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/"


def broken(rule, *resources):
    """URNs that break a rule together."""
    return [b.urn for b in rule.breaches_across(Stack(resources), Settings())]


def test_only_the_storage_of_the_workspace_is_held_to_it():
    """
    Another account of the stack may be open; the workspace's own may not, in whatever case its id is written.
    """
    workspace = Resource("w", WORKSPACE, {"hbiWorkspace": True, "storageAccount": ID + "MLDATA"})
    own = Resource("own", ACCOUNT, {"accountName": "mldata"})
    other = Resource("other", ACCOUNT, {"accountName": "web"})
    assert ["own"] == broken(RESTRICTED, workspace, own, other)


def test_a_plain_workspace_asks_nothing():
    """
    Without high business impact the rule is silent.
    """
    workspace = Resource("w", WORKSPACE, {"storageAccount": ID + "mldata"})
    assert [] == broken(RESTRICTED, workspace, Resource("own", ACCOUNT, {"accountName": "mldata"}))


def encrypted(algorithm, name: object = "data", **dependencies):
    """Encryption of a bucket."""
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}]
    return Resource("e", ENCRYPTION, {"bucket": name, "rules": rules}, property_dependencies=dependencies)


def test_a_bucket_of_access_logs_is_under_s3s_own_key():
    """
    S3 delivers access logs to no bucket under a customer's key, also where names are not known yet.
    """
    assert ["e"] == broken(KEY, encrypted("AES256"))
    assert [] == broken(KEY, encrypted("AES256"), Resource("l", LOGGING, {"bucket": "x", "targetBucket": "data"}))
    log = Resource("l", LOGGING, {"targetBucket": UNKNOWN}, property_dependencies={"targetBucket": ("b",)})
    assert [] == broken(KEY, encrypted("AES256", UNKNOWN, bucket=("b",)), log)


def test_kms_without_a_key_is_awss_key():
    """
    `aws:kms` alone takes a key that AWS keeps.
    """
    assert ["e"] == broken(KEY, encrypted("aws:kms"))


def test_a_deny_of_clear_text_is_for_everybody():
    """
    A policy must refuse anybody's request without TLS; denying one role alone does not.
    """
    condition = {"Bool": {"aws:SecureTransport": ["false"]}}

    def held(principal):
        statement = {"Effect": "Deny", "Principal": principal, "Action": "s3:*", "Condition": condition}
        policy = Resource("p", "aws:s3/bucketPolicy:BucketPolicy", {"policy": json.dumps({"Statement": statement})})
        return not TRANSPORT.breaches(policy, Settings())

    assert held("*")
    assert held({"AWS": "*"})
    assert not held({"AWS": "arn:aws:iam::111122223333:role/train"})


def test_a_deny_that_is_not_known_yet_may_be_the_one():
    """
    A document whose statement Pulumi does not know yet is not held against the bucket.
    """
    for hidden in ({"Statement": UNKNOWN}, {"Statement": [{"Effect": "Deny", "Principal": "*", "Condition": UNKNOWN}]}):
        policy = Resource("p", "aws:s3/bucketPolicy:BucketPolicy", {"policy": hidden})
        assert [] == TRANSPORT.breaches(policy, Settings())
