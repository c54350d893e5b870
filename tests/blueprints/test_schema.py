"""The JSON Schema that editors complete from: in step with the models, true to the examples."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from blueprints import load, parse, schema
from tests.blueprints.blueprint_text import FULL

EXAMPLES = sorted(schema.FILE.parent.glob("*.yaml"))
SCHEMA = json.loads(schema.FILE.read_text("utf-8"))
VALIDATOR = Draft7Validator(SCHEMA)


def test_file_is_in_step():
    """
    `python -m blueprints.schema` would change nothing.
    """
    assert schema.FILE.read_text("utf-8") == schema.written()


def test_schema_is_valid():
    """
    The file is a JSON Schema of the draft that it says it is.
    """
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_keeps_to_it(path):
    """
    An editor finds no fault with an example.
    """
    assert [] == [error.message for error in VALIDATOR.iter_errors(load(path).root.plain)]


def _nodes(value: Any, path: tuple = ()) -> Iterator[tuple]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from _nodes(inner, (*path, key))


def _changed(data: Any, path: tuple, change) -> Any:
    found = inner = copy.deepcopy(data)
    for part in path[:-1]:
        inner = inner[part]
    change(inner, path[-1])
    return found


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_misspelt_key_is_seen(path):
    """
    An editor underlines any key of an example that is mistyped, at the top or in an overlay; names are free.
    """
    data = load(path).root.plain
    free = ("labels", "hyperparameters", "environment", "inputs", "schema", "object_ids")
    names = ("training", "endpoints", "batch", "notebooks", "entities", "views", "monitoring", "pipelines")
    names += ("environments", "overrides", "metrics", "columns", "cards", "models", "parameters", "schedule")
    keys = [p for p in _nodes(data) if isinstance(p[-1], str) and not (len(p) > 1 and p[-2] in (*free, *names))]

    passed = [p for p in keys if VALIDATOR.is_valid(_changed(data, p, lambda d, k: d.update({k + "x": d.pop(k)})))]

    assert passed == []


WRONG = {
    "a type": ("max_run: 2h", "max_run: 2"),
    "a unit": ("16GiB", "16GB"),
    "a word": ("runtime: xgboost", "runtime: xgbost"),
    "a name": ("  fit:", "  Fit_It:"),
    "a range": ("min: 1", "min: -1"),
    "a list": ("[team@example.com]", "team@example.com"),
    "a cloud's own name": ("cpu: 4", "type: ml.m5.large"),
    "null at the top": ("runtime: xgboost", "runtime: null"),
    "a fixed key in an overlay": ("  prod: {}", "  prod: {name: other}"),
    "what is filled in": ("monthly_usd: 1000", "monthly_usd: 1000, emails: [a@b.cd]"),
    "a required key": ("    machine: {cpu: 4, memory: 16GiB}\n", ""),
    "a cloud": ("  prod: {}", "  prod: {overrides: {asure: {}}}"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_mistake_is_seen(mistake):
    """
    The schema and the loader agree on what is wrong.
    """
    text = FULL.replace(*WRONG[mistake], 1)
    assert text != FULL

    assert not VALIDATOR.is_valid(parse(text).root.plain)
    assert parse(text).check()


RIGHT = {
    "null in an overlay": ("  prod: {}", "  prod: {endpoints: {scorer: null}, budget: {alert_at: null}}"),
    "an empty overlay": ("  prod: {}", "  prod:"),
    "a part of a spec": ("  prod: {}", "  prod: {training: {fit: {nodes: 2}}}"),
    "an override": ("  prod: {}", "  prod: {overrides: {aws: {training: {fit: {machine: {type: ml.m5.large}}}}}}"),
    "spot as a word": ("restartable: true", "spot: false"),
    "the network as a word": ("budget:", "network: private\nbudget:"),
}


@pytest.mark.parametrize("form", RIGHT)
def test_form_is_accepted(form):
    """
    What the loader takes, the schema takes.
    """
    text = FULL.replace(*RIGHT[form], 1)

    assert [] == [error.message for error in VALIDATOR.iter_errors(parse(text).root.plain)]
    assert [] == parse(text).check()


def test_every_field_of_an_open_section_is_explained():
    """
    An editor shows a sentence for every section of the top.
    """
    silent = [k for k, v in SCHEMA["properties"].items() if not (v.get("description") or "$ref" in v)]

    assert silent == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_names_its_schema(path: Path):
    """
    An editor that opens an example knows its schema without being configured.
    """
    assert path.read_text("utf-8").splitlines()[0] == "# yaml-language-server: $schema=schema.json"
