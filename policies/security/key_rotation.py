"""GP-SEC-044: encryption keys rotate."""

from typing import Any

from policies.checks import must_equal, must_have, value
from policies.resource import Resource
from policies.rule import Absent, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT

_LONGEST = 90 * 24 * 3600


def _symmetric(key: Resource, _settings: Settings) -> bool:
    """AWS rotates only keys that encrypt, and whose material is its own."""
    usage, spec = key.at("keyUsage"), key.at("customerMasterKeySpec")
    plain = usage in (ABSENT, "ENCRYPT_DECRYPT") and spec in (ABSENT, "SYMMETRIC_DEFAULT")
    return plain and not key.has("customKeyStoreId")


def _encrypts(key: Resource, _settings: Settings) -> bool:
    """Google rotates no key that signs, and none whose material is imported."""
    return key.at("purpose") in (ABSENT, "ENCRYPT_DECRYPT") and key.at("importOnly") is not True


def _soon(found: Any, _settings: Settings) -> str | None:
    try:
        seconds = float(str(found).removesuffix("s"))
    except ValueError:
        return None  # Cloud KMS refuses it
    return None if seconds <= _LONGEST else f"it must be {_LONGEST}s (90 days) or less"


RULE = Rule(
    id="GP-SEC-044",
    demand="Keys that encrypt get new material at least once a year, on Google Cloud every 90 days.",
    why="The longer one key is in use, the more a copy of it opens.",
    fix="Turn rotation on, as the blueprint's key has it.",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    severity=Severity.MEDIUM,
    external=("CKV_AWS_7", "KMS.4", "CKV_GCP_43"),
    checks={
        "aws:kms/key:Key": must_equal(
            "enableKeyRotation", True, wrong=False, because="KMS keeps it as it is", when=_symmetric, remedy=True
        ),
        "gcp:kms/cryptoKey:CryptoKey": value(
            "rotationPeriod",
            _soon,
            passes="7776000s",
            fails=["31536000s"],
            absent=Absent.FAILS,
            because="Cloud KMS keeps it as it is",
            when=_encrypts,
            remedy="7776000s",
        ),
        "azure-native:keyvault:Key": must_have(
            "properties.rotationPolicy.lifetimeActions",
            passes=[{"action": {"type": "rotate"}, "trigger": {"timeAfterCreate": "P90D"}}],
            because="Key Vault keeps it as it is",
        ),
    },
)
