"""The model registry on SageMaker: who may register, approve and take a version."""

from functools import cache
from typing import Any

import pytest

from components.base import Cloud
from components.foundation import FoundationSpec
from components.registry import RegistrySpec
from groundplan.target import place
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_iam import as_list, statements

PEERS = {"prod": "444455556666", "test": "111122223333"}
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


@cache
def _planned(approval: str = "manual", share_with: tuple[str, ...] = ()) -> Planned:
    spec = RegistrySpec.model_validate({"models": ["fraud"], "approval": approval, "share_with": share_with})
    where = place(Cloud.AWS, "us-east-1", {"account_id": "111122223333"}, PEERS)
    ground = FoundationSpec(images=["serve"])
    return plan_component("registry", "aws", spec, foundation=ground, context={"place": where, "environment": "dev"})


def _may(planned: Planned, policy: str) -> dict[str, dict[str, Any]]:
    return {a: s for s in statements(planned.one(ROLE_POLICY, policy).inputs["policy"]) for a in as_list(s["Action"])}


def test_a_model_has_a_group_of_versions():
    """
    Each model has its package group, named so that another environment's is another one.
    """
    assert "example-dev-fraud" == _planned().one("aws:sagemaker/modelPackageGroup:ModelPackageGroup").at(
        "modelPackageGroupName"
    )


def test_who_submits_can_not_approve():
    """
    With manual approval the submit role registers versions as pending, and the approver's role alone changes that.
    """
    submit, approve = (_may(_planned(), policy) for policy in ("registry-register", "approver-policy"))
    only = submit["sagemaker:CreateModelPackage"]["Condition"]["StringEquals"]

    assert {"sagemaker:ModelApprovalStatus": "PendingManualApproval"} == only
    assert "sagemaker:UpdateModelPackage" not in submit
    assert "sagemaker:UpdateModelPackage" in approve


def test_automatic_approval_lets_a_version_be_registered_as_approved():
    """
    With automatic approval the submit role may register a version in any state.
    """
    assert "Condition" not in _may(_planned("automatic"), "registry-register")["sagemaker:CreateModelPackage"]


def test_the_files_of_versions_have_a_store_of_their_own():
    """
    Serving reads it, submitting writes it; its versions are kept.
    """
    planned = _planned()

    assert planned.one("aws:s3/bucketVersioning:BucketVersioning", "models-versions")
    assert "s3:PutObject" not in _may(planned, "registry-read")
    assert "s3:PutObject" in _may(planned, "registry-register")


def test_another_account_may_take_versions_and_all_they_need():
    """
    Sharing with an environment of another account opens versions, files, key and images to it, to read.
    """
    planned = _planned(share_with=("prod",))
    account = "arn:aws:iam::444455556666:root"
    versions = planned.one("aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy").inputs["resourcePolicy"]
    bucket = planned.one("aws:s3/bucketPolicy:BucketPolicy", "models-policy").inputs["policy"]
    grant = planned.one("aws:kms/grant:Grant")
    images = planned.one("aws:ecr/repositoryPolicy:RepositoryPolicy").inputs["policy"]

    assert all(account in text for text in (versions, bucket, images))
    assert (account, ["Decrypt", "DescribeKey"]) == (grant.inputs["granteePrincipal"], grant.inputs["operations"])
    assert "s3:PutObject" not in {a for s in statements(bucket) if s["Effect"] == "Allow" for a in as_list(s["Action"])}


@pytest.mark.parametrize("share_with", [(), ("test",), ("nowhere",)])
def test_nothing_is_opened_within_one_account(share_with):
    """
    An environment in the same account needs no policy, and one whose account is not named gets none.
    """
    planned = _planned(share_with=share_with)

    assert not planned.types & {
        "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy",
        "aws:kms/grant:Grant",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
    }
