"""Several models on one endpoint of Azure: each is a deployment that callers name, and a release renews in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.azure.autoscale import autoscale
from components.clouds.azure.deployment import (
    DEPLOY_SECONDS,
    DEPLOYMENT,
    IMAGE,
    MODEL,
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
from components.clouds.azure.traffic import ENDPOINT, SETTLED, await_state, called, remove, setting
from components.clouds.azure.watch import EVER
from components.clouds.azure.workflow import (
    EMPTY,
    NOTHING,
    Actions,
    after,
    choose,
    chosen,
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
from components.endpoint import EndpointSpec

__all__ = ["HEADER", "check_models", "environment_parameters", "models_definition", "models_parameters"]

HEADER = "azureml-model-deployment"
"""
Header that says which deployment answers; one without traffic answers nothing else.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints#test-the-new-deployment
"""

MOST_DEPLOYMENTS = 20
"""
Deployments of an endpoint.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas#azure-machine-learning-online-endpoints-and-batch-endpoints
"""

CALM_SECONDS = 3 * 3600  # of a release that was stopped half-way, and whose deployment still comes up
CALM = f"or(equals(variables('state'), ''), contains({SETTLED}, variables('state')))"
FORMER = "outputs('former')"
STATE = f"string(coalesce({FORMER}?['properties']?['provisioningState'], ''))"


def check_models(label: str, spec: EndpointSpec) -> None:
    """
    See that each model can be a deployment.

    Args:
        label: Of the endpoint.
        spec: What is asked.

    Raises:
        ValueError: One has a name that no deployment has, or they are too many.
    """
    source = "https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas"
    short = next((name for name in spec.models if len(name) < 3), None)
    if short:
        raise ValueError(
            f"{label}: models.{short} names a deployment of Azure ML, which has 3 to 32 characters ({source})."
            f" Write {short}-model: {spec.models[short]}."
        )
    if len(spec.models) > MOST_DEPLOYMENTS:
        raise ValueError(
            f"{label} has {len(spec.models)} models, and an endpoint of Azure ML has {MOST_DEPLOYMENTS} deployments"
            f" ({source}). Write {MOST_DEPLOYMENTS} here, and another endpoint for the rest."
        )


def environment_parameters(spec: EndpointSpec) -> dict[str, str]:
    """By the parameter that holds its environment, the framework of each model that has one of its own."""
    return {f"environment-{name}": spec.runtimes[name] for name in sorted(spec.models) if name in spec.runtimes}


def _environments(spec: EndpointSpec) -> dict[str, str]:
    """Model to the parameter that holds the environment which serves it where a release names no image."""
    if spec.image or spec.runtime:
        return dict.fromkeys(spec.models, "environment")
    return {name: f"environment-{name}" for name in spec.models if name in spec.runtimes}


def models_parameters(spec: EndpointSpec) -> tuple[str, ...]:
    """What the definition is told."""
    told = ("artifacts-blob", "endpoint", "group", "repository", "workspace")
    return (*told, *sorted(set(_environments(spec).values())))


def models_definition(plan: ReleasePlan, identity: str) -> dict[str, Any]:
    """The definition, for the ARM id of the identity it acts as; releases of one endpoint wait for each other."""
    actions = {
        **_prepare(plan, identity),
        **_before(identity),
        **_serving(plan, identity),
        **_deploy(plan, identity),
        **_result(plan, identity),
    }
    parameters = models_parameters(plan.spec)
    return definition(_start(plan.spec), parameters, actions, one_at_a_time=True, tracked=True)


def _start(spec: EndpointSpec) -> dict[str, Any]:
    """JSON Schema of what a start may say; a model that comes with no image of its own needs one."""
    start: dict[str, Any] = {
        "type": "object",
        "properties": {
            "model": {"type": "string", "enum": sorted(spec.models)},
            "version": {"type": "string", "pattern": VERSION},
            "image": {"type": "string", "pattern": IMAGE, "maxLength": 255},
            "run": {"type": "string", "pattern": RUN, "maxLength": 64},  # what the run is found by
        },
        "required": ["model", "version"],
        "additionalProperties": False,
    }
    known = sorted(_environments(spec))
    if len(known) < len(spec.models):
        served = [{"properties": {"model": {"enum": known}}}] if known else []
        start["anyOf"] = [*served, {"required": ["image"]}]
    return start


def _served(plan: ReleasePlan) -> dict[str, dict[str, Any]]:
    """What is known of each model."""
    environments = _environments(plan.spec)
    return {
        name: {
            "model": model,
            "environment": f"@parameters('{environments[name]}')" if name in environments else "",
            "framework": not plan.by_model and bool(plan.spec.runtime or name in plan.spec.runtimes),
        }
        for name, model in sorted(plan.spec.models.items())
    }


def _prepare(plan: ReleasePlan, identity: str) -> Actions:
    """Look the version up, and see that it may serve; the last action is `May_serve`, or `Look_up`."""
    version = f"parameters('workspace'), '/models/', {MODEL}, '/versions/', outputs('version')"
    label = "take(replace(replace(outputs('version'), '.', '-'), '_', '-'), 14)"
    found: Actions = {
        "State": variable("state"),
        "all": compose(_served(plan), after("State")),
        "deployment": compose("@triggerBody()['model']", after("all")),
        "asked": compose("@outputs('all')[outputs('deployment')]", after("deployment")),
        "version": compose("@triggerBody()['version']", after("asked")),
        "stamp": compose(f"@concat('v', {label}, '-', utcNow('yyMMddHHmmss'))", after("version")),
        "model": compose(f"@concat({version})", after("stamp")),
        "Look_up": http("GET", called(version), identity, run_after=after("model")),
    }
    stage = "@coalesce(body('Look_up')?['properties']?['stage'], '')"
    refused = f"@concat('version ', outputs('version'), ' of ', {MODEL}, ' has not the stage Approved')"
    refuse: Actions = {"Refuse": fail("NotApproved", refused)} if plan.must_be_approved else {}
    found["May_serve"] = choose({"equals": [stage, "Approved"]}, {}, refuse, run_after=after("Look_up"))
    return found


def _before(identity: str) -> Actions:
    """What is deployed under that name, once nothing is done to it any more; the last action is `former`."""
    own = "equals(item()?['name'], outputs('deployment'))"
    listed = called(f"{ENDPOINT}, '/deployments'")
    late = "greaterOrEquals(ticks(utcNow()), ticks(outputs('Calm_deadline')))"
    found = f"first(union(body('Calm_same'), createArray({NOTHING})))"
    stuck = "@concat('an earlier release of ', outputs('deployment'), ' came to no end: ', variables('state'))"
    look: Actions = {
        "Calm_look": http("GET", listed, identity),
        "Calm_same": chosen(f"coalesce(body('Calm_look')?['value'], {EMPTY})", own, after("Calm_look")),
        "Calm_state": set_to(
            "state", f"@string(coalesce({found}?['properties']?['provisioningState'], ''))", after("Calm_same")
        ),
        "Calm_pause": delay(30, after("Calm_state")),
    }
    return {
        "Calm_deadline": compose(f"@addSeconds(utcNow(), {CALM_SECONDS})", after("May_serve")),
        "Calm": until(f"or({CALM}, {late})", look, CALM_SECONDS + 3600, after("Calm_deadline")),
        "Calmed": choose(
            {"equals": [f"@{CALM}", True]}, {}, {"Not_calm": fail("NotSettled", stuck)}, run_after=after("Calm")
        ),
        "Before": http("GET", listed, identity, run_after=after("Calmed")),
        "same": chosen(f"coalesce(body('Before')?['value'], {EMPTY})", own, after("Before")),
        "former": compose(f"@first(union(body('same'), createArray({NOTHING})))", after("same")),
    }


def _serving(plan: ReleasePlan, identity: str) -> Actions:
    """What runs in the replicas: an image of your own, or the framework's environment with the version's own code."""
    image = "string(coalesce(triggerBody()?['image'], ''))"
    environment = f"parameters('workspace'), '/environments/{plan.environment}/versions/', outputs('stamp')"
    code = f"parameters('workspace'), '/codes/{plan.environment}/versions/', outputs('stamp')"
    folder = f"concat(parameters('artifacts-blob'), '/models/', {MODEL}, '/', outputs('version'), '/code')"
    own: Actions = {
        "Register_image": http(
            "PUT", called(environment), identity, body={"properties": image_version(plan, f"@{own_image(image)}")}
        ),
        "serving_new": compose(
            {"environmentId": f"@concat({environment})", "modelMountPath": MODEL_PATH}, after("Register_image")
        ),
    }
    framework: Actions = {
        "Register_code": http(
            "PUT", called(code), identity, body={"properties": {"codeUri": f"@{folder}", "isAnonymous": True}}
        ),
        "serving_code": compose(
            {
                "environmentId": "@outputs('asked')['environment']",
                "codeConfiguration": {"codeId": f"@concat({code})", "scoringScript": "score.py"},
            },
            after("Register_code"),
        ),
    }
    kept: Actions = {
        "serving_kept": compose({"environmentId": "@outputs('asked')['environment']", "modelMountPath": MODEL_PATH})
    }
    if plan.by_model:
        kept = {**of_triton(), "serving_kept": compose({}, after("Of_Triton"))}
    theirs: Actions = {"Framework": choose({"equals": ["@outputs('asked')['framework']", True]}, framework, kept)}
    one = "coalesce(outputs('serving_new'), outputs('serving_code'), outputs('serving_kept'))"
    return {
        "Image": choose({"not": {"equals": [f"@{image}", ""]}}, own, theirs, run_after=after("former")),
        "serving": compose(f"@{one}", after("Image")),
    }


def _deploy(plan: ReleasePlan, identity: str) -> Actions:
    """
    Put the deployment, which renews a fifth of its replicas after the other; what does not come up is taken back.

    Source: https://learn.microsoft.com/azure/machine-learning/how-to-deploy-online-endpoints#optional-update-the-deployment
    """
    running = f"coalesce({FORMER}?['sku']?['capacity'], 0)"
    ready = {"equals": ["@variables('state')", "Succeeded"]}
    return {
        "properties": compose(properties(plan), after("serving")),
        "Deploy": http(
            "PUT",
            called(DEPLOYMENT),
            identity,
            body=deployment(plan, f"@max({plan.least}, {running})" if plan.scales else plan.least),
            run_after=after("properties"),
        ),
        **await_state("Deploy", called(DEPLOYMENT), identity, DEPLOY_SECONDS, "Deploy"),
        "Deployed": choose(ready, {}, _undo(plan, identity), run_after=after("Deploy_wait")),
    }


def _undo(plan: ReleasePlan, identity: str) -> Actions:
    """What was there before, as it was; or nothing, where nothing was."""
    said = "concat('version ', outputs('version'), ' did not come up: ', outputs('came_to'))"
    serves = f"', version ', string(coalesce({FORMER}?['tags']?['version'], '')), ' serves')"
    back: Actions = {
        "Put_back": http("PUT", called(DEPLOYMENT), identity, body=_as_it_was(plan)),
        **await_state("Put_back", called(DEPLOYMENT), identity, DEPLOY_SECONDS, "Put_back"),
        "Is_back": choose(
            {"equals": ["@variables('state')", "Succeeded"]},
            {"Failed": fail("DeploymentFailed", f"@concat({said}, {serves}")},
            {"Not_back": fail("NotRolledBack", f"@concat({said}, ', and what served did not come back')")},
            after("Put_back_wait", status=EVER),
        ),
    }
    none: Actions = {
        # one that was no good before may still answer with some of its replicas, so it stays
        "First": choose({"equals": [f"@{STATE}", ""]}, remove(plan, identity, "Undo", "outputs('deployment')")),
        "Failed_first": fail("DeploymentFailed", f"@{said}", after("First", status=EVER)),
    }
    return {
        "came_to": compose("@variables('state')"),
        "Was_good": choose({"equals": [f"@{STATE}", "Succeeded"]}, back, none, run_after=after("came_to")),
    }


def _as_it_was(plan: ReleasePlan) -> dict[str, Any]:
    return {
        "location": plan.region,
        "kind": "Managed",
        "sku": f"@{FORMER}['sku']",
        "tags": f"@{FORMER}['tags']",
        "properties": f"@removeProperty({FORMER}['properties'], 'provisioningState')",
    }


def _result(plan: ReleasePlan, identity: str) -> Actions:
    """Bounds and rules of the replicas; and the end of what is none of the endpoint's models any more."""
    known = f"coalesce(body('Before')?['value'], {EMPTY})"
    gone = chosen(known, "not(contains(outputs('all'), item()?['name']))")
    found: Actions = {}
    before = "Deployed"
    if plan.scales:
        found["Scale"] = http(
            "PUT", setting("outputs('deployment')"), identity, body=autoscale(plan), run_after=after(before)
        )
        before = "Scale"
    said: Mapping[str, str] = {
        "model": "@outputs('deployment')",
        "version": "@outputs('version')",
        "deployment": "@outputs('deployment')",
    }
    return {
        **found,
        "gone": {**gone, "runAfter": after(before)},
        "Remove_gone": each(
            "body('gone')", remove(plan, identity, "Remove", "items('Remove_gone')?['name']"), after("gone")
        ),
        "Result": compose(said, after("Remove_gone")),
    }
