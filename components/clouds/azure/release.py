"""The workflow that puts a registered version into service on Azure: deploy it, shift the traffic, remove the old."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.azure.autoscale import autoscale
from components.clouds.azure.deployment import (
    DEPLOY_SECONDS,
    DEPLOYMENT,
    IMAGE,
    MODEL_PATH,
    RUN,
    VERSION,
    ReleasePlan,
    deployment,
    image_version,
    of_triton,
    properties,
)
from components.clouds.azure.images import own_image
from components.clouds.azure.measures import SHADOW
from components.clouds.azure.rollout import bring_in, variables
from components.clouds.azure.shadow import ASKED, ends, mirror
from components.clouds.azure.traffic import await_state, called, remove, setting, settle
from components.clouds.azure.watch import EVER
from components.clouds.azure.workflow import (
    NOTHING,
    Actions,
    after,
    choose,
    compose,
    definition,
    fail,
    http,
    variable,
)

__all__ = ["PARAMETERS", "release_definition"]

PARAMETERS = (
    *("artifacts-blob", "capture-request", "capture-response", "endpoint", "environment", "group", "repository"),
    *("serve-client", "serve-identity", "workspace"),
)
"""What the definition is told: ARM ids, the artifact container's address, the image repository, a client id."""


def release_definition(plan: ReleasePlan, identity: str) -> dict[str, Any]:
    """The definition, for the ARM id of the identity it acts as; releases of one endpoint wait for each other."""
    shadow = plan.spec.shadow is not None
    ready = "Scale" if plan.scales else "Deployed"
    actions = {
        **_prepare(plan, identity),
        **settle(plan, identity, "Known"),
        **(ends(after("Settled")) if shadow else {}),
        **_serving(plan, identity, after("Shadow_of" if shadow else "Settled")),
        **_deploy(plan, identity),
        **(_scale(plan, identity) if plan.scales else {}),
        **(mirror(plan, identity, after(ready)) if shadow else {}),
        **bring_in(plan, identity, after("Shadow" if shadow else ready)),
    }
    return definition(_start(plan), PARAMETERS, actions, one_at_a_time=True, tracked=True)


def _start(plan: ReleasePlan) -> dict[str, Any]:
    """JSON Schema of what a start may say: a version to release or, where the endpoint has one, of its shadow."""
    image = [] if plan.spec.image or plan.spec.runtime else ["image"]
    start: dict[str, Any] = {
        "type": "object",
        "properties": {
            "version": {"type": "string", "pattern": VERSION},
            "image": {"type": "string", "pattern": IMAGE, "maxLength": 255},
            "force": {"type": "boolean"},
            "run": {"type": "string", "pattern": RUN, "maxLength": 64},  # what the run is found by
        },
        "required": ["version", *image],
        "additionalProperties": False,
    }
    if plan.spec.shadow:
        start["properties"]["shadow"] = {"type": "string", "pattern": f"^$|{VERSION}"}
        none = {"required": ["shadow"], "properties": {"shadow": {"enum": [""]}}}
        start["anyOf"] = [{"required": start.pop("required")}, {"required": ["shadow", *image]}, none]
        start["not"] = {"required": ["version", "shadow"]}
    return start


def _prepare(plan: ReleasePlan, identity: str) -> Actions:
    """Look the version up, see that it may serve, and call its deployment something; the last action is `Known`."""
    version = f"parameters('workspace'), '/models/{plan.spec.model}/versions/', outputs('version')"
    label = "take(replace(replace(outputs('version'), '.', '-'), '_', '-'), 14)"
    shadow = plan.spec.shadow is not None
    actions: Actions = {"State": variable("state"), **(variables("State") if plan.spec.rollout else {})}
    last = next(reversed(actions))
    asked = (
        "string(coalesce(triggerBody()?['version'], triggerBody()?['shadow']))"
        if shadow
        else "triggerBody()['version']"
    )
    known = {"Look_up": http("GET", called(version), identity), **_may_serve(plan)}
    return {
        **actions,
        "version": compose(f"@{asked}", after(last)),
        "stamp": compose(f"@concat('v', {label}, '-', utcNow('yyMMddHHmmss'))", after("version")),
        "deployment": compose(
            f"@if({ASKED}, '{SHADOW}', outputs('stamp'))" if shadow else "@outputs('stamp')", after("stamp")
        ),
        "model": compose(f"@concat({version})", after("deployment")),
        "Known": choose({"not": {"equals": ["@outputs('version')", ""]}}, known, run_after=after("model")),
    }


