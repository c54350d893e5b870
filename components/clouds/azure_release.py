"""The workflow that puts a registered version into service on Azure: deploy it, shift the traffic, remove the old."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.azure_deployment import (
    DEPLOYMENT,
    MODEL_PATH,
    ReleasePlan,
    autoscale,
    deployment,
    endpoint,
    image_version,
    properties,
)
from components.clouds.azure_images import own_image
from components.clouds.azure_workflow import (
    API,
    Actions,
    after,
    choose,
    compose,
    definition,
    delay,
    each,
    fail,
    http,
    set_to,
    until,
    variable,
)

__all__ = ["PARAMETERS", "release_definition"]

PARAMETERS = (
    *("artifacts-blob", "capture-request", "capture-response", "endpoint", "environment", "group", "repository"),
    *("serve-client", "serve-identity", "workspace"),
)
"""What the definition is told: ARM ids, the artifact container's address, the image repository, a client id."""

AUTOSCALE_API = "2022-10-01"
DEPLOY_SECONDS = 3 * 3600  # a large model is copied to every machine
SHIFT_SECONDS = 3600
VERSION = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$"
IMAGE = r"^[a-z0-9][A-Za-z0-9._:/@-]+$"
SETTLED = "createArray('Succeeded', 'Failed', 'Canceled')"


def release_definition(plan: ReleasePlan, identity: str) -> dict[str, Any]:
    """The definition, for the ARM id of the identity it acts as; releases of one endpoint wait for each other."""
    start = {
        "type": "object",
        "properties": {
            "version": {"type": "string", "pattern": VERSION},
            "image": {"type": "string", "pattern": IMAGE, "maxLength": 255},
        },
        "required": ["version"] if plan.spec.image or plan.spec.runtime else ["version", "image"],
        "additionalProperties": False,
    }
    actions = {
        **_prepare(plan, identity),
        **_serving(plan, identity),
        **_deploy(plan, identity),
        **(_scale(plan, identity) if plan.scales else {}),
        **_shift(plan, identity, "Shift", 100, after("Scale" if plan.scales else "Deployed")),
        **_remove_old(plan, identity, after("Shifted")),
    }
    return definition(start, PARAMETERS, actions, one_at_a_time=True)


def _api(path: str, version: str = API) -> str:
    return f"concat({path}, '?api-version={version}')"


def _prepare(plan: ReleasePlan, identity: str) -> Actions:
    """Look the version up, see that it may serve, and remember what serves now."""
    version = f"parameters('workspace'), '/models/{plan.spec.model}/versions/', outputs('version')"
    label = "take(replace(replace(outputs('version'), '.', '-'), '_', '-'), 14)"
    actions: Actions = {
        "State": variable("state"),
        "version": compose("@triggerBody()['version']", after("State")),
        "Look_up": http("GET", _api(version), identity, run_after=after("version")),
        "deployment": compose(f"@concat('v', {label}, '-', utcNow('yyMMddHHmmss'))", after("version")),
        "model": compose(f"@concat({version})", after("version")),
        "Before": http("GET", _api("parameters('endpoint'), '/deployments'"), identity, run_after=after("May_serve")),
    }
    if not plan.must_be_approved:
        actions["May_serve"] = compose("yes", after("Look_up", "deployment", "model"))
        return actions
    refused = f"@concat('version ', outputs('version'), ' of {plan.spec.model} has not the stage Approved')"
    actions["May_serve"] = choose(
        {"not": {"equals": ["@coalesce(body('Look_up')?['properties']?['stage'], '')", "Approved"]}},
        {"Refuse": fail("NotApproved", refused)},
        run_after=after("Look_up", "deployment", "model"),
    )
    return actions


def _serving(plan: ReleasePlan, identity: str) -> Actions:
    """What runs in the replicas: an image of your own, or the framework's environment with the version's own code."""
    asked = "string(coalesce(triggerBody()?['image'], ''))"
    environment = f"parameters('workspace'), '/environments/{plan.environment}/versions/', outputs('deployment')"
    own: Actions = {
        "Register_image": http(
            "PUT", _api(environment), identity, body={"properties": image_version(plan, f"@{own_image(asked)}")}
        ),
    }
    code = f"parameters('workspace'), '/codes/{plan.environment}/versions/', outputs('deployment')"
    theirs: Actions = {}
    if plan.spec.runtime:
        folder = f"concat(parameters('artifacts-blob'), '/models/{plan.spec.model}/', outputs('version'), '/code')"
        theirs["Register_code"] = http(
            "PUT", _api(code), identity, body={"properties": {"codeUri": f"@{folder}", "isAnonymous": True}}
        )
    kept: dict[str, Any] = {"environmentId": "@parameters('environment')"}
    if plan.spec.runtime:
        kept["codeConfiguration"] = {"codeId": f"@concat({code})", "scoringScript": "score.py"}
    else:
        kept["modelMountPath"] = MODEL_PATH
    new = {"environmentId": f"@concat({environment})", "modelMountPath": MODEL_PATH}
    return {
        "Image": choose({"not": {"equals": [f"@{asked}", ""]}}, own, theirs, run_after=after("Before")),
        "serving_new": compose(new, after("Image")),
        "serving_kept": compose(kept, after("Image")),
        "serving": compose(
            f"@if(equals({asked}, ''), outputs('serving_kept'), outputs('serving_new'))",
            after("serving_new", "serving_kept"),
        ),
    }


