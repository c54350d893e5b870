"""A step of groundplan's own on Azure: the cluster it runs on, and the actions of a workflow that run it as a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.base import Component
from components.catalog import image as runtime_image
from components.clouds.azure.cluster import NAME_LIMIT, cluster
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.workflow import (
    API,
    NOTHING,
    Actions,
    after,
    choose,
    compose,
    delay,
    http,
    literal,
    quoted,
    set_to,
    until,
)
from components.fields import Machine
from components.machine import pick
from components.naming import fit
from components.steps import archive
from components.training.contract import HYPERPARAMETERS, input_variable
from components.units import Size

__all__ = ["ENDED", "PARAMETERS", "STATUS", "Step", "figure", "means", "reason", "run_step", "uri"]

PARAMETERS = ("artifacts", "data", "environment", "machines", "steps", "train-identity", "workspace")
"""What a definition with a step in it is told besides."""

STATUS = "status"
"""Variable that a definition has to declare: what became of the step's job."""

MACHINE = Machine(cpu=4, memory=Size.parse("16GiB"))
QUEUE_SECONDS = 86_400  # for machines
CANCEL_SECONDS = 3600
ENDED = "createArray('Completed', 'Failed', 'Canceled')"


@dataclass(frozen=True)
class Step:
    """
    One job of a step.

    Attributes:
        prefix: What its actions' names begin with.
        job: Expression of the job's name, which no other of the workspace has.
        experiment: What it is filed under.
        settings: Expression of the settings, as JSON text.
        inputs: Channel to the expression of its URI.
        perhaps: Likewise, of one that is there only where the expression `perhaps_if` holds.
        report: Expression of the URI that the report goes to.
        prepare: What the shell does before, as arguments of `concat`; it can set further `INPUT_` variables.
        seconds: How long it may run.
        tags: Of the job.
        instead: What the shell runs in place of the step; it reads and writes the same folders.
    """

    prefix: str
    job: str
    experiment: str
    settings: str
    inputs: Mapping[str, str]
    report: str
    tags: Mapping[str, str]
    seconds: int = 3600
    perhaps: Mapping[str, str] = field(default_factory=dict)
    perhaps_if: str = ""
    prepare: str = ""
    instead: str = ""


def means(component: Component, ground: AzureGround, kind: str) -> dict[str, Any]:
    """
    What the parameters of a step hold: a cluster that costs nothing while idle, the framework's image, the code.

    Nothing can put a file into a store that is closed to the outside, so the code comes with the definition, as text.

    Args:
        component: Owner.
        ground: The foundation.
        kind: Last word of the cluster's name, which may not end in a hyphen and digits.
    """
    context = component.context
    machines = cluster(
        component,
        f"{component.name}-{kind}",
        pick(component, MACHINE, "training", spot=True),  # minutes of work, which Azure ML begins anew when reclaimed
        ground,
        identity=ground.train,
        name=f"{fit(component.name, limit=NAME_LIMIT - len(kind) - 1)}-{kind}",
    )
    return {
        "artifacts": ground.artifacts_uri,
        "data": ground.data_uri,
        "environment": runtime_image("azure", context.place.region, "sklearn", "training", False).uri,
        "machines": machines.id,
        "steps": archive(),
        "train-identity": ground.train.id,
        "workspace": ground.workspace_id,
    }


def uri(path: str) -> str:
    """Expression of the URI of a path of the blueprint, which lies in the data store unless it says otherwise."""
    return quoted(path) if "://" in path else f"concat(parameters('data'), {quoted('/' + path)})"


def _name(channel: str) -> str:
    return channel.replace("-", "_")  # Azure ML names an input like a variable


def _folder(channel: str) -> str:
    return f"{input_variable(channel)}=${{{{inputs.{_name(channel)}}}}}"


def _command(step: Step) -> str:
    told = " ".join(["export OUTPUT_DIR=${{outputs.report}}", *map(_folder, sorted(step.inputs))])
    parts = [quoted(told)]
    if step.perhaps:
        more = quoted(" " + " ".join(map(_folder, sorted(step.perhaps))))
        parts.append(f"if({step.perhaps_if}, {more}, '')")
    parts.append(quoted(" && "))
    if step.prepare:
        parts += [step.prepare, quoted(" && ")]
    if step.instead:
        parts.append(quoted(step.instead))
    else:
        parts += [quoted('cd "$(mktemp -d)" && printf %s '), "parameters('steps')"]
        parts.append(quoted(" | base64 -d | tar -xz && exec python3 -m trainer.task"))
    return f"@concat({', '.join(parts)})"


def _read(inputs: Mapping[str, str]) -> dict[str, Any]:
    return {
        _name(channel): {"jobInputType": "uri_folder", "mode": "ReadOnlyMount", "uri": f"@{where}"}
        for channel, where in sorted(inputs.items())
    }