def _may_serve(plan: ReleasePlan) -> Actions:
    if not plan.must_be_approved:
        return {}
    refused = f"@concat('version ', outputs('version'), ' of {plan.spec.model} has not the stage Approved')"
    stage = "@coalesce(body('Look_up')?['properties']?['stage'], '')"
    return {
        "May_serve": choose(
            {"not": {"equals": [stage, "Approved"]}},
            {"Refuse": fail("NotApproved", refused)},
            run_after=after("Look_up"),
        )
    }


def _serving(plan: ReleasePlan, identity: str, run_after: Mapping[str, Any]) -> Actions:
    """What runs in the replicas: an image of your own, or the framework's environment with the version's own code."""
    asked = "string(coalesce(triggerBody()?['image'], ''))"
    environment = f"parameters('workspace'), '/environments/{plan.environment}/versions/', outputs('stamp')"
    own: Actions = {
        "Register_image": http(
            "PUT", called(environment), identity, body={"properties": image_version(plan, f"@{own_image(asked)}")}
        ),
    }
    code = f"parameters('workspace'), '/codes/{plan.environment}/versions/', outputs('stamp')"
    theirs: Actions = of_triton() if plan.by_model else {}
    framework = plan.spec.runtime and not plan.by_model
    if framework:
        folder = f"concat(parameters('artifacts-blob'), '/models/{plan.spec.model}/', outputs('version'), '/code')"
        theirs["Register_code"] = http(
            "PUT", called(code), identity, body={"properties": {"codeUri": f"@{folder}", "isAnonymous": True}}
        )
    kept: dict[str, Any] = {} if plan.by_model else {"environmentId": "@parameters('environment')"}
    if framework:
        kept["codeConfiguration"] = {"codeId": f"@concat({code})", "scoringScript": "score.py"}
    elif not plan.by_model:
        kept["modelMountPath"] = MODEL_PATH
    new = {"environmentId": f"@concat({environment})", "modelMountPath": MODEL_PATH}
    return {
        "Image": choose({"not": {"equals": [f"@{asked}", ""]}}, own, theirs, run_after=run_after),
        "serving_new": compose(new, after("Image")),
        "serving_kept": compose(kept, after("Image")),
        "serving": compose(
            f"@if(equals({asked}, ''), outputs('serving_kept'), outputs('serving_new'))",
            after("serving_new", "serving_kept"),
        ),
    }


def _deploy(plan: ReleasePlan, identity: str) -> Actions:
    """Make the deployment beside the one that serves; one that does not come up is removed again."""
    undone = "@concat('version ', outputs('version'), ' did not come up: ', variables('state'))"
    return {
        "properties": compose(properties(plan), after("serving")),
        "Deploy": http(
            "PUT", called(DEPLOYMENT), identity, body=deployment(plan, _replicas(plan)), run_after=after("properties")
        ),
        **await_state("Deploy", called(DEPLOYMENT), identity, DEPLOY_SECONDS, "Deploy"),
        "Deployed": choose(
            {"not": {"equals": ["@variables('state')", "Succeeded"]}},
            {
                **remove(plan, identity, "Undo", "outputs('deployment')"),
                "Failed": fail("DeploymentFailed", undone, after("Undo", status=EVER)),
            },
            run_after=after("Deploy_wait"),
        ),
    }


def _replicas(plan: ReleasePlan) -> str | int:
    """As many as serve now, as the same traffic comes; a shadow sees a part of it, and grows as it has to."""
    if not plan.scales:
        return plan.least
    running = f"coalesce(first(union(body('serving_one'), createArray({NOTHING})))?['sku']?['capacity'], 0)"
    as_many = f"max({plan.least}, {running})"
    return f"@if({ASKED}, {plan.least}, {as_many})" if plan.spec.shadow else f"@{as_many}"


def _scale(plan: ReleasePlan, identity: str) -> Actions:
    """Let Azure Monitor hold the target on the new deployment."""
    return {
        "Scale": http(
            "PUT", setting("outputs('deployment')"), identity, body=autoscale(plan), run_after=after("Deployed")
        )
    }
