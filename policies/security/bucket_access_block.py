"""GP-SEC-038: every bucket has a public access block."""

from collections.abc import Iterator

from policies.resource import Resource, Stack
from policies.rule import Breach, Rule, Severity, StackCheck
from policies.settings import Settings

BUCKET, BLOCK = "aws:s3/bucket:Bucket", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_URN = "urn:pulumi:dev::ml::aws:s3/bucket:Bucket::data"


def _blocked(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    for bucket in stack.of(BUCKET):
        if not any(stack.joined(bucket, block, {"bucket": "bucket"}) for block in stack.of(BLOCK)):
            yield Breach("no public access block is made for this bucket", urn=bucket.urn)


RULE = Rule(
    id="GP-SEC-038",
    demand="Every bucket has a public access block in the same stack.",
    why="Without one, a single wrong policy or ACL opens the training data to everybody.",
    fix="Add a BucketPublicAccessBlock for the bucket with all four settings on.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    severity=Severity.HIGH,
    external=("CKV2_AWS_6", "S3.8"),
    across=(
        StackCheck(
            run=_blocked,
            types=(BUCKET, BLOCK),
            passes=(
                Resource(_URN, BUCKET, {"bucket": "data"}),
                Resource(f"{_URN}-private", BLOCK, {"bucket": "data"}, property_dependencies={"bucket": (_URN,)}),
            ),
            fails=(Resource(_URN, BUCKET, {"bucket": "data"}), Resource(f"{_URN}-x", BLOCK, {"bucket": "other"})),
        ),
    ),
)
