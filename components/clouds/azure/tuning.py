"""The workflow that searches hyper-parameters on Azure: a sweep on spot, and on-demand where spot did not come."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping
from typing import Any

from components.clouds.azure.job import RunPlan, job, programs
from components.clouds.azure.runs import (
    PARAMETERS,
    QUEUE_SECONDS,
    follow,
    give_up,
    job_url,
    not_ended,
    prepare,
    start_schema,
)
from components.clouds.azure.tuned import PIECE, best_of, figure, pieces, tuned_values
from components.clouds.azure.workflow import (
    MAX_RUN_SECONDS,
    NOTHING,
    Actions,
    after,
    choose,
    compose,
    definition,
    fail,
    http,
    literal,
    quoted,
    set_to,
    variable,
)
from components.training.contract import SHELL
from components.training.tuning import TRIAL, Tuning, rounds, settings, text_of, wrapped

__all__ = ["check_search", "search_definition", "sweep"]

MOST_PIECES = 20
"""
Tags that the values of a trial may take, of the 50 of a run.

Source: https://learn.microsoft.com/azure/machine-learning/resource-limits-capacity#runs
"""
FIRST_LOOK = 5
"""How often a trial tells a figure before it may be stopped: the first ones say little."""
BEST = "variables('best')"
UNTAGGED = ", has no tag of its figure: it failed after it had told one"
LATER = 3600
"""Seconds that Azure ML's own limit of a sweep is longer, so that it is the workflow that ends it, and knows why."""
OF_TRIAL = ("command", "distribution", "environmentId", "environmentVariables", "resources")


def check_search(plan: RunPlan, tuning: Tuning) -> None:
    """
    See that Azure ML takes the search, and that it fits into a workflow.

    Raises:
        ValueError: It does not.
    """
    spec, label = plan.spec, f"training/{plan.name}: tuning"
    for name, searched in tuning.parameters.items():
        odd = next((t for t in map(text_of, searched.get("choice", [])) if "'" in t or "${{" in t), None)
        if odd:
            raise ValueError(
                f"{label}.parameters.{name} has the choice {odd}, which Azure ML fills into the command of a shell"
                " (https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters)."
                " Write it without ' and ${{, or a word that your code knows it by."
            )
    longest = rounds(tuning) * (spec.max_wait.seconds * bool(spec.spot) + spec.max_run.seconds) + QUEUE_SECONDS
    if longest > MAX_RUN_SECONDS:
        raise ValueError(
            f"{label}: {rounds(tuning)} rounds of trials on spot and on demand, and a week's wait for dedicated"
            f" machines come to {longest // 86_400} days; an Azure workflow lasts {MAX_RUN_SECONDS // 86_400} at most"
            " (https://learn.microsoft.com/azure/logic-apps/logic-apps-limits-and-configuration)."
            " Write a shorter max_run or spot.max_wait, or more in parallel."
        )
    if (most := pieces(tuning)) > MOST_PIECES:
        raise ValueError(
            f"{label}.parameters: the values of a trial have up to {most * PIECE} characters, and its tags hold"
            f" {MOST_PIECES * PIECE} (https://learn.microsoft.com/azure/machine-learning/resource-limits-capacity#runs)."
            " Write shorter choices, or words that your code knows them by."
        )


def _names(tuning: Tuning) -> dict[str, str]:
    """Each parameter's name in the search space, where it is one like a variable's."""
    found: dict[str, str] = {}
    for name in tuning.parameters:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        plain = plain if plain[0].isalpha() else f"p{plain}"
        while plain in found.values():
            plain += "_"
        found[name] = plain
    return found


def _space(tuning: Tuning) -> dict[str, list[Any]]:
    """
    The search space as Azure ML writes it: a distribution, and its arguments.

    Source: https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters#define-the-search-space
    """
    names, space = _names(tuning), {}
    for name, searched in tuning.parameters.items():
        ((kind, values),) = searched.items()
        if kind == "choice":
            space[names[name]] = ["choice", [[literal(text_of(value)) for value in values]]]
            continue
        low, high = (float(value) for value in values if not isinstance(value, str))
        if kind == "int":
            space[names[name]] = ["quniform", [int(low), int(high), 1]]
        elif kind == "log":
            space[names[name]] = ["loguniform", [math.log(low), math.log(high)]]
        else:
            space[names[name]] = ["uniform", [low, high]]
    return space


