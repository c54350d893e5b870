"""GP-SEC-041: access to buckets is by policy alone."""

from policies.checks import must_equal
from policies.rule import Rule, Severity

RULE = Rule(
    id="GP-SEC-041",
    demand="Buckets have no ACLs: policies alone say who may do what.",
    why="An ACL on one object opens it, and no policy or review of the bucket shows it.",
    fix="Set uniformBucketLevelAccess to true, and objectOwnership to BucketOwnerEnforced.",
    source="https://cloud.google.com/storage/docs/uniform-bucket-level-access",
    severity=Severity.MEDIUM,
    external=("CKV_GCP_29", "CKV2_AWS_65", "S3.12", "gcp:storage.uniformBucketLevelAccess"),
    checks={
        "gcp:storage/bucket:Bucket": must_equal(
            "uniformBucketLevelAccess", True, wrong=False, because="Cloud Storage lets objects have ACLs"
        ),
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": must_equal(
            "rule.objectOwnership",
            "BucketOwnerEnforced",
            wrong="ObjectWriter",
            because="ownership controls without it say nothing",
        ),
    },
)
