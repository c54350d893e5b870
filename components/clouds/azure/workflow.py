"""Logic Apps: the parts of a workflow definition, and the workflow as a resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi
from pulumi_azure_native import logic, machinelearningservices

from components.base import Component
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.logs import audit
from components.clouds.azure.place import ARM, AzureIdentity

__all__ = [
    "API",
    "EMPTY",
    "MAX_RUN_SECONDS",
    "NOTHING",
    "Actions",
    "after",
    "append",
    "choose",
    "chosen",
    "compose",
    "definition",
    "delay",
    "done",
    "each",
    "environment",
    "fail",
    "http",
    "increment",
    "literal",
    "logic_app",
    "quoted",
    "scope",
    "select",
    "set_to",
    "until",
    "variable",
]

Actions = dict[str, dict[str, Any]]
"""Actions of a definition by name."""

API = "2025-12-01"
"""Version of the Azure ML API that the definitions speak; the one that `pulumi-azure-native` speaks too."""

SCHEMA = "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#"

MAX_RUN_SECONDS = 90 * 86_400
"""
Longest that a workflow may run.

Source: https://learn.microsoft.com/azure/logic-apps/logic-apps-limits-and-configuration
"""

EMPTY = "json('[]')"
NOTHING = "json('{}')"
"""An empty list and an empty object, in an expression."""

TRACKED = "@string(coalesce(triggerBody()?['run'], guid()))"
"""
What a run is found by.

Source: https://learn.microsoft.com/azure/logic-apps/monitor-workflows-collect-diagnostic-data#custom-tracking-id
"""

MAX_LOOPS = 5000
"""
Most turns of an Until loop.

Source: https://learn.microsoft.com/azure/logic-apps/logic-apps-limits-and-configuration
"""


def literal(value: Any) -> Any:
    """A value of the blueprint, so that the workflow does not read an expression into it."""
    if isinstance(value, str):
        first, rest = value[:1], value[1:]
        if first == "@":  # `@@` at the beginning stands for one, and what follows is no expression of its own
            return "@@" + rest.replace("@{", "@@{")
        return value.replace("@{", "@@{")
    if isinstance(value, Mapping):
        return {key: literal(v) for key, v in value.items()}
    return [literal(v) for v in value] if isinstance(value, list | tuple) else value


def quoted(text: str) -> str:
    """A text as a string literal inside an expression."""
    return "'" + text.replace("'", "''") + "'"


def after(*names: str, status: Sequence[str] = ("Succeeded",)) -> dict[str, list[str]]:
    """`runAfter`: once each of the named actions has come to one of these statuses."""
    return {name: list(status) for name in names}


def http(
    method: str,
    path: str,
    identity: str,
    *,
    body: Any = None,
    run_after: Mapping[str, Any] | None = None,
    host: str = ARM,
    audience: str = f"{ARM}/",
) -> dict[str, Any]:
    """
    A call to Azure Resource Manager, or to another service of Azure, as the workflow's identity.

    Args:
        method: HTTP method.
        path: Expression of the path and query, such as `concat(parameters('workspace'), …)`.
        identity: ARM id of the user-assigned identity.
        body: What is sent.
        run_after: As of `after`.
        host: The service's address.
        audience: What the service wants the token to be for.
    """
    inputs: dict[str, Any] = {
        "method": method,
        "uri": f"@concat('{host}', {path})",
        "authentication": {"type": "ManagedServiceIdentity", "identity": identity, "audience": audience},
        "retryPolicy": {"type": "exponential", "count": 6, "interval": "PT10S", "maximumInterval": "PT5M"},
    }
    if body is not None:
        inputs["body"] = body
    # the definitions wait by themselves: Azure ML answers 201, which Logic Apps would not follow
    return {
        "type": "Http",
        "runAfter": dict(run_after or {}),
        "inputs": inputs,
        "operationOptions": "DisableAsyncPattern",
    }


def compose(value: Any, run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A value that later actions read with `outputs('name')`."""
    return {"type": "Compose", "runAfter": dict(run_after or {}), "inputs": value}


