"""Bodies of inference components and their endpoint's configuration, held against CloudFormation's own schemas."""

import json
from functools import cache
from importlib import resources
from typing import Any

import jsonschema
import pytest

from components.endpoint import EndpointSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_component_cases import COMPONENTS

CONTROL = "aws:cloudcontrol/resource:Resource"
NAMES = list(COMPONENTS)


@cache
def _planned(case: str) -> Planned:
    _capability, fields, how = COMPONENTS[case]
    return plan_component("endpoint", "aws", EndpointSpec.model_validate(fields), **{"name": "scorer", **how})


@cache
def _schema(kind: str) -> Any:
    folder = resources.files("cfnlint") / "data" / "schemas"
    known = json.loads((folder / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    schema = json.loads((folder / "resources" / f"{known[kind]}.json").read_text(encoding="utf-8"))
    return _ecma(schema)


def _ecma(value: Any) -> Any:
    r"""Patterns in which `\p{L}` means letters, which Python's `re` does not know; the walker over shapes does."""
    if isinstance(value, dict):
        return {k: _ecma(v) for k, v in value.items() if not (k == "pattern" and "\\p{" in str(v)) and k != "format"}
    return [_ecma(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", NAMES)
def test_every_body_is_what_cloud_control_takes(case):
    """
    Names, types, patterns and bounds are those of the resource type, and nothing is set that it sets itself.
    """
    found = [(r.inputs["typeName"], json.loads(r.inputs["desiredState"])) for r in _planned(case).all(CONTROL)]

    assert len(found) > 1
    for kind, body in found:
        schema = _schema(kind)
        jsonschema.Draft7Validator(schema).validate(body)
        read_only = {path.removeprefix("/properties/") for path in schema["readOnlyProperties"]}
        assert not read_only.intersection(body), kind
