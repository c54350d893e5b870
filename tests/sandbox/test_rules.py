"""The rules' own health: fresh, and about properties that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from string import Formatter

import pytest

from groundplan.sandbox import rules
from groundplan.sandbox.clouds import aws_ids, azure_ids, camel, gcp_ids
from groundplan.sandbox.laws import KEPT, PROTECTED, REFERENCES, WORLDWIDE
from groundplan.sandbox.rules import aws, azure, gcp, refresh
from groundplan.sandbox.schema import ObjectSchema, Type, resource_schema

TABLES = {"aws": aws, "gcp": gcp, "azure": azure}


def test_generated_rules_are_those_of_the_installed_models() -> None:
    """
    `aws.json` and `cloudformation.json` are what `refresh` makes of the installed botocore and cfn-lint.
    """
    files = resources.files(rules)
    held = json.loads(files.joinpath("aws.json").read_text())
    known = json.loads(files.joinpath("cloudformation.json").read_text())

    assert {k: held[k] for k in ("rules", "types")} == refresh.build(), (
        "run: python -m groundplan.sandbox.rules.refresh"
    )
    assert known["types"] == refresh.build_cloudformation(), "run: python -m groundplan.sandbox.rules.refresh"


def test_generated_rules_tell_their_source() -> None:
    """
    Anyone can see which models the rules were made of, and when.
    """
    held = json.loads(resources.files(rules).joinpath("aws.json").read_text())

    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", held["source"]["date"])
    assert re.fullmatch(r"[\d.]+", held["source"]["botocore"])


@pytest.mark.parametrize("cloud", TABLES)
def test_rules_are_about_properties_that_exist(cloud: str) -> None:
    """
    A rule on a mistyped property would never hold: every path is one the SDK has.
    """
    assert [where for where in _paths(cloud) if not _exists(*where)] == []


@pytest.mark.parametrize("cloud", TABLES)
def test_patterns_compile_and_enums_hold_something(cloud: str) -> None:
    """
    Each hand-written rule can be read by what applies it.
    """
    for values in [TABLES[cloud].COMMON, *TABLES[cloud].VALUES.values()]:
        for rule in values.values():
            re.compile(rule.pattern)
            assert rule.longest == 0 or rule.shortest <= rule.longest


def test_laws_are_about_types_and_properties_that_exist() -> None:
    """
    References, kept names and protections name types the SDKs have.
    """
    for reference in REFERENCES:
        assert _exists(reference.type, reference.path), reference
        assert resource_schema(reference.target)
    for token in [*KEPT, *PROTECTED, *WORLDWIDE]:
        assert resource_schema(token)


def test_aws_ids_are_made_of_inputs_that_exist() -> None:
    """
    A template over a mistyped input would leave a hole in the id.
    """
    made = {"account", "region", "name", "arn", "id", "hex17", "hex10", "lower12", "upper10", "upper20", "upper6"}
    made |= {"lower", "uuid", "service"}
    holes = []
    for key, (id_, arn, outputs) in aws_ids.IDS.items():
        schema = resource_schema(_token("aws", key))
        fields = {f for text in (id_, arn, *_texts(outputs)) for f in _fields(text)}
        holes += [(key, field) for field in fields - made if field not in schema.inputs.properties]
        holes += [(key, name) for name in outputs if name not in schema.outputs.properties]
    assert holes == []


def test_gcp_ids_are_made_of_inputs_that_exist() -> None:
    """
    The same, for the GCP types whose id the SDK does not document.
    """
    made = {"project", "location", "region", "zone", "name", "number", "unique", "uuid", "hash", "id", "agent"}
    made |= {"project_number", "slo_id", "cluster"}
    holes = []
    for key, id_ in gcp_ids.IDS.items():
        inputs = resource_schema(_token("gcp", key)).inputs.properties
        holes += [(key, f) for f in _fields(id_) if f not in made and camel(f) not in inputs]
    for key, outputs in gcp_ids.OUTPUTS.items():
        known = resource_schema(_token("gcp", key)).outputs.properties
        holes += [(key, name) for name in outputs if name not in known]
    assert holes == []


def test_azure_paths_are_made_of_inputs_that_exist() -> None:
    """
    The same, for ARM paths and what follows from them.
    """
    holes = []
    for key, path in azure_ids.PATHS.items():
        inputs = resource_schema(f"azure-native:{key}").inputs.properties
        holes += [(key, f) for f in _fields(path) if f != "subscription" and f not in inputs]
    for key, outputs in azure_ids.OUTPUTS.items():
        schema = resource_schema(f"azure-native:{key}").outputs
        holes += [(key, path) for path in outputs if not _reaches(schema, path.split("."))]
    assert holes == []


def _paths(cloud: str) -> Iterator[tuple[str, str]]:
    table = TABLES[cloud]
    for kind in (table.VALUES, table.REPLACES, table.KEEPS):
        for token, paths in kind.items():
            yield from ((token, path.removesuffix("#")) for path in paths if path != "*")


def _exists(token: str, path: str) -> bool:
    return _reaches(resource_schema(token).inputs, path.split("."))


def _reaches(schema: ObjectSchema, path: list[str]) -> bool:
    known = schema.properties.get(path[0])
    if known is None or len(path) == 1:
        return known is not None
    return any(_reaches(inner, path[1:]) for inner in _objects(known.type))


def _objects(type_: Type) -> Iterator[ObjectSchema]:
    for option in (type_, *type_.options, *([type_.item] if type_.item else [])):
        if option.fields:
            yield option.fields


def _fields(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def _texts(outputs: dict[str, object]) -> list[str]:
    return [value for value in outputs.values() if isinstance(value, str)]


def _token(package: str, key: str) -> str:
    name = key.split("/")[1]
    return f"{package}:{key}:{name[0].upper()}{name[1:]}"