def _sampling(tuning: Tuning) -> str:
    """
    Bayesian sampling knows no orders of magnitude, and stops no trial early.

    Source: https://learn.microsoft.com/python/api/azureml-train-core/azureml.train.hyperdrive.bayesianparametersampling
    """
    random = tuning.early_stopping or any("log" in searched for searched in tuning.parameters.values())
    return "Random" if random else "Bayesian"


def _command(plan: RunPlan, tuning: Tuning) -> str:
    """What the shell of a node runs; Azure ML fills in the values."""
    told = settings(tuning, "azure", [*SHELL, programs(plan)[0]])
    values = [f"'--{name}=${{{{search_space.{plain}}}}}'" for name, plain in _names(tuning).items()]
    return f"exec {shlex.join(wrapped(told))} {' '.join(values)}"


def _whole_command(plan: RunPlan) -> str:
    """
    Expression of the command: the folders, which Azure ML tells a command alone, and then what runs.

    All trials of a search see the same folders, so each has one of its own in them.
    """
    told = {"OUTPUT_DIR": "model", "SM_MODEL_DIR": "model"}
    told |= {"CHECKPOINT_DIR": "checkpoint"} if plan.spec.checkpoint else {}
    fixed = " ".join(f"{name}=${{{{outputs.{output}}}}}/{TRIAL}" for name, output in told.items())
    return f"@concat('export {fixed} ', join(body('folders'), ' '), ' && ', outputs('command_known'))"


def sweep(plan: RunPlan, tuning: Tuning, machines: str, seconds: int) -> dict[str, Any]:
    """
    Body of the job: the ARM model `SweepJob`.

    Args:
        plan: What a trial runs.
        tuning: What is searched.
        machines: Name of the parameter that holds the cluster's ARM id.
        seconds: Longest search.
    """
    body = job(plan, machines)["properties"]
    trial = {key: body.pop(key) for key in OF_TRIAL if key in body}
    trial["environmentVariables"] = {**trial["environmentVariables"], "RUN": TRIAL}
    own = {
        "jobType": "Sweep",
        "trial": trial,
        "objective": {"goal": tuning.goal.capitalize(), "primaryMetric": tuning.objective},
        "samplingAlgorithm": {"samplingAlgorithmType": _sampling(tuning)},
        "searchSpace": _space(tuning),
        "limits": {
            "jobLimitsType": "Sweep",
            "maxTotalTrials": tuning.trials,
            "maxConcurrentTrials": tuning.parallel,
            "trialTimeout": f"PT{plan.spec.max_run.seconds}S",
            "timeout": f"PT{seconds + LATER}S",
        },
    }
    if tuning.early_stopping:
        own["earlyTermination"] = {
            "policyType": "MedianStopping",
            "delayEvaluation": FIRST_LOOK,
            "evaluationInterval": 1,
        }
    return {"properties": {**body, **own}}


def search_definition(plan: RunPlan, tuning: Tuning, identity: str) -> dict[str, Any]:
    """The definition, for the ARM id of the identity it acts as."""
    if plan.spec.spot:
        tried, last = _on_spot(plan, tuning, identity), "Spot_fallback"
    else:
        tried, last = _on_demand(plan, tuning, identity, "outputs('run')", after("environment")), "Dedicated_best"
    actions = {**_prepare(plan, tuning, identity), **tried, "End": _end(plan, tuning, identity, after(last))}
    schema = start_schema(plan)
    if plan.spec.runs_archive:  # there is no command to start in another image
        schema["properties"].pop("image")
    return definition(schema, PARAMETERS, actions, tracked=True)


def _prepare(plan: RunPlan, tuning: Tuning, identity: str) -> Actions:
    """As of a run, but what is searched can't be given, and the command is that of a trial."""
    actions = prepare(plan, identity)
    given = "coalesce(triggerBody()?['hyperparameters'], json('{}'))"
    fixed = ", ".join(f"contains({given}, {quoted(name)})" for name in tuning.parameters)
    words = f"These are searched; leave them out of hyperparameters: {', '.join(tuning.parameters)}."
    actions["Best"] = variable("best", run_after=after("Reason"))
    actions["run"]["runAfter"] = after("Best")
    actions["Not_searched"] = choose(
        {"equals": [f"@or({fixed}, false)", True]},
        {"Searched": fail("Searched", literal(words))},
        run_after=after("told"),
    )
    actions["Not_too_much"]["runAfter"] = after("Not_searched")
    actions["command_known"]["inputs"] = literal(_command(plan, tuning))
    actions["command"] = compose(_whole_command(plan), after("folders", "command_known"))
    del actions["command_asked"]
    return actions


