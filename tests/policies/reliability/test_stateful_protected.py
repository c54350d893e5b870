"""What holds data in production is protected."""

from __future__ import annotations

from policies.pack import rule
from policies.resource import Resource, Stack
from policies.settings import Settings

TABLE = "aws:dynamodb/table:Table"


def test_protection_of_pulumi_or_of_the_cloud_counts():
    """
    A store is protected by Pulumi, or refuses deletion itself; one outside production needs neither.
    """
    stack = Stack(
        (
            Resource("open", TABLE, {}),
            Resource("kept", TABLE, {}, protect=True),
            Resource("own", TABLE, {"deletionProtectionEnabled": True}),
            Resource("off", TABLE, {"deletionProtectionEnabled": False}),
        )
    )

    assert ["open", "off"] == [b.urn for b in rule("GP-REL-008").breaches_across(stack, Settings(environment="live"))]
    assert [] == rule("GP-REL-008").breaches_across(stack, Settings(environment="dev"))