def _await(prefix: str, path: str, identity: str, seconds: int, started: str) -> Actions:
    """Look at a resource until it is made or refused, and keep its state."""
    deadline = f"{prefix}_deadline"
    late = f"greaterOrEquals(ticks(utcNow()), ticks(outputs('{deadline}')))"
    look: Actions = {
        f"{prefix}_pause": delay(30),
        f"{prefix}_look": http("GET", path, identity, run_after=after(f"{prefix}_pause")),
        f"{prefix}_state": set_to(
            "state",
            f"@string(coalesce(body('{prefix}_look')?['properties']?['provisioningState'], ''))",
            after(f"{prefix}_look"),
        ),
    }
    return {
        deadline: compose(f"@addSeconds(utcNow(), {seconds})", after(started)),
        f"{prefix}_wait": until(
            f"or(contains({SETTLED}, variables('state')), {late})", look, seconds + 3600, after(deadline)
        ),
    }


def _deploy(plan: ReleasePlan, identity: str) -> Actions:
    """Make the deployment beside the one that serves; one that does not come up is removed again."""
    undone = "@concat('version ', outputs('version'), ' did not come up: ', variables('state'))"
    return {
        "properties": compose(properties(plan), after("serving")),
        "Deploy": http("PUT", _api(DEPLOYMENT), identity, body=deployment(plan), run_after=after("properties")),
        **_await("Deploy", _api(DEPLOYMENT), identity, DEPLOY_SECONDS, "Deploy"),
        "Deployed": choose(
            {"not": {"equals": ["@variables('state')", "Succeeded"]}},
            {
                "Undo": http("DELETE", _api(DEPLOYMENT), identity),
                "Failed": fail("DeploymentFailed", undone, after("Undo")),
            },
            run_after=after("Deploy_wait"),
        ),
    }


def _setting(deployment: str) -> str:
    """Path of a deployment's autoscale setting."""
    path = "'/providers/Microsoft.Insights/autoscaleSettings/', last(split(parameters('endpoint'), '/'))"
    return _api(f"parameters('group'), {path}, '-', {deployment}", AUTOSCALE_API)


def _scale(plan: ReleasePlan, identity: str) -> Actions:
    """Let Azure Monitor hold the target on the new deployment."""
    return {
        "Scale": http(
            "PUT", _setting("outputs('deployment')"), identity, body=autoscale(plan), run_after=after("Deployed")
        )
    }


def _shift(plan: ReleasePlan, identity: str, prefix: str, share: int, run_after: Mapping[str, Any]) -> Actions:
    """Give the new deployment its share of the traffic, and the rest to nobody else: the endpoint is put as it is."""
    path = _api("parameters('endpoint')")
    kept = "@concat('the traffic did not move to version ', outputs('version'), ': ', variables('state'))"
    return {
        prefix: http("PUT", path, identity, body=endpoint(plan, share), run_after=run_after),
        **_await(prefix, path, identity, SHIFT_SECONDS, prefix),
        f"{prefix}ed": choose(
            {"not": {"equals": ["@variables('state')", "Succeeded"]}},
            {f"{prefix}_failed": fail("TrafficNotShifted", kept)},
            run_after=after(f"{prefix}_wait"),
        ),
    }


def _remove_old(plan: ReleasePlan, identity: str, run_after: Mapping[str, Any]) -> Actions:
    """Delete what served before: it has no traffic now, and costs."""
    old = "items('Remove_old')?['name']"
    remove: Actions = {}
    if plan.scales:
        remove["Remove_scale"] = http("DELETE", _setting(old), identity)
    remove["Remove"] = http(
        "DELETE",
        _api(f"parameters('endpoint'), '/deployments/', {old}"),
        identity,
        run_after=after("Remove_scale") if plan.scales else None,
    )
    return {"Remove_old": each("coalesce(body('Before')?['value'], json('[]'))", remove, run_after)}