def _best(prefix: str, name: str, identity: str, run_after: Mapping[str, Any]) -> Actions:
    return {
        f"{prefix}_read": http("GET", job_url(name), identity, run_after=run_after),
        f"{prefix}_best": set_to("best", f"@{best_of(f'{prefix}_read')}", after(f"{prefix}_read")),
    }


def _on_demand(plan: RunPlan, tuning: Tuning, identity: str, name: str, run_after: Mapping[str, Any]) -> Actions:
    seconds = rounds(tuning) * plan.spec.max_run.seconds + QUEUE_SECONDS
    body = sweep(plan, tuning, "machines", seconds)
    return {
        "Dedicated_submit": http("PUT", job_url(name), identity, body=body, run_after=run_after),
        **follow("Dedicated", name, identity, seconds, "Dedicated_submit"),
        "Dedicated_outcome": choose(
            not_ended(),
            give_up("Dedicated", name, identity, "its time was over, a week's wait for dedicated machines included"),
            run_after=after("Dedicated_follow"),
        ),
        **_best("Dedicated", name, identity, after("Dedicated_outcome")),
    }


def _on_spot(plan: RunPlan, tuning: Tuning, identity: str) -> Actions:
    name, seconds = "outputs('run')", rounds(tuning) * plan.spec.max_wait.seconds
    late = give_up("Spot", name, identity, f"no spot machines for {rounds(tuning)} times {plan.spec.max_wait}")
    again: Actions = {}
    if plan.spec.spot and plan.spec.spot.fallback == "on-demand":
        again = _on_demand(plan, tuning, identity, "concat(outputs('run'), '-od')", {})
    # cancelled by us, and not one trial has told a figure
    nothing = {"equals": [f"@and(equals({BEST}, ''), not(equals(variables('reason'), '')))", True]}
    body = sweep(plan, tuning, "spot-machines", seconds)
    return {
        "Spot_submit": http("PUT", job_url(name), identity, body=body, run_after=after("environment")),
        **follow("Spot", name, identity, seconds, "Spot_submit"),
        "Spot_outcome": choose(not_ended(), late, run_after=after("Spot_follow")),
        **_best("Spot", name, identity, after("Spot_outcome")),
        "Spot_fallback": choose(nothing, again, run_after=after("Spot_best")),
    }


def _end(plan: RunPlan, tuning: Tuning, identity: str, run_after: Mapping[str, Any]) -> dict[str, Any]:
    """What the best trial was told, and found: its program tags its run with both."""
    tags = "outputs('tags')"
    told = figure(tags, tuning)
    where = f"@concat(parameters('artifacts'), {quoted(f'/runs/{plan.name}/')}, outputs('run'), '/', {BEST})"
    result = {
        "run": "@outputs('run')",
        "trial": f"@{BEST}",
        "hyperparameters": f"@union(outputs('hyperparameters'), {tuned_values(tags, tuning)})",
        tuning.objective: f"@float({told})",
        "model": where,
    }
    found: Actions = {
        "Best_read": http("GET", job_url(BEST), identity),
        "tags": compose(f"@coalesce(body('Best_read')?['properties']?['tags'], {NOTHING})", after("Best_read")),
        "Is_told": choose(
            {"not": {"equals": [f"@{told}", ""]}},
            {"result": compose(result)},
            {"Untold": fail("TuningFailed", f"@concat('the best trial, ', {BEST}, {quoted(UNTAGGED)})")},
            run_after=after("tags"),
        ),
    }
    message = (
        "@concat('no trial of ', outputs('run'), ' told ', "
        f"{quoted(tuning.objective)}, '; the search ended as ', variables('status'), variables('reason'),"
        f" '; its log is in the workspace under the experiment ', {quoted(plan.name)})"
    )
    failed: Actions = {"Failed": fail("TuningFailed", message)}
    return choose({"not": {"equals": [f"@{BEST}", ""]}}, found, failed, run_after=run_after)