def select(items: str, one: str, run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A list made of a list, which later actions read with `body('name')`: `one` is an expression of `item()`."""
    return {"type": "Select", "runAfter": dict(run_after or {}), "inputs": {"from": items, "select": one}}


def chosen(items: str, condition: str, run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The items for which an expression of `item()` holds, which later actions read with `body('name')`."""
    inputs = {"from": f"@{items}", "where": f"@{condition}"}
    return {"type": "Query", "runAfter": dict(run_after or {}), "inputs": inputs}


def variable(name: str, value: str | int = "", run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Declare a variable, of text or of whole numbers."""
    kind = "integer" if isinstance(value, int) else "string"
    declared = [{"name": name, "type": kind, "value": value}]
    return {"type": "InitializeVariable", "runAfter": dict(run_after or {}), "inputs": {"variables": declared}}


def set_to(name: str, value: str, run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give a variable another value, which can't be made of its own."""
    return {"type": "SetVariable", "runAfter": dict(run_after or {}), "inputs": {"name": name, "value": value}}


def append(name: str, value: str, run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Put a text behind a variable's."""
    inputs = {"name": name, "value": value}
    return {"type": "AppendToStringVariable", "runAfter": dict(run_after or {}), "inputs": inputs}


def increment(name: str, run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Count a variable up by one."""
    return {"type": "IncrementVariable", "runAfter": dict(run_after or {}), "inputs": {"name": name, "value": 1}}


def delay(seconds: int, run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Wait."""
    return {
        "type": "Wait",
        "runAfter": dict(run_after or {}),
        "inputs": {"interval": {"count": seconds, "unit": "Second"}},
    }


def until(
    expression: str, actions: Actions, seconds: int, run_after: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Repeat actions until an expression holds, for at most so many seconds."""
    limit = {"count": MAX_LOOPS, "timeout": f"PT{seconds}S"}
    return {
        "type": "Until",
        "runAfter": dict(run_after or {}),
        "expression": f"@{expression}",
        "limit": limit,
        "actions": actions,
    }


def choose(
    expression: Mapping[str, Any],
    actions: Actions,
    otherwise: Actions | None = None,
    run_after: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Do the one or the other."""
    return {
        "type": "If",
        "runAfter": dict(run_after or {}),
        "expression": dict(expression),
        "actions": actions,
        "else": {"actions": otherwise or {}},
    }


def scope(actions: Actions, run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Do actions as one, so that others can run after any of them failed."""
    return {"type": "Scope", "runAfter": dict(run_after or {}), "actions": actions}


def each(items: str, actions: Actions, run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Do the actions for each item, one after the other."""
    return {
        "type": "Foreach",
        "runAfter": dict(run_after or {}),
        "foreach": f"@{items}",
        "actions": actions,
        "runtimeConfiguration": {"concurrency": {"repetitions": 1}},
    }


def fail(code: str, message: str, run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """End the run as failed."""
    error = {"code": code, "message": message}
    return {
        "type": "Terminate",
        "runAfter": dict(run_after or {}),
        "inputs": {"runStatus": "Failed", "runError": error},
    }


def done(run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """End the run as it should end, whatever would come after."""
    return {"type": "Terminate", "runAfter": dict(run_after or {}), "inputs": {"runStatus": "Succeeded"}}


def definition(
    start: Mapping[str, Any],
    parameters: Sequence[str],
    actions: Actions,
    *,
    one_at_a_time: bool = False,
    tracked: bool = False,
) -> dict[str, Any]:
    """
    A workflow definition that a request starts.

    Args:
        start: JSON Schema of the request's body; a body that does not fit starts nothing.
        parameters: Names of the values that the resource fills in.
        actions: What is done.
        one_at_a_time: Whether a second start waits for the first run to end.
        tracked: Whether a run is found again by the name `run` that its start gave it.
    """
    trigger: dict[str, Any] = {
        "type": "Request",
        "kind": "Http",
        "inputs": {"method": "POST", "schema": dict(start)},
        "operationOptions": "EnableSchemaValidation",
    }
    if one_at_a_time:
        trigger["runtimeConfiguration"] = {"concurrency": {"runs": 1, "maximumWaitingRuns": 10}}
    if tracked:
        trigger["correlation"] = {"clientTrackingId": TRACKED}
    return {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {name: {"type": "String"} for name in sorted(parameters)},
        "triggers": {"manual": trigger},
        "actions": actions,
        "outputs": {},
    }


def logic_app(
    component: Component,
    name: str,
    ground: AzureGround,
    write: Callable[[str], dict[str, Any]],
    parameters: Mapping[str, pulumi.Input[str]],
    depends_on: Sequence[pulumi.Resource] = (),
    acts: AzureIdentity | None = None,
) -> logic.Workflow:
    """
    A workflow that is started through Azure Resource Manager alone, by who has the right to.

    Args:
        component: Owner.
        name: Logical name.
        ground: The foundation.
        write: Makes the definition from the ARM id of the identity it acts as, which can't be a parameter.
        parameters: Values of the definition's parameters.
        depends_on: What must be there before.
        acts: Who the workflow acts as, where that is not the foundation's pipeline identity.
    """
    context, identity = component.context, acts or ground.pipeline
    nobody = logic.FlowAccessControlConfigurationPolicyArgs(allowed_caller_ip_addresses=[])
    made = logic.Workflow(
        name,
        workflow_name=context.name(*name.rsplit("-", 1), limit=43),
        resource_group_name=ground.group,
        location=context.place.region,
        state=logic.WorkflowState.ENABLED,
        identity=logic.ManagedServiceIdentityArgs(
            type=logic.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]
        ),
        # the trigger's own address and the history's take no caller: starting and reading go through ARM and its roles
        access_control=logic.FlowAccessControlConfigurationArgs(triggers=nobody, contents=nobody),
        definition=identity.id.apply(write),
        parameters={
            key: logic.WorkflowParameterArgs(type=logic.ParameterType.STRING, value=value)
            for key, value in sorted(parameters.items())
        },
        tags=context.tags,
        opts=component.child(depends_on=list(depends_on)),
    )
    audit(component, name, made.id, ground.log_workspace_id, "allLogs")
    return made


def environment(component: Component, name: str, ground: AzureGround) -> machinelearningservices.EnvironmentContainer:
    """Where the images of a training or an endpoint are versioned for Azure ML."""
    return machinelearningservices.EnvironmentContainer(
        f"{component.name}-environment",
        name=name,
        workspace_name=ground.workspace,
        resource_group_name=ground.group,
        properties=machinelearningservices.EnvironmentContainerPropertiesArgs(
            description=f"Images of {component.label}", tags=component.context.tags
        ),
        opts=component.child(),
    )
