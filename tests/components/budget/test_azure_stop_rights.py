"""The hard stop on Azure as it is planned: when it looks, what it may do, and who hears of it."""

from components.clouds.azure.actions import PIPELINE, STOP
from tests.components.budget.azure_stop_stack import LOOK, WORKFLOW, look, named, plan, running, workspace

ROLE = "azure-native:authorization:RoleDefinition"
ASSIGNMENT = "azure-native:authorization:RoleAssignment"


def test_it_looks_each_hour_as_an_identity_of_its_own():
    """
    A Logic App reads the stack's own budget each hour, one look at a time, as nobody but itself.
    """
    planned = plan()
    app = planned.one(WORKFLOW, LOOK)
    trigger = app.inputs["definition"]["triggers"]["recurrence"]

    assert ("Hour", 1) == (trigger["recurrence"]["frequency"], trigger["recurrence"]["interval"])
    assert "T00:00" not in trigger["recurrence"]["startTime"]
    assert 1 == trigger["runtimeConfiguration"]["concurrency"]["runs"]
    (acts,) = app.inputs["identity"]["userAssignedIdentities"]
    assert acts.endswith("/fraud-dev-stop")
    budget = planned.one("azure-native:consumption:Budget")
    read = app.inputs["parameters"]["budget"]["value"]
    assert f"{budget.inputs['scope']}/providers/Microsoft.Consumption/budgets/{budget.inputs['budgetName']}" == read
    assert app.id == planned.document["outputs"]["budget"]["stop_id"]


def test_it_may_stop_and_start_nothing():
    """
    Its role is of exact actions on the resource group; none of them starts a job, makes a deployment, or deletes data.
    """
    planned = plan()
    role = planned.one(ROLE, "stop-role")
    (permission,) = role.inputs["permissions"]

    assert sorted(STOP) == permission["actions"]
    group = planned.one("azure-native:resources:ResourceGroup").id
    assert [group] == role.inputs["assignableScopes"]
    assert not {a for a in STOP if a.endswith(("jobs/write", "deployments/write", "run/action", "start/action", "*"))}
    assert {a for a in STOP if a.endswith("/delete")} == {
        "Microsoft.Insights/autoscaleSettings/delete",
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/delete",
    }
    assert not set(PIPELINE) & {a for a in STOP if "Microsoft.Logic" in a}


def test_its_role_has_what_it_calls_and_no_more():
    """
    Each call that a stop and its end make is of an action of the role, and each action is of such a call.
    """
    planned, azure = running()
    azure.spend = 300.0
    calls = look(planned, azure).requests
    azure.spend = 0.0
    calls += look(planned, azure).requests
    azure.refuse = lambda request: (429, None) if request.path.endswith("/cancel") else None
    azure.runs[named(planned, "net-runs")]["r9"] = "Running"
    azure.jobs[workspace(planned)]["j9"] = "Running"
    azure.spend = 300.0
    calls += look(planned, azure).requests

    asked = {operation(call) for call in calls if not call.path.endswith("/metrics")}

    assert set(STOP) == asked | {"Microsoft.MachineLearningServices/workspaces/read"}
    tells = planned.one(ASSIGNMENT, "stop-tells").inputs
    assert tells["scope"] == planned.one(WORKFLOW, LOOK).inputs["parameters"]["workspace"]["value"]


def operation(call):
    """
    What Azure asks the right to.

    Source: https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions-format
    """
    provider, *rest = call.path.rpartition("/providers/")[2].split("/")
    kinds = rest[::2]  # each followed by a name, but for what a POST does
    verb = {"GET": "read", "PUT": "write", "DELETE": "delete", "POST": f"{kinds[-1]}/action"}[call.method]
    kinds = kinds[:-1] if call.method == "POST" else kinds
    return "/".join((provider, *kinds, verb))


def test_people_hear_of_the_stop_of_its_end_and_of_a_failure():
    """
    The stack's action group hears that all stands still and how it goes on, that it does, and of each failed look.
    """
    planned = plan()
    alarms = {a.name: a.inputs for a in planned.all("azure-native:monitor:MetricAlert") if a.name.startswith("budget-")}

    assert {"budget-stopped", "budget-goes-on", "budget-stop-failed"} == set(alarms)
    group = planned.one("azure-native:monitor:ActionGroup").id
    assert all([group] == [a["actionGroupId"] for a in alarm["actions"]] for alarm in alarms.values())
    assert "raise budget.monthly_usd" in alarms["budget-stopped"]["description"]
    assert [planned.one(WORKFLOW, LOOK).id] == alarms["budget-stop-failed"]["scopes"]


def test_without_a_hard_stop_there_is_nothing_of_it():
    """
    A budget that does not ask for it makes no Logic App, no role and no identity for it.
    """
    planned = plan(budget={"monthly_usd": 300})

    assert [] == [r.name for r in planned if "stop" in r.name]
    assert "stop_id" not in planned.document["outputs"]["budget"]
