"""The workflow that runs a batch scoring job on Azure, with the newest approved version or the one asked for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.batch import CONTENT_TYPES, BatchSpec
from components.clouds.azure.deployment import MODEL_PATH
from components.clouds.azure.workflow import (
    API,
    EMPTY,
    Actions,
    after,
    choose,
    chosen,
    compose,
    definition,
    delay,
    fail,
    http,
    literal,
    quoted,
    set_to,
    until,
    variable,
)
from components.units import Duration

__all__ = ["LONGEST_RUN", "PARAMETERS", "BatchPlan", "batch_definition"]

PARAMETERS = ("artifacts", "data", "environment", "machines", "score-identity", "workspace")
"""What the definition is told: ARM ids, and the URIs of the stores."""

SCORE = Path(__file__).with_name("score.py")
PORT = 8080
LONGEST_RUN = Duration.parse("30d")
NEWEST = 100  # versions that are looked through for one that is approved
CANCEL_SECONDS = 3600
ENDED = "createArray('Completed', 'Failed', 'Canceled')"
RUN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
PATH = r"^[A-Za-z0-9_=][^\"\\\s']*$"
VERSION = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$"


@dataclass(frozen=True)
class BatchPlan:
    """
    What a run is made of.

    Attributes:
        name: Of the batch job within the stack.
        spec: What is asked.
        must_be_approved: Whether only a version with the stage `Approved` may answer.
        tags: Of the job.
    """

    name: str
    spec: BatchSpec
    must_be_approved: bool
    tags: Mapping[str, str]

    @property
    def environment(self) -> str:
        """Environment that the image is a version of."""
        return f"batch-{self.name}"


def batch_definition(plan: BatchPlan, identity: str) -> dict[str, Any]:
    """The definition, for the ARM id of the identity it acts as."""
    path = {"type": "string", "pattern": PATH, "maxLength": 512}
    start = {
        "type": "object",
        "properties": {
            "version": {"type": "string", "pattern": VERSION},
            "input": path,
            "output": path,
            "run": {"type": "string", "pattern": RUN, "maxLength": 63},
        },
        "additionalProperties": False,
    }
    actions = {**_prepare(plan), **_version(plan, identity), **_job(plan, identity), **_follow(plan, identity)}
    return definition(start, PARAMETERS, actions)


def _prepare(plan: BatchPlan) -> Actions:
    asked = "coalesce(triggerBody(), json('{}'))"
    new = "concat(utcNow('yyyyMMdd-HHmmss'), '-', substring(guid(), 0, 4))"

    def uri(word: str, default: str) -> str:
        said = f"string(coalesce({asked}?['{word}'], {quoted(default)}))"
        return f"@if(contains({said}, '://'), {said}, concat(parameters('data'), '/', {said}))"

    return {
        "Status": variable("status"),
        "run": compose(f"@string(coalesce({asked}?['run'], {new}))", after("Status")),
        # of the workspace's jobs, which share a name space
        "job": compose(f"@concat({quoted(plan.name + '-batch-')}, outputs('run'))", after("run")),
        "source": compose(uri("input", plan.spec.input), after("job")),
        "target": compose(uri("output", plan.spec.output), after("source")),
        "asked_version": compose(f"@string(coalesce({asked}?['version'], ''))", after("target")),
    }


def _version(plan: BatchPlan, identity: str) -> Actions:
    """The newest approved version; or the one that is asked for, which must be approved too."""
    versions = f"parameters('workspace'), '/models/{plan.spec.model}/versions'"
    query = f"'?api-version={API}&$orderBy=createdtime%20desc&$top={NEWEST}'"
    approved = "equals(coalesce(item()?['properties']?['stage'], ''), 'Approved')"
    newest: Actions = {
        "List": http("GET", f"concat({versions}, {query})", identity),
        "Approved": chosen(
            f"coalesce(body('List')?['value'], {EMPTY})",
            approved if plan.must_be_approved else "true",
            after("List"),
        ),
        "There_is_one": choose(
            {"equals": ["@length(body('Approved'))", 0]},
            {
                "None_approved": fail(
                    "NoApprovedVersion",
                    f"none of the {NEWEST} newest versions of {plan.spec.model} has the stage Approved; approve one,"
                    ' or start with {"version": "1"}',
                )
            },
            run_after=after("Approved"),
        ),
        "Take_newest": set_to("version", "@string(first(body('Approved'))?['name'])", after("There_is_one")),
    }
    asked: Actions = {"Take_asked": set_to("version", "@outputs('asked_version')")}
    found: Actions = {
        "Version": variable("version", run_after=after("asked_version")),
        "Which": choose({"equals": ["@outputs('asked_version')", ""]}, newest, asked, run_after=after("Version")),
        "Look_up": http(
            "GET",
            f"concat({versions}, '/', variables('version'), '?api-version={API}')",
            identity,
            run_after=after("Which"),
        ),
    }
    if not plan.must_be_approved:
        return {**found, "May_answer": compose("yes", after("Look_up"))}
    refused = f"@concat('version ', variables('version'), ' of {plan.spec.model} has not the stage Approved')"
    return {
        **found,
        "May_answer": choose(
            {"not": {"equals": ["@coalesce(body('Look_up')?['properties']?['stage'], '')", "Approved"]}},
            {"Refuse": fail("NotApproved", refused)},
            run_after=after("Look_up"),
        ),
    }


def _url(verb: str = "") -> str:
    return f"concat(parameters('workspace'), '/jobs/', outputs('job'), '{verb}?api-version={API}')"


def command(plan: BatchPlan) -> str:
    """
    What the shell of a machine runs: the script that asks the model, with the folders that Azure ML fills in.

    An image of one's own finds the version's files where SageMaker puts them.
    """
    own = plan.spec.runtime is None
    code = "" if own else "${{inputs.code}}"
    kept = f"mkdir -p $(dirname {MODEL_PATH}) && ln -sfn ${{{{inputs.model}}}} {MODEL_PATH} && " if own else ""
    told = "export AZUREML_MODEL_DIR=${{inputs.model}} && "
    script = shlex.quote(SCORE.read_text("utf-8"))
    content = CONTENT_TYPES[plan.spec.format]
    folders = '"${{inputs.records}}" "${{outputs.answers}}"'
    return literal(f'{kept}{told}python3 -c {script} {folders} {content} "{code}" {PORT}')


def job(plan: BatchPlan) -> dict[str, Any]:
    """Body of the job: the ARM model `CommandJob`."""
    spec = plan.spec

    def folder(uri: str) -> dict[str, str]:
        return {"jobInputType": "uri_folder", "mode": "ReadOnlyMount", "uri": uri}

    inputs = {
        "records": folder("@outputs('source')"),
        "model": folder("@body('Look_up')?['properties']?['modelUri']"),
    }
    if spec.runtime:
        kept = f"concat(parameters('artifacts'), '/models/{spec.model}/', variables('version'), '/code/')"
        inputs["code"] = folder(f"@{kept}")
    body: dict[str, Any] = {
        "jobType": "Command",
        "displayName": "@outputs('run')",
        "experimentName": plan.environment,
        "command": command(plan),
        "environmentId": "@parameters('environment')",
        "computeId": "@parameters('machines')",
        "identity": {"identityType": "Managed", "resourceId": "@parameters('score-identity')"},
        "inputs": inputs,
        "outputs": {
            "answers": {
                "jobOutputType": "uri_folder",
                "mode": "ReadWriteMount",
                "uri": "@concat(outputs('target'), '/', outputs('run'))",
            }
        },
        "limits": {"jobLimitsType": "Command", "timeout": f"PT{spec.max_run.seconds}S"},
        "resources": {"instanceCount": spec.replicas},
        "tags": {**literal(dict(plan.tags)), "run": "@outputs('run')", "version": "@variables('version')"},
    }
    if spec.replicas > 1:
        # one process a machine, which is told its number in RANK and WORLD_SIZE
        body["distribution"] = {"distributionType": "PyTorch", "processCountPerInstance": 1}
    return {"properties": body}


def _job(plan: BatchPlan, identity: str) -> Actions:
    return {"Submit": http("PUT", _url(), identity, body=job(plan), run_after=after("May_answer"))}


def _watch(prefix: str, seconds: int, identity: str, rest: int, started: str) -> Actions:
    """Look at the job until it ended, or its time is over."""
    deadline = f"{prefix}_deadline"
    late = f"greaterOrEquals(ticks(utcNow()), ticks(outputs('{deadline}')))"
    look: Actions = {
        f"{prefix}_pause": delay(rest),
        f"{prefix}_look": http("GET", _url(), identity, run_after=after(f"{prefix}_pause")),
        f"{prefix}_status": set_to(
            "status",
            f"@string(coalesce(body('{prefix}_look')?['properties']?['status'], ''))",
            after(f"{prefix}_look"),
        ),
    }
    return {
        deadline: compose(f"@addSeconds(utcNow(), {seconds})", after(started)),
        f"{prefix}_wait": until(
            f"or(contains({ENDED}, variables('status')), {late})", look, seconds + 3600, after(deadline)
        ),
    }


def _follow(plan: BatchPlan, identity: str) -> Actions:
    seconds = plan.spec.max_run.seconds
    rest = max(60, -(-seconds // 4000))
    late = f"run @{{outputs('run')}} was stopped: it took longer than max_run, {plan.spec.max_run}"
    give_up: Actions = {
        "Cancel": http("POST", _url("/cancel"), identity),
        **_watch("Cancelled", CANCEL_SECONDS, identity, 60, "Cancel"),
        # it may have ended by itself meanwhile
        "Too_long": choose(
            {"not": {"equals": ["@variables('status')", "Completed"]}},
            {"Over": fail("MaxRunOver", late)},
            run_after=after("Cancelled_wait"),
        ),
    }
    target = "@concat(outputs('target'), '/', outputs('run'))"
    told = {"run": "@outputs('run')", "version": "@variables('version')", "output": target}
    failed = (
        "@concat('run ', outputs('run'), ' ended as ', variables('status'),"
        f" '; its log is in the workspace under the experiment ', {quoted(plan.environment)})"
    )
    return {
        **_watch("Run", seconds, identity, rest, "Submit"),
        "In_time": choose(
            {"not": {"contains": [f"@{ENDED}", "@variables('status')"]}}, give_up, run_after=after("Run_wait")
        ),
        "End": choose(
            {"equals": ["@variables('status')", "Completed"]},
            {"result": compose(told)},
            {"Failed": fail("BatchFailed", failed)},
            run_after=after("In_time"),
        ),
    }
