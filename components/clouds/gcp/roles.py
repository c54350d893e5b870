"""Service accounts of a stack on Google Cloud, one a duty, and the exact permissions each has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi
import pulumi_gcp as gcp

from components.base import Component
from components.clouds.gcp.ground import Account, GcpPlace, place

__all__ = ["ADDRESS", "accounts", "bucket_grant", "custom_role", "peer_account", "project_grant"]

DUTIES: Mapping[str, str] = {
    "train": "Runs training jobs",
    "serve": "Runs models behind endpoints",
    "pipeline": "Starts jobs and releases versions, as the stack's workflows",
    "submit": "Starts the stack's workflows, for people and CI",
}
SCRATCH = ("runs/", "checkpoints/", "tmp/")  # where a training may write in the artifact bucket
CODE = "code/"

# Vertex AI and Workflows have no policy on a single job, model or workflow, so these are granted on the project.
# Source: https://cloud.google.com/vertex-ai/docs/general/iam-permissions
CONTROL = (
    "aiplatform.customJobs.cancel",
    "aiplatform.customJobs.create",
    "aiplatform.customJobs.get",
    "aiplatform.customJobs.list",
    "aiplatform.endpoints.deploy",
    "aiplatform.endpoints.get",
    "aiplatform.endpoints.undeploy",
    "aiplatform.endpoints.update",
    "aiplatform.models.get",
    "aiplatform.models.list",
    "aiplatform.models.upload",
    "aiplatform.operations.list",
    "bigquery.jobs.create",
    "logging.logEntries.create",
    "monitoring.timeSeries.list",
    "workflows.executions.list",
)
# What is measured has no policy of its own either. Which numbers there are, the stack says beforehand.
# Source: https://cloud.google.com/monitoring/access-control#custom_roles
PUBLISH = ("monitoring.timeSeries.create",)
ADDRESS = (  # on the zone of each endpoint: a role of its own for each would soon be more than a project has
    "dns.changes.create",
    "dns.resourceRecordSets.create",
    "dns.resourceRecordSets.get",
    "dns.resourceRecordSets.update",
)
START = (
    "aiplatform.customJobs.get",
    "aiplatform.customJobs.list",
    "aiplatform.endpoints.get",
    "aiplatform.endpoints.list",
    "aiplatform.models.get",
    "aiplatform.models.list",
    "workflows.executions.cancel",
    "workflows.executions.create",
    "workflows.executions.get",
    "workflows.executions.list",
    "workflows.workflows.get",
    "workflows.workflows.list",
)


def _account_id(component: Component, duty: str) -> str:
    # Source: https://cloud.google.com/iam/docs/service-accounts-create: 6 to 30 characters
    return component.context.name(duty, limit=30, unique=True)


def accounts(component: Component, apis: Mapping[str, pulumi.Resource]) -> dict[str, Account]:
    """One service account a duty; they have no keys, and may do nothing until it is granted."""
    where = place(component)
    made = {}
    for duty, meaning in DUTIES.items():
        account = gcp.serviceaccount.Account(
            f"account-{duty}",
            account_id=_account_id(component, duty),
            display_name=f"{component.context.blueprint} {component.context.environment}: {duty}",
            description=meaning,
            project=where.project,
            opts=component.child(depends_on=[apis["iam"]]),
        )
        made[duty] = Account(account.email, account.name, account.member)
    project_grant(component, "control", made["pipeline"].member, CONTROL, "Runs jobs and deploys models")
    project_grant(component, "start", made["submit"].member, START, "Starts workflows and follows their jobs")
    publish = custom_role(component, "publish", "Publishes what a version is measured by", PUBLISH)
    for duty in ("serve", "pipeline"):
        _project_member(component, f"publish-{duty}", made[duty].member, publish)
    for duty in ("train", "serve"):
        # the workflows name these accounts in the jobs and deployments they make
        gcp.serviceaccount.IAMMember(
            f"account-{duty}-user",
            service_account_id=made[duty].name,
            role="roles/iam.serviceAccountUser",
            member=made["pipeline"].member,
            opts=component.child(),
        )
    return made


def custom_role(
    component: Component, name: str, meaning: str, permissions: Sequence[str]
) -> gcp.projects.IAMCustomRole:
    """
    A role with exactly these permissions.

    Source: https://cloud.google.com/iam/docs/creating-custom-roles: the id of a deleted role is taken for 44 days,
    so another salt makes another id.
    """
    return gcp.projects.IAMCustomRole(
        f"role-{name}",
        role_id=component.context.name(name, limit=64, separator="_", unique=True),
        title=f"{component.context.blueprint} {component.context.environment}: {name}"[:100],
        description=meaning,
        permissions=sorted(permissions),
        stage="GA",
        project=place(component).project,
        opts=component.child(),
    )


def project_grant(
    component: Component, name: str, member: pulumi.Input[str], permissions: Sequence[str], meaning: str
) -> gcp.projects.IAMMember:
    """Give a member exactly these permissions in the project."""
    return _project_member(component, name, member, custom_role(component, name, meaning, permissions))


def _project_member(
    component: Component, name: str, member: pulumi.Input[str], role: gcp.projects.IAMCustomRole
) -> gcp.projects.IAMMember:
    return gcp.projects.IAMMember(
        f"role-{name}-member",
        project=place(component).project,
        role=role.name,
        member=member,
        opts=component.child(),
    )


def bucket_grant(
    component: Component,
    name: str,
    bucket: pulumi.Input[str],
    role: str,
    member: pulumi.Input[str],
    under: Sequence[str] = (),
) -> gcp.storage.BucketIAMMember:
    """Give a member a role on a bucket, or on what lies under some prefixes of it."""
    condition = None
    if under:
        condition = gcp.storage.BucketIAMMemberConditionArgs(
            title=f"under-{'-'.join(p.strip('/') for p in under)}"[:100],
            expression=pulumi.Output.from_input(bucket).apply(lambda b: _under(b, under)),
        )
    return gcp.storage.BucketIAMMember(
        name, bucket=bucket, role=role, member=member, condition=condition, opts=component.child()
    )


def _under(bucket: str, prefixes: Sequence[str]) -> str:
    start = f"projects/_/buckets/{bucket}/objects/"
    return " || ".join(f'resource.name.startsWith("{start}{prefix}")' for prefix in prefixes)


def peer_account(component: Component, environment: str, duty: str) -> str:
    """
    Member name of a duty's account in another environment: in its project, the same region and salt.

    The account must exist when it is granted something.
    """
    here = place(component)
    there: GcpPlace = replace(here, project=here.peers.get(environment, here.project))
    context = replace(component.context, environment=environment, place=there)
    email = f"{context.name(duty, limit=30, unique=True)}@{there.project}.iam.gserviceaccount.com"
    return f"serviceAccount:{email}"
