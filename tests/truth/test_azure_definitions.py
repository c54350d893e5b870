"""Workflow definitions for Azure are what Logic Apps takes: form, limits, references, and whom they act as."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.truth.azure_language import FUNCTIONS, Call, expressions
from tests.truth.azure_stacks import WORKFLOW, stack


def workflows() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for workflow in stack("long").all(WORKFLOW):
        yield workflow.name, workflow.inputs


def actions(of: Mapping[str, Any], depth: int = 1) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any], int]]:
    """Every action with its name, its siblings, and how deep it lies."""
    for name, action in of.items():
        yield name, action, of, depth
        yield from actions(action.get("actions", {}), depth + 1)
        yield from actions(action.get("else", {}).get("actions", {}), depth + 1)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def calls(tree: Any) -> Iterator[Call]:
    if isinstance(tree, Call):
        yield tree
        for argument in tree.arguments:
            yield from calls(argument)


def test_definitions_have_the_form_of_the_language():
    """
    Action types are the language's, names are unique whatever their case, and `runAfter` names a neighbour.
    """
    kinds = {"Compose", "Foreach", "Http", "If", "Query", "Scope", "Select", "Terminate", "Until", "Wait"}
    kinds |= {"AppendToStringVariable", "IncrementVariable", "InitializeVariable", "SetVariable"}
    came_to = {"Succeeded", "Failed", "TimedOut", "Skipped"}
    for name, inputs in workflows():
        found = list(actions(inputs["definition"]["actions"]))
        names = [action.lower() for action, *_ in found]
        assert len(set(names)) == len(names), name
        for action, body, siblings, _ in found:
            assert body["type"] in kinds, (name, action)
            assert set(body["runAfter"]) <= set(siblings) - {action}, (name, action)
            assert all(set(statuses) <= came_to and statuses for statuses in body["runAfter"].values()), (name, action)
            if body["type"] == "InitializeVariable":
                assert action in inputs["definition"]["actions"], (name, action)
            assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", action), (name, action)


def test_definitions_are_within_the_limits_of_logic_apps():
    """
    Nesting, number of actions, length of an expression and turns of a loop are what Logic Apps allows.
    """
    for name, inputs in workflows():
        found = list(actions(inputs["definition"]["actions"]))
        assert len(found) <= 500, name
        assert max(depth for *_, depth in found) <= 8, name
        assert max(map(len, strings(inputs["definition"]))) <= 8192, name
        assert len(json.dumps(inputs["definition"])) <= 1024 * 1024, name
        for action, body, *_ in found:
            if body["type"] == "Until":
                assert body["limit"]["count"] <= 5000, (name, action)
                assert int(body["limit"]["timeout"][2:-1]) <= 90 * 86_400, (name, action)
                inside = [b for _, b, *_ in actions(body["actions"])]
                pause = sum(b["inputs"]["interval"]["count"] for b in inside if b["type"] == "Wait")
                # one that does not wait turns the pages of a list
                assert not pause or int(body["limit"]["timeout"][2:-1]) / pause <= 5000, (name, action)
            assert body["type"] != "Wait" or body["inputs"]["interval"]["count"] > 0, (name, action)
            if body["type"] == "Terminate":
                loops = [b for _, b, *_ in found if b["type"] in ("Until", "Foreach")]
                assert action not in [inner for loop in loops for inner, *_ in actions(loop["actions"])], name


def test_expressions_ask_only_for_what_is_there():
    """
    Each expression parses, calls a function of the language, and refers to an action, variable or parameter there is.
    """
    asked = {"body", "guid", "item", "items", "outputs", "parameters", "triggerBody", "utcNow", "variables"}
    asked |= {"workflow", "[", "?["}
    for name, inputs in workflows():
        definition = inputs["definition"]
        found = list(actions(definition["actions"]))
        known = {
            "parameters": set(definition["parameters"]),
            "variables": {
                v["name"] for _, a, *_ in found if a["type"] == "InitializeVariable" for v in a["inputs"]["variables"]
            },
            "outputs": {n for n, a, *_ in found if a["type"] in ("Compose", "Http")},
            "body": {n for n, a, *_ in found if a["type"] in ("Http", "Query", "Select")},
            "items": {n for n, a, *_ in found if a["type"] == "Foreach"},
        }
        for text in strings(definition["actions"]):
            for call in (c for tree in expressions(text) for c in calls(tree)):
                assert call.name in asked or call.name in FUNCTIONS, (name, call.name)
                if call.name in known:
                    assert call.arguments[0] in known[call.name], (name, call)
        assert set(definition["parameters"]) == set(inputs["parameters"]), name


def test_every_call_is_made_as_the_workflows_own_identity():
    """
    A call goes to Azure Resource Manager with a token of the identity that the workflow has.
    """
    for name, inputs in workflows():
        (identity,) = inputs["identity"]["userAssignedIdentities"]
        for action, body, *_ in actions(inputs["definition"]["actions"]):
            if body["type"] == "Http":
                given = body["inputs"]["authentication"]
                assert ("ManagedServiceIdentity", identity) == (given["type"], given["identity"]), (name, action)
                assert "DisableAsyncPattern" == body["operationOptions"], (name, action)
