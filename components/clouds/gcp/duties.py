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
    "pool_grants",
    "run_release_role",
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
SEARCH = (
    "aiplatform.hyperparameterTuningJobs.cancel",
    "aiplatform.hyperparameterTuningJobs.create",
    "aiplatform.hyperparameterTuningJobs.get",
    "aiplatform.hyperparameterTuningJobs.list",
)
FOLLOW_SEARCH = ("aiplatform.hyperparameterTuningJobs.get", "aiplatform.hyperparameterTuningJobs.list")
CHAIN = ("workflows.executions.create", "workflows.executions.get")
POOL = tuple(
    f"aiplatform.deploymentResourcePools.{verb}"
    for verb in ("create", "delete", "get", "list", "queryDeployedModels", "update")
)
RUN = ("run.services.get", "run.services.update")
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


def pool_grants(component: Component, people: Mapping[str, Account], *, shares: bool) -> None:
    """Let the pipeline account make the machines that several models share, where there are such endpoints."""
    if shares:
        project_grant(component, "pools", people["pipeline"].member, POOL, "Makes pools of machines for models")


def search_grants(component: Component, people: Mapping[str, Account], *, tunes: bool) -> None:
    """Let the pipeline account search hyper-parameters, and who submits see how it goes, where there are searches."""
    if tunes:
        project_grant(component, "tuning", people["pipeline"].member, SEARCH, "Searches hyper-parameters")
        project_grant(component, "tuning-follow", people["submit"].member, FOLLOW_SEARCH, "Follows searches")


def list_grant(component: Component, name: str, bucket: pulumi.Input[str], member: pulumi.Input[str]) -> None:
    """Let a member see the names in a bucket: no condition on names can be met by a list of them."""
    role = custom_role(component, name, "Lists what is in a bucket", ["storage.objects.list"])
    gcp.storage.BucketIAMMember(name, bucket=bucket, role=role.name, member=member, opts=component.child())


def notebook_user_role(component: Component) -> pulumi.Output[str]:
    """What a person may do with the notebook that is theirs: start, stop and open it."""
    return custom_role(component, "notebook-user", "Starts, stops and opens a notebook", NOTEBOOK).name


def run_release_role(component: Component) -> pulumi.Output[str]:
    """What a release may do with the Cloud Run service that it is of: look at it, and bring a revision."""
    return custom_role(component, "run-release", "Brings revisions to a service", RUN).name
