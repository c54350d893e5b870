"""What a stack's outputs say is the same on every cloud: the same fields, each of the same form."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from components.base import Cloud
from groundplan.testing import Planned, plan_blueprint

BLUEPRINT = Path(__file__).parents[2] / "blueprints" / "fraud-detection.yaml"
every_cloud = pytest.mark.parametrize("cloud", Cloud)
AUDIT = {
    Cloud.AWS: ("aws:s3/bucket:Bucket", "audit", r"arn:aws:s3:::(.+)", "bucket"),
    Cloud.GCP: ("gcp:storage/bucket:Bucket", "logs", r"//storage\.googleapis\.com/projects/_/buckets/(.+)", "name"),
    Cloud.AZURE: (
        "azure-native:operationalinsights:Workspace",
        "logs",
        r"/subscriptions/.+/Microsoft\.OperationalInsights/workspaces/(.+)",
        "workspaceName",
    ),
}
REGISTER = {
    Cloud.AWS: r"arn:aws:sagemaker:[a-z0-9-]+:\d{12}:model-package-group",
    Cloud.GCP: r"projects/[^/]+/locations/[^/]+/workflows/fraud-detection-prod-registry-register",
    Cloud.AZURE: r"/subscriptions/.+/Microsoft\.MachineLearningServices/workspaces/[^/]+/models",
}


@cache
def planned(cloud: Cloud) -> Planned:
    """The example in prod."""
    return plan_blueprint(BLUEPRINT, "prod", cloud)


def test_outputs_have_the_same_fields_on_every_cloud():
    """
    A script that reads a stack's outputs needs to know no cloud.
    """
    outputs = [planned(cloud).document["outputs"] for cloud in Cloud]
    fields = [{label: sorted(result) for label, result in found.items()} for found in outputs]

    assert fields[0] == fields[1] == fields[2]


@every_cloud
def test_the_audit_log_is_named_as_access_to_it_is_granted(cloud):
    """
    `audit_log_id` is the id of what keeps the audit log, in the form that the cloud's access control takes.
    """
    kind, name, form, key = AUDIT[cloud]
    found = re.fullmatch(form, planned(cloud).document["outputs"]["foundation"]["audit_log_id"])

    assert found
    assert found[1] == planned(cloud).one(kind, name).at(key)


@every_cloud
def test_outputs_say_what_a_version_is_registered_with(cloud):
    """
    `register_id` is what an ML engineer's script registers a version with, on each cloud.
    """
    assert re.fullmatch(REGISTER[cloud], planned(cloud).document["outputs"]["registry"]["register_id"])
