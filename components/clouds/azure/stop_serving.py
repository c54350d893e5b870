"""What a hard stop on Azure does to what serves, and to notebooks: deployments go, machines of notebooks stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.azure.pages import attempt, gathered, status, trouble
from components.clouds.azure.traffic import AUTOSCALE_API, RECORDED, SHIFT_SECONDS, await_state, called
from components.clouds.azure.watch import EVER
from components.clouds.azure.workflow import API, NOTHING, Actions, after, append, choose, each, http, set_to

__all__ = ["SERVED", "stop_endpoints", "stop_notebooks"]

SERVED = "served"
"""Variable: which versions had machines."""

ENDPOINT = "items('Endpoints')"
NOTEBOOK = "items('Notebooks')"
AT_REST = "createArray('Stopped', 'Stopping', 'Deleting', 'CreateFailed')"
"""
States of a compute instance without a machine, or soon without one.

Source: https://learn.microsoft.com/rest/api/azureml/compute/get#computeinstancestate
"""


def stop_endpoints(region: str, identity: str, run_after: Mapping[str, Any]) -> Actions:
    """
    Take every endpoint in the parameter `endpoints` all of its deployments, which alone cost something.

    The endpoint itself stays, as Pulumi made it: what a first release finds, and what the next one will. The last
    action is `Endpoints`.
    """
    one: Actions = {
        "Endpoint": http("GET", called(ENDPOINT), identity),
        # somebody deleted it
        "Endpoint_gone": choose(
            {"equals": [f"@{status('Endpoint')}", 404]},
            {},
            {**_quiet(region, identity), **_deployments(identity)},
            after("Endpoint", status=EVER),
        ),
    }
    return {"Endpoints": each("split(parameters('endpoints'), ',')", one, run_after)}


def _quiet(region: str, identity: str) -> Actions:
    """
    Take the traffic away, live and mirrored: a deployment that has some can't be deleted. The last is `Quiet_first`.

    Source: https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints#delete-the-deployment
    """
    body, ended = "body('Endpoint')", "variables('state')"
    shares = f"concat(string(coalesce({body}?['properties']?['traffic'], {NOTHING})),"
    shares += f" string(coalesce({body}?['properties']?['mirrorTraffic'], {NOTHING})))"
    some = f"contains(replace(replace({shares}, ':0,', ','), ':0}}', '}}'), ':')"
    nothing = ",".join(f'"{tag}":""' for tag in RECORDED)
    put = http(
        "PUT",
        called(ENDPOINT),
        identity,
        body={
            "location": region,
            "kind": "Managed",
            "tags": f"@union(coalesce({body}?['tags'], {NOTHING}), json('{{{nothing}}}'))",
            "identity": {
                "type": "UserAssigned",
                "userAssignedIdentities": f"@setProperty({NOTHING}, parameters('serve-identity'), {NOTHING})",
            },
            "properties": {
                "authMode": "AADToken",
                "publicNetworkAccess": "Disabled",
                "traffic": {},
                "mirrorTraffic": {},
            },
        },
        run_after=after("Quiet_anew"),
    )
    stuck = f"'the traffic of ', last(split({ENDPOINT}, '/')), ' could not be taken away: ', {ended}"
    taken: Actions = {
        "Quiet_anew": set_to("state", ""),
        "Quiet": put,
        **await_state("Quiet", called(ENDPOINT), identity, SHIFT_SECONDS, "Quiet"),
        "Quieted": choose(
            {"equals": [f"@{ended}", "Succeeded"]},
            {},
            {"Not_quiet": trouble(stuck)},
            after("Quiet_wait", status=EVER),
        ),
    }
    return {"Quiet_first": choose({"equals": [f"@{some}", True]}, taken)}


def _deployments(identity: str) -> Actions:
    """Delete them, each after its autoscale setting, and keep in mind what they served; the last is `Deployed`."""
    name, tags = "items('Deployed')?['name']", "items('Deployed')?['tags']"
    of = f"last(split({ENDPOINT}, '/'))"
    share = f"string(coalesce(body('Endpoint')?['properties']?['traffic']?[{name}], 0))"
    version = f"coalesce({tags}?['model'], ''), ' ', coalesce({tags}?['version'], '')"
    said = f"@concat({of}, '/', {name}, ': ', {version}, ', ', {share}, '%; ')"
    setting = f"parameters('group'), '/providers/Microsoft.Insights/autoscaleSettings/', {of}, '-', {name}"
    delete = http(
        "DELETE",
        called(f"{ENDPOINT}, '/deployments/', {name}"),
        identity,
        run_after=after("Deployed_scale_left", status=EVER),
    )
    gone: Actions = {
        "Deployed_scale": http("DELETE", called(setting, AUTOSCALE_API), identity),
        "Deployed_scale_left": trouble(
            f"'the autoscale setting of ', {of}, '/', {name}, ' could not be deleted'",
            after("Deployed_scale", status=("Failed", "TimedOut")),
        ),
        **attempt(
            "Deployed_delete",
            delete,
            f"{of}, '/', {name}, ' could not be deleted'",
            then={"Deployed_said": append(SERVED, said)},
        ),
    }
    return gathered(
        "Deployed",
        called(f"{ENDPOINT}, '/deployments'"),
        "not(equals(item()?['properties']?['provisioningState'], 'Deleting'))",
        ("name", "tags"),
        gone,
        identity,
        f"'the deployments of ', {of}, ' can not be listed'",
        after("Quiet_first", status=EVER),
    )


def stop_notebooks(identity: str, run_after: Mapping[str, Any]) -> Actions:
    """Stop the machine of each notebook in the parameter `notebooks`; disks stay. The last action is `Notebooks`."""
    state = "coalesce(body('Notebook')?['properties']?['properties']?['state'], '')"
    rests = f"or(equals({status('Notebook')}, 404), contains({AT_REST}, {state}))"
    stop = http("POST", f"concat({NOTEBOOK}, '/stop?api-version={API}')", identity)
    one: Actions = {
        "Notebook": http("GET", called(NOTEBOOK), identity),
        "Notebook_rests": choose(
            {"equals": [f"@{rests}", True]},
            {},
            attempt("Notebook_stop", stop, f"'the notebook ', last(split({NOTEBOOK}, '/')), ' could not be stopped'"),
            after("Notebook", status=EVER),
        ),
    }
    return {"Notebooks": each("split(parameters('notebooks'), ',')", one, run_after)}
