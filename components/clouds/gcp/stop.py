"""The hard stop at the budget's limit on Google Cloud: a workflow that each message of the budget starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi_gcp import billing, monitoring, serviceaccount, workbench

from components.base import Component
from components.batch import BatchResult
from components.clouds.gcp.duties import list_grant
from components.clouds.gcp.ground import GcpGround, labels, place, stack_label
from components.clouds.gcp.people import TELLS, tell_people
from components.clouds.gcp.private_endpoint import number_of
from components.clouds.gcp.roles import bucket_grant, custom_role, project_grant
from components.clouds.gcp.sharing import pool_base
from components.clouds.gcp.starts import API, STOPPED, Starts
from components.clouds.gcp.windows import failures
from components.clouds.gcp.workflow import TRAFFIC, controller, workflow_name
from components.endpoint import EndpointResult
from components.monitoring import MonitoringResult
from components.notebooks import NotebookResult
from components.pipeline import PipelineResult
from components.registry import RegistryResult
from components.training import TrainingResult

__all__ = ["hard_stop"]

STOP, *PARTS = (
    Path(__file__).with_name(f"{name}.yaml") for name in ("stop", "stop_parts", "stop_record", "stop_serving", "pool")
)
RECORDS = "budget/"  # in the artifact bucket: what is switched off, and since when
# Names of clocks are made with these limits: of those that `starts.py` makes, and of those of features.
CLOCKS = (63, 500)
OVER = ("SUCCEEDED", "FAILED", "CANCELLING", "CANCELLED", "EXPIRED", "PARTIALLY_SUCCEEDED")
# Vertex AI, Workflows and Cloud Scheduler have no policy on a single job, execution or clock, so these are granted on
# the project. Source: https://cloud.google.com/vertex-ai/docs/general/iam-permissions,
# https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs/resume
STOPS = (
    "cloudscheduler.jobs.enable",
    "cloudscheduler.jobs.get",
    "cloudscheduler.jobs.list",
    "cloudscheduler.jobs.pause",
    "logging.logEntries.create",
    "workflows.executions.cancel",
    "workflows.executions.get",
    "workflows.executions.list",
    "workflows.workflows.list",
)
TAKES_OUT = ("aiplatform.endpoints.get", "aiplatform.endpoints.undeploy", "aiplatform.operations.list")
EMPTIES = tuple(
    f"aiplatform.deploymentResourcePools.{verb}" for verb in ("delete", "get", "list", "queryDeployedModels")
)
NOTEBOOK = ("notebooks.instances.get", "notebooks.instances.stop")
# Kind of job to the field of it that has the account.
HELD = {"customJobs": "jobSpec", "hyperparameterTuningJobs": "trialJobSpec", "batchPredictionJobs": ""}


def hard_stop(component: Component, budget: billing.Budget) -> pulumi.Output[str]:
    """
    The id of the workflow that stops the stack from the budget's limit on, and lets it go on below it.

    Args:
        component: The budget's, built after everything that is to be stopped.
        budget: What publishes to the stack's alert topic.
    """
    ground = component.need(GcpGround)
    account = _account(component)
    _grants(component, account, ground)
    workflow = controller(
        component,
        "stop",
        STOP,
        _given(component, budget, ground),
        "Stops the stack from the budget's limit on",
        "Have fewer endpoints and notebooks.",
        (*PARTS, STOPPED, TRAFFIC),
        account=account.email,
    )
    Starts(component, ground, workflow).on_alerts()
    tell_people(component, "budget-stop-notice", workflow_name(component, "stop"), "the budget's limit")
    _broken(component, workflow.name, ground)
    return workflow.id


def _given(component: Component, budget: billing.Budget, ground: GcpGround) -> dict[str, Any]:
    where, context = place(component), component.context
    starts = sorted({context.start(limit) for limit in CLOCKS})
    own = workflow_name(component, "stop")
    # v1 does not know what scales to zero
    vertex = f"{where.vertex_url}/v1beta1"
    return {
        "budget": budget.id.apply(lambda path: path.rpartition("/")[2]),
        "bucket": ground.artifacts,
        "tells": TELLS,
        "parent": where.vertex_parent,
        "executions": f"{API}/{where.vertex_parent}/workflows/{own}/executions",
        "scheduler": "https://cloudscheduler.googleapis.com/v1",
        "clocks": f"/jobs/({'|'.join(starts)})",
        "workflows_url": "https://workflows.googleapis.com/v1",
        "executions_url": API,
        "workflows": f"/workflows/{context.start()}",
        "kept": [own, *_kept(component)],
        "jobs_url": f"{where.vertex_url}/v1",
        "jobs": list(_jobs(component, ground)),
        "going": " AND ".join(
            (f'labels.stack="{stack_label(context)}"', *(f'state!="JOB_STATE_{state}"' for state in OVER))
        ),
        "over": [*(f"JOB_STATE_{state}" for state in OVER), "gone"],
        "url": vertex,
        "deploy_url": vertex,
        "endpoints": list(_endpoints(component)),
        "pools": [{"pools": pool_base(context, name)} for name in _sharing(component)],
        "notebooks_url": "https://notebooks.googleapis.com/v2",
        "notebooks": [path for _name, path in _notebooks(component)],
    }


def _kept(component: Component) -> list[pulumi.Input[str]]:
    """Names of workflows that go on: one tells people, and a registration costs nothing, but half of one is trouble."""
    told: list[pulumi.Input[str]] = [component.context.name("notify", limit=63)]
    found = [result.register_id for result in component.needs.values() if isinstance(result, RegistryResult)]
    return [*told, *(path.apply(lambda known: known.rpartition("/")[2]) for path in found)]


def _jobs(component: Component, ground: GcpGround) -> Iterator[dict[str, Any]]:
    """Kinds of jobs that the stack has, and whom they run as."""
    results = component.needs.values()
    steps = any(isinstance(result, TrainingResult | MonitoringResult | PipelineResult) for result in results)
    searches = any(isinstance(result, TrainingResult) and result.tuning_id is not None for result in results)
    scores = any(isinstance(result, BatchResult) for result in results)
    has = {"customJobs": steps, "hyperparameterTuningJobs": searches, "batchPredictionJobs": scores}
    for kind in (kind for kind, there in has.items() if there):
        held = HELD[kind]
        shown = f"{held}.serviceAccount" if held else "serviceAccount"
        yield {
            "collection": kind,
            "fields": f"nextPageToken,{kind}(name,{shown})",
            "held": held,
            "account": ground.accounts["train" if held else "serve"].email,
        }


def _endpoints(component: Component) -> Iterator[dict[str, Any]]:
    """Those of Vertex AI: a service of Cloud Run has no machine while nobody asks it, and stays."""
    parent = place(component).vertex_parent
    for label, result in _served(component):
        name = label.rpartition("/")[2]
        numbers = {f"{name}/{model}": url.apply(number_of) for model, url in sorted(result.model_urls.items())}
        for called, number in (numbers or {name: result.endpoint_name}).items():
            yield {"name": called, "endpoint": pulumi.Output.concat(f"{parent}/endpoints/", number)}


def _served(component: Component) -> list[tuple[str, EndpointResult]]:
    found = [(label, result) for label, result in component.needs.items() if isinstance(result, EndpointResult)]
    return sorted(((label, result) for label, result in found if result.machine), key=lambda each: each[0])


def _sharing(component: Component) -> list[str]:
    """Endpoints whose models may share machines."""
    return [label.rpartition("/")[2] for label, result in _served(component) if result.model_urls]


def _notebooks(component: Component) -> Iterator[tuple[str, pulumi.Output[str]]]:
    for label, result in sorted(component.needs.items()):
        if isinstance(result, NotebookResult):
            for user, path in sorted(result.notebook_ids.items()):
                yield f"{label.rpartition('/')[2]}-{user}", path


def _account(component: Component) -> serviceaccount.Account:
    """Of its own: what may stop the stack starts nothing in it."""
    context = component.context
    return serviceaccount.Account(
        "account-stop",
        account_id=context.name("stop", limit=30, unique=True),
        display_name=f"{context.blueprint} {context.environment}: stop",
        description="Stops the stack from the budget's limit on",
        project=place(component).project,
        opts=component.child(),
    )


def _grants(component: Component, account: serviceaccount.Account, ground: GcpGround) -> None:
    """What the stack has may be stopped, and what is stopped written down."""
    member = account.member
    kinds = [kind["collection"] for kind in _jobs(component, ground)]
    permissions = (
        *STOPS,
        *(f"aiplatform.{kind}.{verb}" for kind in kinds for verb in ("cancel", "get", "list")),
        *(TAKES_OUT if _served(component) else ()),
        *(EMPTIES if _sharing(component) else ()),
    )
    project_grant(component, "stop", member, permissions, "Stops what runs in the stack")
    bucket_grant(component, "stop-records", ground.artifacts, "roles/storage.objectUser", member, [RECORDS])
    list_grant(component, "stop-list", ground.artifacts, member)
    notebooks = dict(_notebooks(component))
    if notebooks:
        _stops_notebooks(component, notebooks, member)


def _stops_notebooks(
    component: Component, notebooks: Mapping[str, pulumi.Output[str]], member: pulumi.Input[str]
) -> None:
    role = custom_role(component, "stop-notebooks", "Stops machines of notebooks", NOTEBOOK)
    for name, path in notebooks.items():
        parts = path.apply(lambda known: known.split("/"))
        workbench.InstanceIamMember(
            f"stop-{name}",
            project=place(component).project,
            location=parts.apply(lambda known: known[3]),
            name=parts.apply(lambda known: known[5]),
            role=role.name,
            member=member,
            opts=component.child(),
        )


def _broken(component: Component, workflow: pulumi.Output[str], ground: GcpGround) -> None:
    """What could not be stopped goes on costing: people hear of it."""
    context = component.context
    title = f"{context.blueprint} {context.environment}: the stack was not stopped at the budget's limit"[:512]
    monitoring.AlertPolicy(
        "budget-stop-failed",
        display_name=title,
        project=place(component).project,
        combiner="OR",
        conditions=[
            monitoring.AlertPolicyConditionArgs(
                display_name=title,
                condition_prometheus_query_language=monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
                    query=workflow.apply(failures),
                    duration="0s",  # the query looks back already
                    evaluation_interval="60s",
                    disable_metric_validation=True,  # before a first failure a project has no such measure
                ),
            )
        ],
        notification_channels=[ground.alert_channel, *ground.alert_channels.values()],
        alert_strategy=monitoring.AlertPolicyAlertStrategyArgs(auto_close="1800s"),
        documentation=monitoring.AlertPolicyDocumentationArgs(
            content="The error of the workflow's last execution says what goes on; the next message tries again.",
            mime_type="text/markdown",
        ),
        severity="ERROR",
        user_labels=labels(component),
        opts=component.child(),
    )
