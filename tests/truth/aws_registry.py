"""Plays SageMaker's model registry to whatever reads a version."""

from __future__ import annotations

from typing import Any

from tests.truth.aws_states import StateError

__all__ = ["package"]


def package(arn: str, versions: frozenset[str], approval: str, container: dict[str, Any]) -> dict[str, Any]:
    """What `DescribeModelPackage` answers for a version, of those that there are."""
    if arn.rpartition("/")[2] not in versions:
        raise StateError("SageMaker.SageMakerException", f"ModelPackage {arn} does not exist.")
    return {
        "ModelPackageArn": arn,
        "ModelApprovalStatus": approval,
        "InferenceSpecification": {"Containers": [container]},
    }
