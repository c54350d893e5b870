"""Clusters and notebooks are of a version that is supported."""

from __future__ import annotations

from typing import Any

import pytest

from policies.pack import rule
from policies.resource import Resource
from policies.settings import Settings

GKE = "gcp:container/cluster:Cluster"


@pytest.mark.parametrize(
    ("version", "broken"),
    [("1.9", True), ("1.33.5-gke.100", True), ("1.34", False), ("1.100", False), ("latest", False), (1.35, False)],
)
def test_versions_are_numbers(version: Any, broken: bool):
    """
    1.9 is older than 1.34, and 1.100 newer; an alias is the cloud's choice.
    """
    resource = Resource("r", GKE, {"minMasterVersion": version})

    assert broken == bool(rule("GP-REL-016").breaches(resource, Settings()))
    assert not rule("GP-REL-016").breaches(resource, Settings.model_validate({"leastKubernetes": "1.9"}))
