"""Disks of endpoints are under a key of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from policies.keys import refuses_key
from policies.pack import rule
from policies.resource import Resource
from policies.settings import Settings
from policies.values import UNKNOWN

KIND = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"


def needs_key(*variants: Any, **more: Any) -> bool:
    resource = Resource("urn:r", KIND, {"productionVariants": list(variants), **more})
    return bool(rule("GP-SEC-008").breaches(resource, Settings()))


def test_a_key_is_asked_for_where_sagemaker_takes_one():
    """
    A volume needs a key; a disk of the machine's own, on any variant, and a serverless variant refuse it.
    """
    volume, disk = {"instanceType": "ml.m5.xlarge"}, {"instanceType": "ml.g5.xlarge"}
    serverless = {"serverlessConfig": {"maxConcurrency": 5}}

    assert needs_key(volume)
    assert needs_key(volume, serverless)
    assert not needs_key(disk)
    assert not needs_key(volume, disk)
    assert not needs_key(volume, shadowProductionVariants=[disk])
    assert not needs_key(serverless)
    assert not needs_key({"instanceType": UNKNOWN})
    assert not needs_key(UNKNOWN)


@pytest.mark.parametrize(
    ("machine", "refuses"),
    [
        ("ml.p4d.24xlarge", True),
        ("ml.p5.48xlarge", True),
        ("ml.m6id.large", True),
        ("ml.i3en.24xlarge", True),
        ("ml.trn1.32xlarge", True),
        ("ml.m5.large", False),
        ("ml.inf2.xlarge", False),
        ("ml.p3.2xlarge", False),
        ("ml.t3.medium", False),
        ("", False),
        ("no machine", False),
        (None, False),
    ],
)
def test_machines_with_their_own_disk_refuse_a_key(machine: Any, refuses: bool):
    """
    EC2's names tell which machines have a disk of their own.
    """
    assert refuses == refuses_key(machine)
