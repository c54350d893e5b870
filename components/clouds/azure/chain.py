"""The workflow of a pipeline on Azure: expect of the data, train, hold against the champion, register, ask, release."""

from __future__ import annotations

from typing import Any

from components.clouds.azure.chain_end import REJECTED, finish, tell
from components.clouds.azure.chain_gate import gate, note
from components.clouds.azure.chain_plan import ChainPlan
from components.clouds.azure.nested import nested, why
from components.clouds.azure.step import PARAMETERS as STEP
from components.clouds.azure.step import STATUS, Step, figure, reason, run_step, uri
from components.clouds.azure.tuned import found
from components.clouds.azure.workflow import (
    API,
    EMPTY,
    NOTHING,
    Actions,
    after,
    choose,
    chosen,
    compose,
    definition,
    fail,
    http,
    literal,
    quoted,
    set_to,
    variable,
)
from components.pipeline import Expect, Gate

__all__ = ["chain_definition", "parameters"]

RUN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
REASON = r"^[^'\"\\]*$"


def parameters(plan: ChainPlan) -> tuple[str, ...]:
    """What the definition is told."""
    return ("training", *(("endpoint", "release") if plan.spec.deploy else ()), *STEP)


def chain_definition(plan: ChainPlan, identity: str) -> dict[str, Any]:
    """The definition, for the ARM id of the identity it acts as."""
    actions: Actions = {
        **_prepare(plan),
        **gate(plan.name, plan.spec.at_most_every, identity, "version"),
        "Chain": choose({"equals": ["@outputs('goes_on')", True]}, _chain(plan, identity), run_after=after("goes_on")),
        "result": compose(_result(plan), after("Chain")),
    }
    return definition(_start(), parameters(plan), actions, tracked=True)


def _start() -> dict[str, Any]:
    """JSON Schema of what a start may say."""
    return {
        "type": "object",
        "properties": {
            "reason": {"type": "string", "pattern": REASON, "maxLength": 256},
            "force": {"type": "boolean"},
            "run": {"type": "string", "pattern": RUN, "maxLength": 64},
        },
        "additionalProperties": False,
    }


def _prepare(plan: ChainPlan) -> Actions:
    """The version that the run makes has the run's own time as its name."""
    version = "concat(utcNow('yyyyMMdd-HHmmss'), '-', substring(guid(), 0, 4))"
    return {
        "Status": variable(STATUS),
        "Outcome": variable("outcome", "skipped", after("Status")),
        "asked": compose("@coalesce(triggerBody(), json('{}'))", after("Outcome")),
        "reason": compose("@string(coalesce(outputs('asked')?['reason'], 'by hand'))", after("asked")),
        "review": compose(list(plan.spec.review), after("reason")),
        "run": compose("@string(coalesce(outputs('asked')?['run'], workflow()['run']['name']))", after("review")),
        "version": compose(f"@{version}", after("run")),
    }


def _result(plan: ChainPlan) -> dict[str, Any]:
    made = "contains(createArray('registered', 'deployed'), variables('outcome'))"
    result: dict[str, Any] = {
        "outcome": "@variables('outcome')",
        "reason": "@outputs('reason')",
        "version": f"@if({made}, outputs('version'), '')",
    }
    if plan.tuning:
        result |= {name: f"@outputs('tuned')?['{name}']" for name in ("trial", "hyperparameters", "metrics")}
    if plan.spec.gate:
        result["metric"] = plan.spec.gate.metric
        for name in ("candidate", "champion"):
            told = figure("Evaluate", name)
            result[name] = f"@if(equals({told}, ''), null, float(if(equals({told}, ''), '0', {told})))"
    return result


def _chain(plan: ChainPlan, identity: str) -> Actions:
    actions: Actions = {"Note": note(plan.name, plan.reports, plan.tags, identity)}
    before = "Note"
    if plan.spec.expect:
        actions |= _expect(plan, plan.spec.expect, identity, before)
        before = "Expected"
    actions |= _train(plan, identity, before)
    before = "Trained"
    if plan.spec.training and plan.tuning:
        actions |= found(plan.spec.training, plan.tuning, plan.run, identity, before)
        before = "tuned"
    if plan.spec.gate is None:
        return actions | finish(plan, identity, after(before))
    actions |= _evaluate(plan, plan.spec.gate, identity, before)
    rejected: Actions = {
        "Tell_rejected": tell(plan, REJECTED, identity),
        "Rejected": set_to("outcome", "rejected", after("Tell_rejected")),
    }
    accepted = {"equals": [f"@{figure('Evaluate', 'accepted')}", "1"]}
    return actions | {"Accepted": choose(accepted, finish(plan, identity, {}), rejected, after("Evaluated"))}


