"""What a hard stop on Azure is made of: its Logic App, who that acts as, what it is told, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterable

import pulumi
from pulumi_azure_native import consumption, logic, machinelearningservices

from components.base import Component
from components.clouds.azure.actions import STOP
from components.clouds.azure.figures import WORKFLOWS, WORKSPACES, Alarm, alarm
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.place import AzureIdentity
from components.clouds.azure.roles import assign, define, identity, operator
from components.clouds.azure.stop import GOES_ON, JOURNAL, STOPPED, StopPlan, stop_definition
from components.clouds.azure.workflow import logic_app
from components.endpoint import EndpointResult
from components.features import FeaturesResult
from components.notebooks import NotebookResult

__all__ = ["hard_stop"]

NAME_LIMIT = 43  # of a Logic App, as `logic_app` names it


def hard_stop(component: Component, ground: AzureGround, budget: consumption.Budget) -> logic.Workflow:
    """
    The Logic App that reads the budget each hour, and stops all that is in `component.needs`.

    Args:
        component: The budget, which is made after everything that it stops.
        ground: The foundation.
        budget: What is read.
    """
    results = component.needs.values()
    endpoints = [result.endpoint_id for result in results if isinstance(result, EndpointResult)]
    notebooks = [i for result in results if isinstance(result, NotebookResult) for i in result.notebook_ids.values()]
    stores = [result.store_id for result in results if isinstance(result, FeaturesResult)]
    context = component.context
    plan = StopPlan(
        start=context.start(NAME_LIMIT),
        region=context.place.region,
        tags=context.tags,
        workspaces=("workspace", "store") if stores else ("workspace",),
        endpoints=bool(endpoints),
        notebooks=bool(notebooks),
    )
    told: dict[str, pulumi.Input[str]] = {
        "artifacts": ground.artifacts_uri,
        # what Azure calls its id begins with no slash
        "budget": pulumi.Output.concat(ground.group_id, "/providers/Microsoft.Consumption/budgets/", budget.name),
        "endpoints": _joined(endpoints),
        "group": ground.group_id,
        "notebooks": _joined(notebooks),
        "serve-identity": ground.serve.id,
        "store": stores[0] if stores else "",
        "workspace": ground.workspace_id,
    }
    acts, made = _rights(component, ground, serves=bool(endpoints))
    workflow = logic_app(
        component,
        f"{component.name}-stop",
        ground,
        lambda known: stop_definition(plan, known),
        {name: told[name] for name in plan.parameters},
        [*made, _journal(component, ground)],
        acts,
    )
    _alarms(component, ground, workflow)
    return workflow


def _joined(ids: Iterable[pulumi.Output[str]]) -> pulumi.Output[str]:
    return pulumi.Output.all(*ids).apply(",".join)


def _rights(component: Component, ground: AzureGround, *, serves: bool) -> tuple[AzureIdentity, list[pulumi.Resource]]:
    """Who it acts as, and what that may do, in this resource group alone."""
    acts = identity(component, "stop", ground.group)
    says = "Stop what costs something at the budget's limit, and switch on again what that switched off"
    role, defined = define(component, "stop", says, STOP, ground.group_id)
    made: list[pulumi.Resource] = [
        assign(component, "stop-duty", role, acts, ground.group_id, [defined]),
        assign(component, "stop-tells", "Monitoring Metrics Publisher", acts, ground.workspace_id),
    ]
    if serves:  # an endpoint without its traffic is sent whole, with the identity that it serves as
        made.append(operator(component, "stop-serves-as-serve", acts, ground.serve))
    return acts, made


def _journal(component: Component, ground: AzureGround) -> machinelearningservices.DataContainer:
    """Its versions are the stops."""
    ml = machinelearningservices
    return ml.DataContainer(
        f"{component.name}-stops",
        name=JOURNAL,
        workspace_name=ground.workspace,
        resource_group_name=ground.group,
        properties=ml.DataContainerPropertiesArgs(
            data_type=ml.DataType.URI_FOLDER,
            description="When the budget was used up, and what was switched off",
            tags=component.context.tags,
        ),
        opts=component.child(),
    )


def _alarms(component: Component, ground: AzureGround, workflow: logic.Workflow) -> None:
    """People are told once that all stands still, once that it may go on, and each time that it could not be done."""
    stack, limit = component.context.stack, "the budget's limit"
    stopped = (
        f"{stack} is stopped: its month has cost {limit}. Jobs are cancelled, endpoints have no machines, and nothing"
        f" starts by itself; the newest version of the data asset {JOURNAL} says what was stopped. To go on, raise"
        " budget.monthly_usd and run up, or wait for the next month; then release the versions again."
    )
    goes_on = (
        f"{stack} goes on: its month is below {limit}, and what the stop had switched off starts by itself again."
        " Release the versions that served; the data asset names them."
    )
    failed = f"{stack}: a look at the budget failed, so it may not be stopped at {limit}; the Logic App's run says why"
    for word, says, metric in (("stopped", stopped, STOPPED), ("goes-on", goes_on, GOES_ON)):
        alarm(component, ground, ground.workspace_id, Alarm((word,), says, metric, WORKSPACES, once=True))
    broken = Alarm(("stop", "failed"), failed, "RunsFailed", WORKFLOWS, WORKFLOWS, once=True, total=True)
    alarm(component, ground, workflow.id, broken)
