"""GP-SEC-037: nothing can make a data store public."""

from policies.checks import all_of, any_of, must_equal
from policies.rule import Absent, Rule, Severity

_FLAGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_BLOCKED = all_of(
    *(must_equal(flag, True, wrong=False, because="S3 takes it as false", remedy=True) for flag in _FLAGS)
)

RULE = Rule(
    id="GP-SEC-037",
    demand="Buckets and storage accounts block public access, whatever their policies and ACLs say.",
    why="Training data, features and models leak by one wrong policy, and the leak is not seen for months.",
    fix="Turn on every block: the four of S3, publicAccessPrevention enforced, or no public network access on Azure.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    severity=Severity.CRITICAL,
    external=(
        "CKV_AWS_53",
        "CKV_AWS_54",
        "CKV_AWS_55",
        "CKV_AWS_56",
        "CKV_GCP_114",
        "CKV_AZURE_59",
        "CKV_AZURE_190",
        "CKV2_AZURE_47",
        "S3.8",
        "gcp:storage.publicAccessPrevention",
        "trivy:s3-no-public-buckets",
    ),
    checks={
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _BLOCKED,
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": _BLOCKED,
        "gcp:storage/bucket:Bucket": must_equal(
            "publicAccessPrevention",
            "enforced",
            wrong="inherited",
            because="Cloud Storage prevents it only where the organisation does",
            remedy="enforced",
        ),
        "azure-native:storage:StorageAccount": all_of(
            must_equal("allowBlobPublicAccess", False, wrong=True, absent=Absent.PASSES, remedy=False),
            any_of(
                must_equal(
                    "publicNetworkAccess",
                    "Disabled",
                    "SecuredByPerimeter",
                    wrong="Enabled",
                    because="Azure lets the internet in",
                ),
                must_equal(
                    "networkRuleSet.defaultAction", "Deny", wrong="Allow", because="Azure lets every network in"
                ),
            ),
        ),
        "azure-native:storage:BlobContainer": must_equal(
            "publicAccess", "None", wrong="Blob", absent=Absent.PASSES, remedy="None"
        ),
    },
)
