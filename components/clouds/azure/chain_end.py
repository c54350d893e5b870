"""How a pipeline on Azure ends once its candidate is good enough: a version, its approval, its release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.clouds.azure.chain_plan import ChainPlan
from components.clouds.azure.figures import publish
from components.clouds.azure.nested import nested, why
from components.clouds.azure.step import STATUS, Step, reason, run_step
from components.clouds.azure.workflow import (
    API,
    NOTHING,
    Actions,
    after,
    choose,
    compose,
    delay,
    fail,
    http,
    literal,
    quoted,
    set_to,
    until,
)

__all__ = ["REJECTED", "WAITS", "finish", "tell"]

WAITS, REJECTED = "pipeline_waits", "pipeline_rejected"
"""Metrics of the workspace, by `pipeline`: each number of them is one occurrence that a person has to know of."""

MOST_LOOKS = 4000
STAGES = "createArray('Approved', 'Rejected', 'Archived')"
STAGE = "string(coalesce(body('Approval_look')?['properties']?['stage'], ''))"


def tell(plan: ChainPlan, metric: str, identity: str, run_after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The action that lets an alert tell people."""
    return publish(
        plan.region,
        "parameters('workspace')",
        metric,
        "int('1')",
        identity,
        dimensions={"pipeline": plan.name},
        run_after=run_after,
    )


def finish(plan: ChainPlan, identity: str, run_after: Mapping[str, Any]) -> Actions:
    """Register the version; have it approved and released, or leave it in the registry. The last action is `Ended`."""
    actions = _register(plan, identity, run_after)
    before = "Register"
    asked = _asks(plan)
    if not plan.spec.deploy:
        if asked:
            told = {"Tell_waits": tell(plan, WAITS, identity)}
            actions["Pending"] = choose({"equals": [asked, True]}, told, run_after=after(before))
            before = "Pending"
        return {**actions, "Ended": set_to("outcome", "registered", after(before))}
    if asked:
        actions["Approval"] = choose({"equals": [asked, True]}, _approval(plan, identity), run_after=after(before))
        before = "Approval"
    return {**actions, **_release(plan, identity, before), "Ended": set_to("outcome", "deployed", after("Released"))}


def _asks(plan: ChainPlan) -> str:
    """Expression of whether a person is asked; empty where nobody ever is."""
    if plan.must_be_approved:
        return "@equals(1, 1)"
    return "@contains(outputs('review'), outputs('reason'))" if plan.spec.review else ""


def _register(plan: ChainPlan, identity: str, run_after: Mapping[str, Any]) -> Actions:
    """The version's files go where versions keep theirs, also the serving code that the training left among them."""
    step = Step(
        prefix="Keep",
        job=f"concat({plan.run}, '-keep')",
        experiment=plan.experiment,
        settings=f"string({NOTHING})",
        inputs={"candidate": plan.candidate},
        report=plan.kept,
        tags=plan.tags,
        instead='cp -R "$INPUT_CANDIDATE"/. "$OUTPUT_DIR"/',
    )
    lost = (
        f"@concat('the files of version ', outputs('version'), ' were not kept: ', {reason('Keep', plan.experiment)})"
    )
    version = f"parameters('workspace'), '/models/{plan.model}/versions/', outputs('version')"
    best = {"trial": "@outputs('best_trial')"} if plan.tuning else {}
    body = {
        "properties": {
            "modelType": plan.kind,
            "modelUri": f"@{plan.kept}",
            "description": f"Made by the pipeline {plan.name}",
            "tags": {**literal(dict(plan.tags)), "pipeline": plan.name, "reason": "@outputs('reason')", **best},
        }
    }
    return {
        **run_step(step, identity, run_after),
        "Kept": choose(
            {"not": {"equals": [f"@variables('{STATUS}')", "Completed"]}},
            {"Not_kept": fail("RegistrationFailed", lost)},
            run_after=after("Keep_told"),
        ),
        "Register": http(
            "PUT", f"concat({version}, '?api-version={API}')", identity, body=body, run_after=after("Kept")
        ),
    }


def _approval(plan: ChainPlan, identity: str) -> Actions:
    """People are told, and one of them sets the version's stage: `Approved`, or `Rejected`."""
    seconds = plan.spec.approval_wait.seconds
    version = f"parameters('workspace'), '/models/{plan.model}/versions/', outputs('version')"
    late = "greaterOrEquals(ticks(utcNow()), ticks(outputs('Approval_deadline')))"
    look: Actions = {
        "Approval_look": http("GET", f"concat({version}, '?api-version={API}')", identity),
        "Approval_stage": set_to("status", f"@{STAGE}", after("Approval_look")),
        "Approval_pause": choose(
            {"equals": [f"@contains({STAGES}, variables('status'))", True]},
            {},
            {"Approval_rest": delay(max(300, -(-seconds // MOST_LOOKS)))},
            after("Approval_stage"),
        ),
    }
    given = f"if(contains({STAGES}, variables('status')), concat('has the stage ', variables('status')), "
    refused = (
        f"@concat('version ', outputs('version'), ' of {plan.model} ', {given}"
        f"'was approved by nobody within {plan.spec.approval_wait}'))"
    )
    return {
        "Tell_waits": tell(plan, WAITS, identity),
        "Approval_deadline": compose(f"@addSeconds(utcNow(), {seconds})", after("Tell_waits")),
        "Approval_wait": until(
            f"or(contains({STAGES}, variables('status')), {late})", look, seconds + 3600, after("Approval_deadline")
        ),
        "Approved": choose(
            {"not": {"equals": ["@variables('status')", "Approved"]}},
            {"Not_approved": fail("NotApproved", refused)},
            run_after=after("Approval_wait"),
        ),
    }


def _release(plan: ChainPlan, identity: str, before: str) -> Actions:
    """The endpoint's own release, of each model that the training makes; the last action is `Released`."""
    last = len(plan.served) - 1
    actions: Actions = {}
    for number, model in enumerate(plan.served or [""]):
        prefix, ended = ("Release", "Released") if number >= last else (f"Release_{number}", f"Released_{number}")
        actions |= _release_one(plan, identity, after(before), model, prefix, ended)
        before = ended
    return actions


def _release_one(
    plan: ChainPlan, identity: str, run_after: Mapping[str, Any], model: str, prefix: str, ended: str
) -> Actions:
    """One release; what it fails with is what the pipeline fails with."""
    code = f"@string(coalesce(outputs('{prefix}_run')?['error']?['code'], 'ReleaseFailed'))"
    body = {"version": "@outputs('version')", **({"model": model} if model else {})}
    # each start of the release has a name of its own
    name = f"concat({plan.run}, {quoted('-' + model)})" if len(plan.served) > 1 else plan.run
    seconds = plan.release_seconds // max(1, len(plan.served))
    return {
        **nested(prefix, "parameters('release')", name, body, identity, seconds, run_after),
        ended: choose(
            {"not": {"equals": [f"@string(coalesce(outputs('{prefix}_run')?['status'], ''))", "Succeeded"]}},
            {f"{prefix}_failed": fail(code, f"@{why(prefix, 'the release')}")},
            run_after=after(f"{prefix}_run"),
        ),
    }