def _job(step: Step) -> dict[str, Any]:
    """Body of the job: the ARM model `CommandJob`."""
    return {
        "properties": {
            "jobType": "Command",
            "displayName": f"@{step.job}",
            "experimentName": step.experiment,
            "command": _command(step),
            "environmentId": "@parameters('environment')",
            "computeId": "@parameters('machines')",
            "environmentVariables": {HYPERPARAMETERS: f"@{step.settings}"},
            "identity": {"identityType": "Managed", "resourceId": "@parameters('train-identity')"},
            "inputs": f"@outputs('{step.prefix}_reads')",
            "outputs": {"report": {"jobOutputType": "uri_folder", "mode": "ReadWriteMount", "uri": f"@{step.report}"}},
            "limits": {"jobLimitsType": "Command", "timeout": f"PT{step.seconds}S"},
            "resources": {"instanceCount": 1},
            "tags": literal(dict(step.tags)),
        }
    }


def run_step(step: Step, identity: str, run_after: Mapping[str, Any] | None = None) -> Actions:
    """
    Run the step and read what it found; the last action is `<prefix>_told`.

    Afterwards the variable `status` says what became of the job, and `figure` and `reason` what it found: the step
    tags its own run with them, and a run's tags are the job's.

    Source: https://learn.microsoft.com/azure/machine-learning/how-to-log-view-metrics
    """
    own = step.prefix
    return {
        **_inputs(step, run_after),
        f"{own}_submit": http("PUT", _url(step), identity, body=_job(step), run_after=after(f"{own}_reads")),
        **_watch(step, f"{own}_run", step.seconds + QUEUE_SECONDS, identity, f"{own}_submit"),
        f"{own}_in_time": choose(
            {"not": {"contains": [f"@{ENDED}", f"@variables('{STATUS}')"]}},
            {
                f"{own}_cancel": http("POST", _url(step, "/cancel"), identity),
                **_watch(step, f"{own}_cancelled", CANCEL_SECONDS, identity, f"{own}_cancel"),
            },
            run_after=after(f"{own}_run_wait"),
        ),
        f"{own}_read": http("GET", _url(step), identity, run_after=after(f"{own}_in_time")),
        f"{own}_told": compose(
            f"@coalesce(body('{own}_read')?['properties']?['tags'], {NOTHING})", after(f"{own}_read")
        ),
    }


def _inputs(step: Step, run_after: Mapping[str, Any] | None) -> Actions:
    own = step.prefix
    if not step.perhaps:
        return {f"{own}_reads": compose(_read(step.inputs), run_after)}
    chosen = f"@if({step.perhaps_if}, outputs('{own}_reads_more'), outputs('{own}_reads_less'))"
    return {
        f"{own}_reads_less": compose(_read(step.inputs), run_after),
        f"{own}_reads_more": compose(_read({**step.inputs, **step.perhaps}), after(f"{own}_reads_less")),
        f"{own}_reads": compose(chosen, after(f"{own}_reads_more")),
    }


def _url(step: Step, verb: str = "") -> str:
    return f"concat(parameters('workspace'), '/jobs/', {step.job}, '{verb}?api-version={API}')"


def _watch(step: Step, prefix: str, seconds: int, identity: str, started: str) -> Actions:
    """Look at the job until it ended, or its time is over; the last action is `<prefix>_wait`."""
    deadline = f"{prefix}_deadline"
    late = f"greaterOrEquals(ticks(utcNow()), ticks(outputs('{deadline}')))"
    look: Actions = {
        f"{prefix}_pause": delay(60),
        f"{prefix}_look": http("GET", _url(step), identity, run_after=after(f"{prefix}_pause")),
        f"{prefix}_status": set_to(
            STATUS,
            f"@string(coalesce(body('{prefix}_look')?['properties']?['status'], ''))",
            after(f"{prefix}_look"),
        ),
    }
    return {
        deadline: compose(f"@addSeconds(utcNow(), {seconds})", after(started)),
        f"{prefix}_wait": until(
            f"or(contains({ENDED}, variables('{STATUS}')), {late})", look, seconds + 3600, after(deadline)
        ),
    }


def figure(prefix: str, name: str) -> str:
    """Expression of a figure that a step found, as text; empty where it found none."""
    return f"string(coalesce(outputs('{prefix}_told')?['groundplan.{name}'], ''))"


def reason(prefix: str, experiment: str) -> str:
    """Expression of why a step did not end well: its own words, or where they are to be found."""
    own = figure(prefix, "reason")
    log = quoted(f"; its log is in the workspace under the experiment {experiment}")
    return f"if(equals({own}, ''), concat('its job ended as ', variables('{STATUS}'), {log}), {own})"
