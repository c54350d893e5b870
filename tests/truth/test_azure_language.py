"""The reader of workflow expressions that other tests stand on does what Logic Apps does."""

import pytest

from tests.truth.azure_language import BadExpression, Environment, evaluate, parse


def world() -> Environment:
    return Environment({"here": "eu"}, {"image": "a:1", "deep": {"er": None}})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("@@plain", "@plain"),
        ("a@b", "a@b"),
        ("x @@{y}", "x @{y}"),
        ("in @{parameters('here')}!", "in eu!"),
        ("@parameters('here')", "eu"),
        ("@concat('it''s ', 3)", "it's 3"),
        ("@triggerBody()?['deep']?['er']?['est']", None),
        ("@if(equals(1, 2), 'one', 'other')", "other"),
        ("@string(json('{\"a\": [1, true]}'))", '{"a":[1,true]}'),
        ("@{json('true')}", "True"),
        ("@utcNow('yyMMddHHmmss')", "261121093000"),
        ("@addSeconds(utcNow(), 90)", "2026-11-21T09:31:30.0000000Z"),
        ("@sub(ticks(addSeconds(utcNow(), 1)), ticks(utcNow()))", 10_000_000),
    ],
)
def test_text_and_expressions_are_told_apart(text, value):
    """
    `@` starts an expression, `@{}` stands in text, `@@` is an `@`; what is not there is null only with `?`.
    """
    assert value == evaluate(text, world())


@pytest.mark.parametrize(
    "text",
    [
        "@triggerBody()['none']",
        "@parameters('there')",
        "@nosuch(1)",
        "@concat('a'",
        "@concat('a',, 'b')",
        "@{concat('a')",
        "@substring('abc', 2, 5)",
        "@json('{')",
        "@concat('a', json('{}'))",
    ],
)
def test_what_logic_apps_refuses_is_refused(text):
    """
    An expression that is misspelt, or asks for what is not there, fails and never comes to an empty value.
    """
    with pytest.raises(BadExpression):
        evaluate(text, world())


def test_both_branches_are_evaluated():
    """
    `if` looks at both of its values, so a definition must not lean on one being left alone.
    """
    with pytest.raises(BadExpression):
        evaluate("@if(true, 'fine', substring('', 0, 1))", world())


def test_nothing_may_follow_an_expression():
    """
    Text after an expression is an error, not dropped.
    """
    with pytest.raises(BadExpression, match="too much"):
        parse("guid() guid()")
