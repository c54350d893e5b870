"""What every rule does with what keeps it, breaks it, is not set, or is not known yet."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from pulumi_policy import proxy

from blueprints.schema import schema
from policies.pack import rules
from policies.resource import Resource, Stack
from policies.rule import Absent, Check, Rule, StackCheck
from policies.settings import Settings
from policies.values import plain

CHECKS = [(rule, kind, check) for rule in rules() for kind, check in rule.checks.items()]
ACROSS = [(rule, check) for rule in rules() for check in rule.across]
URN = "urn:pulumi:s::p::{kind}::r"
every_check = pytest.mark.parametrize(("rule", "kind", "check"), CHECKS, ids=[f"{r.id}-{k}" for r, k, _ in CHECKS])
every_stack_check = pytest.mark.parametrize(("rule", "check"), ACROSS, ids=[r.id for r, _ in ACROSS])


def environments(rule: Rule) -> list[Settings]:
    """A rule may be for production alone, or for all but it."""
    return [Settings.model_validate({**rule.tried_with, "environment": name}) for name in ("dev", "prod")]


def said(rule: Rule, kind: str, inputs: Mapping[str, Any]) -> list[list[str]]:
    """What the rule says of the inputs, in dev and in prod."""
    resource = Resource(URN.format(kind=kind), kind, plain(inputs), name="r")
    return [[b.message for b in rule.breaches(resource, settings)] for settings in environments(rule)]


def without(inputs: Any, path: str) -> Any:
    """The inputs without what stands at a path, `*` being every item."""
    head, _, rest = path.partition(".")
    found = copy.deepcopy(inputs)
    if isinstance(found, list):
        return [without(item, rest) if rest else item for item in found]
    if not isinstance(found, dict) or (head not in found and head != "*"):
        return found
    keys = list(found) if head == "*" else [head]
    for key in keys:
        if rest:
            found[key] = without(found[key], rest)
        else:
            del found[key]
    return found


def unknown(inputs: Any, path: str) -> list[Any]:
    """The inputs with something unknown at the path, and above it, one after the other."""
    head, _, rest = path.partition(".")
    made = []
    if isinstance(inputs, list) and inputs:
        hidden = unknown(inputs[0], rest) if rest else [proxy.UNKNOWN_STRING_VALUE]
        made += [[inner, *inputs[1:]] for inner in hidden]
    elif isinstance(inputs, dict):
        key = next(iter(inputs), "") if head == "*" else head
        made.append({**inputs, key: proxy.UNKNOWN_STRING_VALUE})
        if rest and key in inputs:
            made += [{**inputs, key: inner} for inner in unknown(inputs[key], rest)]
    return made


@every_check
def test_what_keeps_the_rule_passes(rule: Rule, kind: str, check: Check):
    """
    Good inputs break nothing, in any environment, as plain data or as the engine's proxies.
    """
    assert [[], []] == said(rule, kind, check.passes)
    assert [[], []] == said(rule, kind, proxy.unknown_checking_proxy(dict(check.passes)))


@every_check
def test_a_wrong_value_fails(rule: Rule, kind: str, check: Check):
    """
    Each bad value breaks the rule in some environment, the same for plain data and for the engine's proxies.
    """
    assert check.fails or check.absent is Absent.FAILS
    for inputs in check.fails:
        found = said(rule, kind, inputs)
        assert any(found), inputs
        assert found == said(rule, kind, proxy.unknown_checking_proxy(copy.deepcopy(dict(inputs))))


@every_check
def test_what_is_not_set_is_the_clouds_default(rule: Rule, kind: str, check: Check):
    """
    Inputs that are not set fail where the cloud's default is not what the rule wants, and only there.
    """
    inputs = check.passes
    for path in check.reads:
        inputs = without(inputs, path)

    assert (check.absent is Absent.FAILS) == any(said(rule, kind, inputs))


@every_check
def test_what_is_unknown_fails_nothing(rule: Rule, kind: str, check: Check):
    """
    An input that is not known before `up` may still be right.
    """
    for path in check.reads:
        for inputs in unknown(check.passes, path):
            assert [[], []] == said(rule, kind, inputs), (path, inputs)


@every_check
def test_a_remedy_mends(rule: Rule, kind: str, check: Check):
    """
    With the remedy in place, nothing is broken any more.
    """
    for path, value in check.remedy.items():
        for inputs in check.fails:
            mended = copy.deepcopy(dict(inputs))
            holder = mended
            *above, last = path.split(".")
            for key in above:
                holder = holder.setdefault(key, {})
            holder[last] = value
            if len(check.reads) == 1:
                assert [[], []] == said(rule, kind, mended)


def stacked(rule: Rule, check: StackCheck, resources: tuple[Resource, ...]) -> list[list[str]]:
    """What the rule says of resources together, in dev and in prod."""
    stack = Stack(resources, check.estimate)
    return [[b.urn for b in check.run(stack, settings)] for settings in environments(rule)]


@every_stack_check
def test_resources_keep_or_break_a_rule_together(rule: Rule, check: StackCheck):
    """
    Good stacks break nothing; bad ones name a resource of theirs, unless they lack one altogether.
    """
    assert [[], []] == stacked(rule, check, check.passes)
    found = stacked(rule, check, check.fails)
    assert any(found)
    assert {urn for urns in found for urn in urns} <= {"", *(r.urn for r in check.fails)}
    assert {r.type for r in (*check.passes, *check.fails)} >= set(check.types)


@every_stack_check
def test_a_stack_whose_values_are_unknown_breaks_no_more(rule: Rule, check: StackCheck):
    """
    Before `up` a stack may know none of its values: what is joined by them is joined by its dependencies.
    """
    hidden = tuple(
        Resource(
            r.urn,
            r.type,
            plain(dict.fromkeys(r.inputs, proxy.UNKNOWN_STRING_VALUE)),
            r.name,
            r.parent,
            r.protect,
            r.dependencies,
            r.property_dependencies,
        )
        for r in check.passes
    )
    assert [[], []] == stacked(rule, check, hidden)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_says_what_it_is_for(rule: Rule):
    """
    Demand, why and fix are sentences; the source is a page; and it looks at something.
    """
    for text in (rule.demand, rule.why, rule.fix):
        assert text.endswith(".")
        assert text[0].isupper()
    assert rule.source.startswith("https://")
    assert rule.types
    assert json.dumps(rule.external)


def fields(language: Mapping[str, Any], node: Any, seen: set[str]) -> set[str]:
    """The names of everything that can be written, at any depth, but for what is not built."""
    if isinstance(node, list):
        return {name for inner in node for name in fields(language, inner, seen)}
    if not isinstance(node, dict) or "deprecationMessage" in node or node.get("$ref") in seen:
        return set()
    found = fields(language, [inner for key, inner in node.items() if key != "definitions"], seen)
    if "$ref" in node:
        seen.add(node["$ref"])
        found |= fields(language, language["definitions"][node["$ref"].rpartition("/")[2]], seen)
    return found | set(node.get("properties", {}))


def test_a_fix_names_what_a_blueprint_can_hold():
    """
    What a rule says to write is a field of the language, of a section that is built.
    """
    told = {rule.id: re.findall(r"Write (\w+): (?:\{(\w+): )?", rule.fix) for rule in rules()}
    wanted = {rule: {name for names in found for name in names if name} for rule, found in told.items()}

    known = fields(language := schema(), language, set())
    assert {} == {rule: names - known for rule, names in wanted.items() if names - known}
    assert sum(map(bool, wanted.values())) > 5
