"""What a sweep of Azure ML has found: its best trial, and what the program of that trial has tagged it with."""

from __future__ import annotations

import json

from components.clouds.azure.runs import job_url
from components.clouds.azure.workflow import NOTHING, Actions, after, choose, compose, http, literal, quoted
from components.training import TrainingSpec
from components.training.tuning import Tuning

__all__ = ["PIECE", "best_of", "figure", "found", "pieces", "tuned_values"]

PIECE = 900  # characters of a tag, as trial.py writes them


def pieces(tuning: Tuning) -> int:
    """Most tags that the values of a trial take."""
    size = 2
    for name, searched in tuning.parameters.items():
        values = [json.dumps(value) for value in searched.get("choice", [-0.12345678901234567e-100])]
        size += len(json.dumps(name)) + max(map(len, values)) + 4
    return -(-size // PIECE)


def best_of(read: str) -> str:
    """
    Expression of the best trial's name; empty where no trial has told a figure.

    Args:
        read: The action that has read the sweep: Azure ML writes it among the sweep's properties.
    """
    return f"string(coalesce(body('{read}')?['properties']?['properties']?['best_child_run_id'], ''))"


def figure(tags: str, tuning: Tuning) -> str:
    """Expression of a trial's figure as text; empty where it has told none. `tags` is an expression of its tags."""
    return f"string(coalesce({tags}?[{quoted(f'groundplan.{tuning.objective}')}], ''))"


def tuned_values(tags: str, tuning: Tuning) -> str:
    """Expression of the object of what was chosen for a trial."""
    told = ", ".join(f"coalesce({tags}?['groundplan.tuned.{n + 1}'], '')" for n in range(pieces(tuning)))
    return f"json(concat({told}, ''))"


def found(spec: TrainingSpec, tuning: Tuning, run: str, identity: str, before: str) -> Actions:
    """
    Read what a search that has ended well found; the last action is `tuned`: trial, figure and hyper-parameters.

    Args:
        spec: The training.
        tuning: What was searched.
        run: Expression of the search's name: so its sweep is called, and with `-od` the one on demand.
        identity: Who reads.
        before: The action before.
    """
    actions: Actions = {"Search": http("GET", job_url(run), identity, run_after=after(before))}
    best, last = best_of("Search"), "Search"
    if spec.spot and spec.spot.fallback == "on-demand":
        again = {"Search_on_demand": http("GET", job_url(f"concat({run}, '-od')"), identity)}
        actions["Searched"] = choose({"equals": [f"@{best}", ""]}, again, run_after=after("Search"))
        best, last = f"if(equals({best}, ''), {best_of('Search_on_demand')}, {best})", "Searched"
    tags = f"coalesce(body('Read_best')?['properties']?['tags'], {NOTHING})"
    return {
        **actions,
        "best_trial": compose(f"@{best}", after(last)),
        "Read_best": http("GET", job_url("outputs('best_trial')"), identity, run_after=after("best_trial")),
        "fixed_hyperparameters": compose(literal(dict(spec.hyperparameters)), after("Read_best")),
        "tuned": compose(
            {
                "trial": "@outputs('best_trial')",
                "hyperparameters": f"@union(outputs('fixed_hyperparameters'), {tuned_values(tags, tuning)})",
                "metrics": {tuning.objective: f"@float({figure(tags, tuning)})"},
            },
            after("fixed_hyperparameters"),
        ),
    }
