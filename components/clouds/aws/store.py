"""S3 buckets as every store of a stack has them: private, versioned, encrypted with the stack's key, TLS only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_aws import s3

from components.base import Component
from components.clouds.aws.ground import AwsPlace, Bucket, after, tags
from components.clouds.aws.policies import Statement, deny, document, tls_only

__all__ = ["Store", "existing", "expire", "keep_versions"]

ABANDONED_UPLOAD_DAYS = 7


def keep_versions(days: int) -> s3.BucketLifecycleConfigurationRuleArgs:
    """Overwritten and deleted objects can be brought back for so many days; abandoned uploads go after a week."""
    return s3.BucketLifecycleConfigurationRuleArgs(
        id="old-versions",
        status="Enabled",
        filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=days
        ),
        expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True),
        abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=ABANDONED_UPLOAD_DAYS
        ),
    )


def expire(name: str, prefix: str, days: int) -> s3.BucketLifecycleConfigurationRuleArgs:
    """Objects under the prefix (all, where it is empty) are deleted so many days after they were written."""
    return s3.BucketLifecycleConfigurationRuleArgs(
        id=name,
        status="Enabled",
        filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix),
        expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
    )


def existing(name: str, place: AwsPlace) -> Bucket:
    """A bucket that is not ours to build."""
    return Bucket(pulumi.Output.from_input(name), pulumi.Output.from_input(f"arn:{place.partition}:s3:::{name}"))


@dataclass
class Store:
    """
    One bucket with all that makes it safe.

    Attributes:
        owner: Component that it belongs to.
        logical: What it is called within the component.
        name: Physical name.
        key_arn: Key that its objects are encrypted with; None for S3's own, where the writing service takes no other.
        rules: Lifecycle.
        statements: Of its policy, besides TLS and the key: from the bucket to what others may do in it.
        access_logs: Bucket that its access log goes to.
    """

    owner: Component
    logical: str
    name: str
    key_arn: pulumi.Output[str] | None
    rules: Sequence[s3.BucketLifecycleConfigurationRuleArgs]
    statements: Sequence[Statement] = ()
    access_logs: Bucket | None = None
    made: Bucket = field(init=False)
    policy: s3.BucketPolicy = field(init=False)

    def build(self) -> Bucket:
        """
        Register the bucket and its settings, in an order that S3 takes without conflict.

        Whatever is given the bucket that comes back waits for its policy: a service that writes there tries at once.
        """
        context = self.owner.context
        bucket = s3.Bucket(
            self.logical,
            bucket=self.name,
            force_destroy=not context.protect,
            tags=tags(context),
            opts=self.owner.keeps_data(),
        )
        self.made = Bucket(bucket.bucket, bucket.arn)
        s3.BucketOwnershipControls(
            f"{self.logical}-owner",
            bucket=bucket.bucket,
            rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self.owner.child(),
        )
        private = s3.BucketPublicAccessBlock(
            f"{self.logical}-private",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.owner.child(),
        )
        self._encrypt()
        self._keep()
        self.policy = s3.BucketPolicy(
            f"{self.logical}-policy",
            bucket=bucket.bucket,
            policy=document(*self._policy()),
            opts=self.owner.child(depends_on=[private]),  # both are settings of the bucket; at once they conflict
        )
        if self.access_logs:
            s3.BucketLogging(
                f"{self.logical}-access-log",
                bucket=bucket.bucket,
                target_bucket=self.access_logs.name,
                target_prefix=f"{self.logical}/",
                opts=self.owner.child(),
            )
        self.made = Bucket(self.policy.bucket, after(bucket.arn, self.policy))
        return self.made

    def _encrypt(self) -> None:
        by_default = s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms" if self.key_arn else "AES256", kms_master_key_id=self.key_arn
        )
        s3.BucketServerSideEncryptionConfiguration(
            f"{self.logical}-key",
            bucket=self.made.name,
            rules=[
                s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=by_default,
                    bucket_key_enabled=True if self.key_arn else None,
                )
            ],
            opts=self.owner.child(),
        )

    def _keep(self) -> None:
        versions = s3.BucketVersioning(
            f"{self.logical}-versions",
            bucket=self.made.name,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self.owner.child(),
        )
        s3.BucketLifecycleConfiguration(
            f"{self.logical}-lifecycle",
            bucket=self.made.name,
            rules=list(self.rules),
            opts=self.owner.child(depends_on=[versions]),  # its rules speak of versions
        )

    def _policy(self) -> list[Statement]:
        found = [tls_only(self.made.arn)]
        if self.key_arn:
            found += [
                _wrong("OtherAlgorithm", self.made, "s3:x-amz-server-side-encryption", "aws:kms"),
                _wrong("OtherKey", self.made, "s3:x-amz-server-side-encryption-aws-kms-key-id", self.key_arn),
            ]
        return [*found, *self.statements]


def _wrong(sid: str, bucket: Bucket, header: str, right: Any) -> Statement:
    """Deny a put that names another value; one that names none is encrypted by the bucket's default."""
    named = {"Null": {header: "false"}, "StringNotEquals": {header: right}}
    return deny(sid, ["s3:PutObject"], bucket.objects(), when=named)
