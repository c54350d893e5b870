"""GP-SEC-040: data at rest is under a key of one's own."""

from collections.abc import Iterator

from policies.checks import all_of, must_equal
from policies.keys import aws_key, google_key
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known, word

ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
_RULE = "rules.*.applyServerSideEncryptionByDefault"
_URN = "urn:pulumi:dev::ml::aws:s3"
_AWS = "AWS uses a key of its own"


def _takes_logs(encryption: Resource, stack: Stack) -> bool:
    """Whether S3 writes access logs into the bucket, which it can do under its own keys alone."""
    made, name = encryption.property_dependencies.get("bucket", ()), encryption.at("bucket")
    for logging in stack.of(LOGGING):
        target = logging.at("targetBucket")
        if set(made) & set(logging.property_dependencies.get("targetBucket", ())) or (
            is_known(name) and name == target
        ):
            return True
    return False


def _own_key(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    for encryption in stack.of(ENCRYPTION):
        if _takes_logs(encryption, stack):
            continue
        for where, found in encryption.all(f"{_RULE}.sseAlgorithm"):
            if is_known(found) and found not in ("aws:kms", "aws:kms:dsse"):
                yield Breach(f"{where} is {word(found)}; it must be aws:kms", where, encryption.urn)
        for where, found in encryption.all(f"{_RULE}.kmsMasterKeyId"):
            if is_known(found) and "alias/aws/" in str(found):
                yield Breach(f"{where} is a key of AWS's, not your own", where, encryption.urn)
            algorithm = encryption.at(where.replace("kmsMasterKeyId", "sseAlgorithm"))
            if found is ABSENT and is_known(algorithm) and str(algorithm).startswith("aws:kms"):
                yield Breach(f"{where} is not set: {_AWS}", where, encryption.urn)


def _stack(algorithm: str, target: str) -> tuple[Resource, ...]:
    key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    default = {"sseAlgorithm": algorithm, "kmsMasterKeyId": key}
    inputs = {"bucket": "data", "rules": [{"applyServerSideEncryptionByDefault": default}]}
    return (
        Resource(f"{_URN}::key", ENCRYPTION, inputs),
        Resource(f"{_URN}::log", LOGGING, {"bucket": "x", "targetBucket": target}),
    )


RULE = Rule(
    id="GP-SEC-040",
    demand="Data at rest is encrypted with a key of your own.",
    why="With a key of your own you say who reads, see each use, and can end every use at once.",
    fix="Name the stack's key, as the blueprint's stores do; S3's own access logs are the exception.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=(
        *("CKV_AWS_42", "CKV_AWS_136", "CKV_AWS_145", "CKV_AWS_149", "CKV_AWS_184", "CKV_AWS_190"),
        *("CKV_GCP_81", "CKV_GCP_84", "CKV2_AZURE_1", "gcp:gcp.restrictNonCmekServices"),
    ),
    checks={
        "gcp:storage/bucket:Bucket": google_key("encryption.defaultKmsKeyName"),
        "gcp:bigquery/dataset:Dataset": google_key("defaultEncryptionConfiguration.kmsKeyName"),
        "gcp:artifactregistry/repository:Repository": google_key("kmsKeyName"),
        "azure-native:storage:StorageAccount": must_equal(
            "encryption.keySource", "Microsoft.Keyvault", wrong="Microsoft.Storage", because="Azure uses its own key"
        ),
        "aws:efs/fileSystem:FileSystem": all_of(
            must_equal("encrypted", True, wrong=False, because="EFS leaves it in clear"), aws_key("kmsKeyId", _AWS)
        ),
        "aws:fsx/lustreFileSystem:LustreFileSystem": aws_key("kmsKeyId", _AWS),
        "aws:ecr/repository:Repository": all_of(
            must_equal("encryptionConfigurations.0.encryptionType", "KMS", "KMS_DSSE", wrong="AES256", because=_AWS),
            aws_key("encryptionConfigurations.0.kmsKey", _AWS),
        ),
        "aws:secretsmanager/secret:Secret": aws_key("kmsKeyId", _AWS),
    },
    across=(
        StackCheck(
            run=_own_key,
            types=(ENCRYPTION, LOGGING),
            passes=_stack("aws:kms", "logs"),
            fails=_stack("AES256", "logs"),
        ),
    ),
)
