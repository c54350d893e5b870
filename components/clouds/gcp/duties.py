"""Permissions on Google Cloud that only some stacks need: of batch jobs, monitors, pipelines and notebooks."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_gcp as gcp

from components.base import Component
from components.clouds.gcp.ground import Account
from components.clouds.gcp.roles import custom_role, project_grant

__all__ = [
    "REPORTS",
    "STARTS",
    "WINDOWS",
    "batch_grants",
    "chain_grants",
    "list_grant",
    "notebook_user_role",
]

STARTS = "tmp/starts/"  # in the artifact bucket: which windows have been started; goes as other scratch does
WINDOWS = "tmp/windows/"  # what an endpoint was asked in a window, for the step that looks at it
REPORTS = "reports/"  # what steps found
# Vertex AI and Workflows have no policy on a single job or workflow, so these are granted on the project.
# Source: https://cloud.google.com/vertex-ai/docs/general/iam-permissions
SCORE = (
    "aiplatform.batchPredictionJobs.cancel",
    "aiplatform.batchPredictionJobs.create",
    "aiplatform.batchPredictionJobs.get",
    "aiplatform.batchPredictionJobs.list",
    "workflows.executions.create",
)
CHAIN = ("workflows.executions.create", "workflows.executions.get")
FOLLOW = ("aiplatform.batchPredictionJobs.get", "aiplatform.batchPredictionJobs.list")
# Source: https://cloud.google.com/iam/docs/roles-permissions/notebooks
NOTEBOOK = (
    "notebooks.instances.get",
    "notebooks.instances.start",
    "notebooks.instances.stop",
    "notebooks.instances.use",
)


def batch_grants(component: Component, people: Mapping[str, Account], *, scores: bool) -> None:
    """Let the pipeline account run batch predictions, and who submits them follow them, where there are any."""
    if scores:
        project_grant(component, "batch", people["pipeline"].member, SCORE, "Runs batch predictions")
        project_grant(component, "batch-follow", people["submit"].member, FOLLOW, "Follows batch predictions")


def chain_grants(component: Component, people: Mapping[str, Account], *, chains: bool) -> None:
    """Let the pipeline account start the stack's other workflows and follow them, where there are pipelines."""
    if chains:
        project_grant(component, "chain", people["pipeline"].member, CHAIN, "Starts workflows and follows them")


def list_grant(component: Component, name: str, bucket: pulumi.Input[str], member: pulumi.Input[str]) -> None:
    """Let a member see the names in a bucket: no condition on names can be met by a list of them."""
    role = custom_role(component, name, "Lists what is in a bucket", ["storage.objects.list"])
    gcp.storage.BucketIAMMember(name, bucket=bucket, role=role.name, member=member, opts=component.child())


def notebook_user_role(component: Component) -> pulumi.Output[str]:
    """What a person may do with the notebook that is theirs: start, stop and open it."""
    return custom_role(component, "notebook-user", "Starts, stops and opens a notebook", NOTEBOOK).name
