"""The workflow that runs a training on Azure: on spot, and on-demand where spot did not come in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.azure.images import own_image
from components.clouds.azure.job import (
    RunPlan,
    channels,
    command,
    commands,
    declared_paths,
    each_channel,
    folders,
    inputs,
    paths,
)
from components.clouds.azure.job import job as body
from components.clouds.azure.workflow import (
    API,
    MAX_RUN_SECONDS,
    Actions,
    after,
    choose,
    compose,
    definition,
    delay,
    fail,
    http,
    literal,
    quoted,
    select,
    set_to,
    until,
    variable,
)
from components.training.contract import LONGEST_HYPERPARAMETERS

__all__ = [
    "PARAMETERS",
    "QUEUE_SECONDS",
    "check_duration",
    "follow",
    "give_up",
    "job_url",
    "not_ended",
    "prepare",
    "run_definition",
    "start_schema",
]

PARAMETERS = (
    "artifacts",
    "data",
    "environment",
    "machines",
    "repository",
    "spot-machines",
    "train-identity",
    "workspace",
)
"""What the definition is told: ARM ids, and the URIs of the stores and of the image repository."""

QUEUE_SECONDS = 7 * 86_400
"""How long a run waits for dedicated machines, which a full quota may hold back."""

TOO_MUCH = (
    f"All hyperparameters together have {LONGEST_HYPERPARAMETERS} characters as JSON at most."
    " Put some into a file, and name its path."
)
ENDED = "createArray('Completed', 'Failed', 'Canceled')"
RUN = r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$"
IMAGE = r"^[a-z0-9][A-Za-z0-9._:/@-]+$"
PATH = r"^[A-Za-z0-9_=][^\"\\\s]*$"


def check_duration(plan: RunPlan) -> None:
    """
    See that a run fits into a workflow.

    Raises:
        ValueError: It could last longer than a workflow may.
    """
    spec = plan.spec
    longest = spec.max_wait.seconds * bool(spec.spot) + spec.max_run.seconds + QUEUE_SECONDS
    if longest > MAX_RUN_SECONDS:
        raise ValueError(
            f"training/{plan.name}: max_run ({spec.max_run}), the wait for spot and a week's wait for dedicated"
            f" machines come to {longest // 86_400} days; an Azure workflow lasts {MAX_RUN_SECONDS // 86_400} at most."
            " Write a shorter max_run or spot.max_wait."
        )


def run_definition(plan: RunPlan, identity: str) -> dict[str, Any]:
    """The definition, for the ARM id of the identity it acts as."""
    job = "outputs('run')"
    if plan.spec.spot:
        tried, last = _on_spot(plan, identity), "Spot_outcome"
    else:
        tried, last = _on_demand(plan, identity, job, after("environment")), "Dedicated_outcome"
    actions = {**prepare(plan, identity), **tried, "End": _end(plan, after(last))}
    return definition(start_schema(plan), PARAMETERS, actions, tracked=True)


def start_schema(plan: RunPlan) -> dict[str, Any]:
    """JSON Schema of what a start may say."""
    path = {"type": "string", "pattern": PATH, "maxLength": 512}
    scalar = {"type": ["string", "number", "integer", "boolean"]}
    return {
        "type": "object",
        "properties": {
            "image": {"type": "string", "pattern": IMAGE, "maxLength": 255},
            "inputs": {
                "type": "object",
                "properties": dict.fromkeys(plan.spec.inputs, path),
                # Azure ML names an input like a variable
                "patternProperties": {"^[a-z][a-z0-9_]*$": path},
                "additionalProperties": False,
            },
            "hyperparameters": {"type": "object", "additionalProperties": scalar},
            "run": {"type": "string", "pattern": RUN, "maxLength": 64},
        },
        # the schema's own schema wants no empty list
        **({} if plan.has_image else {"required": ["image"]}),
        "additionalProperties": False,
    }


def prepare(plan: RunPlan, identity: str) -> Actions:
    """What the run is called, what it reads, which image it has."""
    asked = "coalesce(triggerBody(), json('{}'))"
    made_up = f"concat({quoted(plan.name + '-')}, utcNow('yyyyMMdd-HHmmss'), '-', substring(guid(), 0, 4))"
    image = f"string(coalesce({asked}?['image'], ''))"
    version = f"'/environments/{plan.environment}/versions/', outputs('run')"
    return {
        "Status": variable("status"),
        "Reason": variable("reason", run_after=after("Status")),
        "run": compose(f"@string(coalesce({asked}?['run'], {made_up}))", after("Reason")),
        "default_hyperparameters": compose(literal(dict(plan.spec.hyperparameters)), after("run")),
        "hyperparameters": compose(
            f"@union(outputs('default_hyperparameters'), coalesce({asked}?['hyperparameters'], json('{{}}')))",
            after("default_hyperparameters"),
        ),
        "told": compose("@string(outputs('hyperparameters'))", after("hyperparameters")),
        "Not_too_much": choose(
            {"greater": ["@length(outputs('told'))", LONGEST_HYPERPARAMETERS]},
            {"Too_much": fail("TooMuch", TOO_MUCH)},
            run_after=after("told"),
        ),
        "declared_paths": compose(declared_paths(plan, asked), after("Not_too_much")),
        "channels": compose(channels(plan, asked), after("declared_paths")),
        "folders": select(each_channel(), folders(), after("channels")),
        "paths": compose(paths(plan, image), after("channels")),
        "inputs": compose(inputs(), after("paths")),
        "command_known": compose(commands(plan)[0], after("inputs")),
        "command_asked": compose(commands(plan)[1], after("inputs")),
        "command": compose(command(plan, image), after("folders", "command_known", "command_asked")),
        "image": compose(f"@{own_image(image)}", after("command")),
        "New_image": choose(
            {"not": {"equals": [f"@{image}", ""]}},
            {
                "Register_image": http(
                    "PUT",
                    f"concat(parameters('workspace'), {version}, '?api-version={API}')",
                    identity,
                    body={"properties": {"image": "@outputs('image')", "osType": "Linux", "isAnonymous": True}},
                )
            },
            run_after=after("image"),
        ),
        "environment": compose(
            f"@if(equals({image}, ''), parameters('environment'), concat(parameters('workspace'), {version}))",
            after("New_image"),
        ),
    }


def job_url(job: str, verb: str = "") -> str:
    return f"concat(parameters('workspace'), '/jobs/', {job}, '{verb}?api-version={API}')"


def follow(prefix: str, job: str, identity: str, seconds: int, started: str) -> Actions:
    """Start the clock and look at the job until it ended, or its time is over."""
    deadline = f"{prefix}_deadline"
    ended = f"contains({ENDED}, variables('status'))"
    late = f"greaterOrEquals(ticks(utcNow()), ticks(outputs('{deadline}')))"
    look: Actions = {
        f"{prefix}_pause": delay(max(60, -(-seconds // 4000))),
        f"{prefix}_look": http("GET", job_url(job), identity, run_after=after(f"{prefix}_pause")),
        f"{prefix}_status": set_to(
            "status",
            f"@string(coalesce(body('{prefix}_look')?['properties']?['status'], ''))",
            after(f"{prefix}_look"),
        ),
    }
    return {
        deadline: compose(f"@addSeconds(utcNow(), {seconds})", after(started)),
        f"{prefix}_follow": until(f"or({ended}, {late})", look, seconds + 3600, after(deadline)),
    }


def give_up(prefix: str, job: str, identity: str, reason: str) -> Actions:
    """Cancel the job and wait until it is; it may also end by itself meanwhile."""
    return {
        f"{prefix}_reason": set_to("reason", f" ({reason})"),
        f"{prefix}_cancel": http("POST", job_url(job, "/cancel"), identity, run_after=after(f"{prefix}_reason")),
        **follow(f"{prefix}_cancelled", job, identity, 3600, f"{prefix}_cancel"),
    }


def _on_demand(plan: RunPlan, identity: str, job: str, run_after: Mapping[str, Any]) -> Actions:
    seconds = plan.spec.max_run.seconds + QUEUE_SECONDS
    return {
        "Dedicated_submit": http("PUT", job_url(job), identity, body=body(plan, "machines"), run_after=run_after),
        **follow("Dedicated", job, identity, seconds, "Dedicated_submit"),
        "Dedicated_outcome": choose(
            not_ended(),
            give_up("Dedicated", job, identity, "no dedicated machines in a week; ask for more quota"),
            run_after=after("Dedicated_follow"),
        ),
    }


def _on_spot(plan: RunPlan, identity: str) -> Actions:
    job = "outputs('run')"
    late = give_up("Spot", job, identity, f"no spot machines within {plan.spec.max_wait}")
    if plan.spec.spot and plan.spec.spot.fallback == "on-demand":
        again = _on_demand(plan, identity, "concat(outputs('run'), '-od')", {})
        late["Spot_fallback"] = choose(
            {"equals": ["@variables('status')", "Canceled"]}, again, run_after=after("Spot_cancelled_follow")
        )
    return {
        "Spot_submit": http(
            "PUT", job_url(job), identity, body=body(plan, "spot-machines"), run_after=after("environment")
        ),
        **follow("Spot", job, identity, plan.spec.max_wait.seconds, "Spot_submit"),
        "Spot_outcome": choose(not_ended(), late, run_after=after("Spot_follow")),
    }


def not_ended() -> dict[str, Any]:
    return {"not": {"contains": [f"@{ENDED}", "@variables('status')"]}}


def _end(plan: RunPlan, run_after: Mapping[str, Any]) -> dict[str, Any]:
    model = f"@concat(parameters('artifacts'), {quoted(f'/runs/{plan.name}/')}, outputs('run'))"
    return choose(
        {"equals": ["@variables('status')", "Completed"]},
        {"result": compose({"run": "@outputs('run')", "model": model})},
        {
            "Failed": fail(
                "TrainingFailed",
                "@concat('run ', outputs('run'), ' ended as ', variables('status'), variables('reason'),"
                f" '; its log is in the workspace under the experiment ', {quoted(plan.name)})",
            )
        },
        run_after=run_after,
    )
