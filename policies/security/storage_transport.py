"""GP-SEC-042: storage is spoken to over TLS 1.2 or later, and never in clear."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from policies.checks import all_of, must_equal
from policies.iam import conditions, principals, statements
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known

_DENIES = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def _policy(*found: dict[str, object]) -> dict[str, str]:
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": found})}


def _may_hide_it(document: Any) -> bool:
    """Whether a part of the document is not known yet: the statement may be in it."""
    parts = document.values() if isinstance(document, Mapping) else document if isinstance(document, list) else ()
    return not is_known(document) or any(map(_may_hide_it, parts))


def _refuses_clear_text(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    found = resource.at("policy")
    if found is not ABSENT and _may_hide_it(found):
        return
    for statement in statements(found, "Deny"):
        asked = dict(conditions(statement))
        plain = [str(one).lower() for one in asked.get("aws:securetransport", ())] == ["false"]
        if "*" in principals(statement) and (plain or "s3:tlsversion" in asked):
            return
    yield Breach("policy does not deny requests without TLS (aws:SecureTransport false)", "policy")


RULE = Rule(
    id="GP-SEC-042",
    demand="Storage refuses requests in clear text and TLS older than 1.2.",
    why="Data and credentials in clear, or under a broken cipher, are read and changed on the way.",
    fix="Deny aws:SecureTransport false in the bucket's policy; on Azure ask for HTTPS and TLS1_2.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    severity=Severity.HIGH,
    external=("CKV_AZURE_3", "CKV_AZURE_44", "CKV_AWS_379", "S3.5"),
    checks={
        "azure-native:storage:StorageAccount": all_of(
            must_equal(
                "enableHttpsTrafficOnly",
                True,
                wrong=False,
                absent=Absent.PASSES,
                when=lambda account, _: account.at("enableNfsV3") is not True,  # NFS encrypts by other means
                remedy=True,
            ),
            must_equal(
                "minimumTlsVersion",
                "TLS1_2",
                "TLS1_3",
                wrong="TLS1_0",
                because="Azure takes TLS 1.0",
                remedy="TLS1_2",
            ),
        ),
        "aws:s3/bucketPolicy:BucketPolicy": Check(
            run=_refuses_clear_text,
            reads=("policy",),
            passes=_policy(_DENIES),
            fails=(
                _policy({**_DENIES, "Effect": "Allow"}),
                _policy({**_DENIES, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
                _policy(),
            ),
            absent=Absent.FAILS,
            because="S3 takes plain HTTP",
        ),
    },
)
