"""The line of a blueprint that a finding is about."""

from __future__ import annotations

from blueprints import Blueprint, parse
from blueprints.shape import Place
from components.base import Cloud
from policies.origin import Origin
from policies.pack import rules
from tests.blueprints.blueprint_text import FULL

OVERLAID = FULL.replace(
    "  prod: {}\n",
    """\
  prod:
    endpoints:
      scorer:
        scale: {max: 4}
""",
)


def place(component: str, *fields: str, environment: str = "prod") -> str:
    """The line that it leads to, without its indentation."""
    file, line = Origin(parse(OVERLAID, "b.yaml"), environment, Cloud.AWS).place(component, fields)
    assert "b.yaml" == file
    return OVERLAID.splitlines()[line - 1].strip()


def test_a_field_of_an_overlay_is_where_the_overlay_has_it():
    """
    A reviewer is led to the line that a change is made on, in each environment to its own.
    """
    assert "scale: {max: 4}" == place("endpoints/scorer", "scale.max")
    assert "endpoints: {scorer: {scale: {max: 1}}}" == place("endpoints/scorer", "scale.max", environment="dev")


def test_the_nearest_field_that_is_written_is_the_place():
    """
    A default stands in no file: then what is around it, and at last the component, is where to write it.
    """
    assert "scale: {max: 4}" == place("endpoints/scorer", "scale.step", "scale")
    assert "scorer:" == place("endpoints/scorer", "scale.step")
    assert "scorer:" == place("endpoints/scorer")


def test_a_field_of_the_blueprint_is_where_it_is_written():
    """
    Without an overlay's word it is the blueprint's own.
    """
    assert "machine: {cpu: 4, memory: 16GiB}" == place("training/fit", "machine")


def test_a_field_of_the_blueprint_itself_is_found_from_any_component():
    """
    What one word at the top decides for all components is changed there.
    """
    assert "budget: {monthly_usd: 1000}" == place("endpoints/scorer", "/budget.monthly_usd")
    assert "budget: {monthly_usd: 100}" == place("endpoints/scorer", "/budget.monthly_usd", environment="dev")
    assert "scorer:" == place("endpoints/scorer", "/labels.expires", "/labels")


def test_fields_of_a_rule_are_of_the_language():
    """
    A field that no section has would never be found, and all findings of its rule would point at components.
    """
    language = Place.of(Blueprint)
    sections = sorted({*Blueprint.model_fields} - {"environments", "overrides"})

    def known(field: str) -> bool:
        if field.startswith("/"):
            return bool(language.at(tuple(field.removeprefix("/").split("."))))
        within = [(section, *name, *field.split(".")) for section in sections for name in ((), ("some",))]
        return any(language.at(path) for path in within)

    fields = [(rule.id, field) for rule in rules() for field in rule.fields]
    assert [] == [(rule, field) for rule, field in fields if not known(field)]
    assert len(fields) > 15
    assert not known("scale.mni")
    assert not known("/scale.min")
