"""Checks that data at rest is under a key of one's own, and which machines refuse one."""

from __future__ import annotations

import re
from typing import Any

from components.clouds.aws.disks import has_local_disk
from policies.checks import must_have, value
from policies.rule import Absent, Check
from policies.settings import Settings

__all__ = ["AWS_KEY", "aws_key", "google_key", "refuses_key"]

AWS_KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GOOGLE_KEY = "projects/p/locations/europe-west4/keyRings/ring/cryptoKeys/key"
_SHAPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+")
_DISK = re.compile(r"ml\.(?:[a-z]+\d+[a-z]*d[a-z]*|i[ms]?\d[a-z]*)\.")
"""Names of EC2's families with disks of their own: a `d` behind the generation, and all of I, Im and Is."""


def aws_key(path: str, because: str, **options: Any) -> Check:
    """
    A KMS key is named, and it is not one that AWS keeps for the account (`alias/aws/s3`). Options as in `value`.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
    """

    def good(found: Any, _settings: Settings) -> str | None:
        if found == "":
            return "it must not be empty"
        return "it must be a key of your own, not one of AWS's" if "alias/aws/" in str(found) else None

    bad = ["", "alias/aws/sagemaker"]
    return value(path, good, passes=AWS_KEY, fails=bad, absent=Absent.FAILS, because=because, **options)


def google_key(path: str = "encryptionSpec.kmsKeyName", **options: Any) -> Check:
    """A Cloud KMS key is named. Options as in `value`."""
    return must_have(path, passes=GOOGLE_KEY, because="Google encrypts it with a key that is not yours", **options)


def refuses_key(machine: Any) -> bool:
    """
    Whether SageMaker refuses a volume's key for the machine: its disk is its own, and encrypted by the hardware.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html
    """
    if not isinstance(machine, str) or not _SHAPE.fullmatch(machine):
        return False
    return has_local_disk(machine) or bool(_DISK.match(machine))
