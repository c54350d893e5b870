"""Tracking on Vertex AI: what the engine gets."""

from components.tracking import TrackingSpec
from groundplan.testing.component import plan_component

SPEC = TrackingSpec(experiments=["fraud", "churn"])
BOARD = "gcp:vertex/aiTensorboard:AiTensorboard"
EXPERIMENT = "gcp:vertex/aiTensorboardExperiment:AiTensorboardExperiment"


def test_the_board_is_under_the_stacks_key():
    """
    What a run logs is encrypted with the customer's key.
    """
    planned = plan_component("tracking", "gcp", SPEC)

    assert planned.one("gcp:kms/cryptoKey:CryptoKey").id == planned.one(BOARD).at("encryptionSpec.kmsKeyName")


def test_an_experiment_more_leaves_the_others_alone():
    """
    Each experiment is its own, named after the stack, as the project's metadata store is shared.
    """
    one = plan_component("tracking", "gcp", TrackingSpec(experiments=["fraud"]))
    two = plan_component("tracking", "gcp", SPEC)

    assert one.one(EXPERIMENT).inputs == two.one(EXPERIMENT, "fraud").inputs
    assert "example-prod-churn" == two.one(EXPERIMENT, "churn").at("tensorboardExperimentId")


def test_who_trains_and_who_submits_may_log():
    """
    Both have the same role of exact permissions, and write artifacts under one path alone.
    """
    planned = plan_component("tracking", "gcp", SPEC)
    roles = [r for r in planned.all("gcp:projects/iAMCustomRole:IAMCustomRole") if r.name.startswith("role-tracking")]

    assert 2 == len(roles)
    assert all("aiplatform.tensorboardRuns.create" in role.at("permissions") for role in roles)
    grants = [g for g in planned.all("gcp:storage/bucketIAMMember:BucketIAMMember") if g.name.startswith("tracking")]
    assert all(grant.at("condition.expression").endswith('/objects/experiments/")') for grant in grants)
