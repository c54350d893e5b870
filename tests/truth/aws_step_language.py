"""Holds a state machine's definition against the schema of the Amazon States Language, as cfn-lint carries it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft7Validator

__all__ = ["language_problems"]


# type of a state to the fields that it must have, and those it may, in the JSONata dialect. Source:
# https://states-language.net/spec.html
_FIELDS: Mapping[str, tuple[set[str], set[str]]] = {
    "Choice": ({"Choices", "Default"}, {"Assign", "Output"}),
    "Map": (
        {"ItemProcessor", "ItemReader", "Label", "MaxConcurrency", "Next", "ResultWriter"},
        {"Assign", "Catch", "ItemBatcher", "Output", "Retry", "ToleratedFailurePercentage"},
    ),
    "Fail": ({"Cause", "Error"}, set()),
    "Pass": ({"Next"}, {"Assign", "Output"}),
    "Succeed": (set(), {"Output"}),
    "Task": ({"Arguments", "Next", "Resource"}, {"Assign", "Catch", "Output", "Retry", "TimeoutSeconds"}),
    "Wait": ({"Next"}, {"Assign", "Output", "Seconds", "Timestamp"}),
}


@cache
def _validator() -> Draft7Validator:
    path = files("cfnlint") / "data" / "schemas" / "other" / "step_functions" / "statemachine.json"
    return Draft7Validator(json.loads(path.read_text("utf-8")))


def language_problems(definition: Mapping[str, Any]) -> list[str]:
    """
    What the schema does not allow, a line each.

    The schema knows a state's dialect only where the state says it; ours says it once, at the top.
    """
    dialect = {"QueryLanguage": definition["QueryLanguage"]}
    states = {n: s if s["Type"] == "Succeed" else {**s, **dialect} for n, s in definition["States"].items()}
    found = _validator().iter_errors({**definition, "States": states})
    lines = [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found]
    return lines + [line for name, state in definition["States"].items() for line in _fields(name, state)]


def _fields(name: str, state: Mapping[str, Any]) -> Iterator[str]:
    must, may = _FIELDS.get(state["Type"], (set(), set()))
    has = set(state) - {"Type"}
    if has - must - may:
        yield f"{name}: a {state['Type']} has no {sorted(has - must - may)}"
    if must - has:
        yield f"{name}: a {state['Type']} needs {sorted(must - has)}"