def _expect(plan: ChainPlan, expect: Expect, identity: str, before: str) -> Actions:
    columns = {
        name: {**check.model_dump(exclude={"missing"}), "missing": check.missing.fraction if check.missing else None}
        for name, check in expect.columns.items()
    }
    asked = {"step": "expect", "rows": expect.rows.model_dump() if expect.rows else {}, "columns": columns}
    channels = plan.spec.training.inputs if plan.spec.training else {}
    step = Step(
        prefix="Expect",
        job=f"concat({plan.run}, '-expect')",
        experiment=plan.experiment,
        settings="string(outputs('expect_settings'))",
        inputs={channel: uri(path) for channel, path in channels.items()},
        report=f"concat({plan.reports}, '/expect')",
        tags=plan.tags,
        seconds=6 * 3600,
    )
    why = f"@{reason('Expect', plan.experiment)}"
    broken, unmet = {"Not_looked": fail("StepFailed", why)}, {"Not_expected": fail("ExpectationsNotMet", why)}
    return {
        "expect_settings": compose(literal(asked), after(before)),
        **run_step(step, identity, after("expect_settings")),
        "Expected": choose(
            {"not": {"equals": [f"@variables('{STATUS}')", "Completed"]}},
            {"Unmet": choose({"equals": [f"@{figure('Expect', 'reason')}", ""]}, broken, unmet)},
            run_after=after("Expect_told"),
        ),
    }


def _train(plan: ChainPlan, identity: str, before: str) -> Actions:
    """The training's own definition, which knows about spot machines and the way out when there are none."""
    train = nested("Train", "parameters('training')", plan.run, {}, identity, plan.training_seconds, after(before))
    return {
        **train,
        "Trained": choose(
            {"not": {"equals": ["@string(coalesce(outputs('Train_run')?['status'], ''))", "Succeeded"]}},
            {"Not_trained": fail("TrainingFailed", f"@{why('Train', 'the training')}")},
            run_after=after("Train_run"),
        ),
    }


def _evaluate(plan: ChainPlan, asked: Gate, identity: str, before: str) -> Actions:
    against = asked.better_than == "champion" and plan.spec.deploy is not None
    champion: Actions = _champion(plan, identity, before) if against else {}
    settings = {"step": "evaluate", **asked.model_dump()}
    step = Step(
        prefix="Evaluate",
        job=f"concat({plan.run}, '-evaluate')",
        experiment=plan.experiment,
        settings="string(outputs('evaluate_settings'))",
        inputs={"candidate": plan.candidate},
        report=f"concat({plan.reports}, '/evaluate')",
        tags=plan.tags,
        perhaps={"champion": "outputs('champion_files')"} if against else {},
        perhaps_if="not(equals(outputs('champion_files'), ''))" if against else "",
    )
    return {
        **champion,
        "evaluate_settings": compose(literal(settings), after("champion_files" if against else before)),
        **run_step(step, identity, after("evaluate_settings")),
        "Evaluated": choose(
            {"not": {"equals": [f"@variables('{STATUS}')", "Completed"]}},
            {"Not_evaluated": fail("GateFailed", f"@{reason('Evaluate', plan.experiment)}")},
            run_after=after("Evaluate_told"),
        ),
    }


def _champion(plan: ChainPlan, identity: str, before: str) -> Actions:
    """Where the files are of the version that serves, as Azure ML tells; a version that is gone is no champion."""
    serves = "outputs('serves')"
    look = f"concat(parameters('workspace'), '/models/{plan.model}/versions/', {serves}, '?api-version={API}')"
    code = "coalesce(outputs('Champion_look')?['statusCode'], 0)"
    known = f"@or(equals({serves}, ''), contains(createArray(200, 404), {code}))"
    return {
        **_serves(plan, identity, before),
        "Champion": choose(
            {"not": {"equals": [f"@{serves}", ""]}},
            {"Champion_look": http("GET", look, identity)},
            run_after=after("serves"),
        ),
        "Champion_known": choose(
            {"equals": [known, True]},
            {},
            {"Champion_unknown": fail("GateFailed", f"@concat('version ', {serves}, ' can not be looked up')")},
            after("Champion", status=("Succeeded", "Failed")),
        ),
        "champion_files": compose(
            "@string(coalesce(body('Champion_look')?['properties']?['modelUri'], ''))", after("Champion_known")
        ),
    }


def _serves(plan: ChainPlan, identity: str, before: str) -> Actions:
    """Which version serves: the endpoint's tag says it or, where it has several models, the tag of the deployment."""
    if not plan.served:
        endpoint = f"concat(parameters('endpoint'), '?api-version={API}')"
        return {
            "Serving": http("GET", endpoint, identity, run_after=after(before)),
            "serves": compose("@string(coalesce(body('Serving')?['tags']?['serves'], ''))", after("Serving")),
        }
    deployed = f"concat(parameters('endpoint'), '/deployments?api-version={API}')"
    tags = f"first(union(body('serving_one'), createArray({NOTHING})))?['tags']"
    return {
        "Serving": http("GET", deployed, identity, run_after=after(before)),
        "serving_one": chosen(
            f"coalesce(body('Serving')?['value'], {EMPTY})",
            f"equals(item()?['name'], {quoted(plan.served[0])})",
            after("Serving"),
        ),
        "serves": compose(f"@string(coalesce({tags}?['version'], ''))", after("serving_one")),
    }
