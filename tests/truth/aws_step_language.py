"""Holds a state machine's definition against the schema of the Amazon States Language, as cfn-lint carries it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft7Validator

__all__ = ["language_problems"]


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
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found]
