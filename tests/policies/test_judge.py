"""The verdict: levels, waivers, rules that err, and values of every form."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from pulumi_policy import proxy
from pulumi_policy.secret import Secret

from policies.checks import must_equal
from policies.judge import EXPIRED, UNUSED, judge
from policies.resource import Resource
from policies.rule import Check, Level, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, SECRET, UNKNOWN, look, plain, walk, word
from policies.waivers import Waived

KIND = "aws:sagemaker/notebookInstance:NotebookInstance"
RULE = Rule(
    id="GP-SEC-999",
    demand="A notebook is closed.",
    why="It is open otherwise.",
    fix="Close it.",
    source="https://example.com",
    severity=Severity.HIGH,
    levels={"dev": Level.ADVISORY},
    checks={KIND: must_equal("directInternetAccess", "Disabled", wrong="Enabled")},
)
HOME = Resource("urn:pulumi:s::p::groundplan:aws:Endpoint::scorer", "groundplan:aws:Endpoint", {}, name="scorer")
OPEN = Resource(f"urn:pulumi:s::p::groundplan:aws:Endpoint${KIND}::lab", KIND, {}, name="lab", parent=HOME.urn)
PROD = Settings(environment="prod", today="2026-11-21")
WAIVER = Waived(RULE.id, "endpoints/scorer", "load test until launch", "risk-ml", date(2027, 1, 31))


def test_a_finding_says_where_and_what_to_do():
    """
    A finding names rule, component, property, what is there and how to mend it.
    """
    (found,) = judge([HOME, OPEN], PROD, [RULE])

    assert found.as_json() == {
        "rule": "GP-SEC-999",
        "level": "mandatory",
        "severity": "high",
        "urn": OPEN.urn,
        "type": KIND,
        "property": "directInternetAccess",
        "message": "directInternetAccess is not set",
        "fix": "Close it.",
        "external": [],
        "component": "endpoints/scorer",
        "waived": None,
    }
    assert found.fails


@pytest.mark.parametrize(
    ("settings", "levels"),
    [
        (Settings(environment="prod"), ["mandatory"]),
        (Settings(environment="dev"), ["advisory"]),
        (Settings(environment="staging"), ["advisory"]),
        (Settings(environment="live", levels={RULE.id: "advisory"}), ["advisory"]),
        (Settings(environment="prod", levels={RULE.id: "disabled"}), []),
        (Settings(environment="eu", productionEnvironments=["eu"]), ["mandatory"]),
    ],
)
def test_levels_go_by_environment_and_then_by_choice(settings, levels):
    """
    A rule has its level of the environment, unless the team chose another one.
    """
    assert levels == [str(f.level) for f in judge([OPEN], settings, [RULE])]


@pytest.mark.parametrize("pattern", ["endpoints/scorer", "endpoints/*", "lab", "*", OPEN.urn])
def test_a_waiver_keeps_a_finding_from_failing(pattern):
    """
    What a waiver covers is still told, with its reason, owner and day, and fails nothing.
    """
    (found,) = judge([HOME, OPEN], PROD, [RULE], [replace(WAIVER, resource=pattern)])

    assert found.as_json()["waived"] == {"reason": WAIVER.reason, "owner": "risk-ml", "until": "2027-01-31"}
    assert not found.fails


def test_a_waiver_holds_through_its_last_day_and_no_longer():
    """
    On its last day a waiver holds; a day later the rule fails again, and so does the waiver.
    """
    last = Settings(environment="prod", today="2027-01-31")
    after = Settings(environment="prod", today="2027-02-01")

    assert [False] == [f.fails for f in judge([HOME, OPEN], last, [RULE], [WAIVER])]
    assert {(RULE.id, True), (EXPIRED, True)} == {
        (f.rule, f.fails) for f in judge([HOME, OPEN], after, [RULE], [WAIVER])
    }


def test_a_waiver_that_covers_nothing_is_told():
    """
    A waiver of nothing is left over from something: it is a finding that fails nothing.
    """
    closed = replace(OPEN, inputs={"directInternetAccess": "Disabled"})

    (found,) = judge([HOME, closed], PROD, [RULE], [WAIVER])

    assert (UNUSED, "advisory", "waivers[0]") == (found.rule, str(found.level), found.path)


def _raises(resource: Resource, _settings: Settings) -> list:
    raise KeyError(resource.at("password"))


def test_a_rule_that_errs_is_told_and_ends_nothing():
    """
    An error within a rule is an advisory finding with its id, without the values that it held, and others still run.
    """
    check = Check(run=_raises, reads=(), passes={}, fails=(), absent=RULE.checks[KIND].absent)
    broken = replace(RULE, id="GP-SEC-998", checks={KIND: check})
    resource = replace(OPEN, inputs={"password": "hunter2"})

    found = {f.rule: f for f in judge([HOME, resource], PROD, [broken, RULE])}

    assert {"GP-SEC-998", "GP-SEC-999"} == set(found)
    assert not found["GP-SEC-998"].fails
    assert "KeyError" in found["GP-SEC-998"].message
    assert "hunter2" not in found["GP-SEC-998"].message


SIGNED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (proxy.UNKNOWN_STRING_VALUE, UNKNOWN),
        (SIGNED, SECRET),
        ({"secret": True}, SECRET),
        (Secret("hunter2"), SECRET),
        ({"a": None, "__defaults": ["b"], "c": [{"d": 1.0}]}, {"c": [{"d": 1.0}]}),
        (proxy.unknown_checking_proxy({"a": [proxy.UNKNOWN_NUMBER_VALUE, "b"]}), {"a": [UNKNOWN, "b"]}),
    ],
)
def test_values_of_every_form_are_read_the_same(given, expected):
    """
    Plan, state, engine and proxies say secret and unknown each in their own way; rules see one.
    """
    assert expected == plain(given)


def test_what_is_within_the_unknown_is_unknown():
    """
    Paths lead through lists, and stop at what can't be looked at.
    """
    inputs = plain({"a": proxy.UNKNOWN_OBJECT_VALUE, "b": [{"c": "x"}, {"c": SIGNED}], "e": {}})

    assert UNKNOWN is look(inputs, "a.b.c")
    assert "x" == look(inputs, "b.0.c")
    assert ABSENT is look(inputs, "b.7.c")
    assert [("b.0.c", "x"), ("b.1.c", SECRET)] == list(walk(inputs, "b.*.c"))
    assert [("a", UNKNOWN)] == list(walk(inputs, "a.*.c"))
    assert [] == list(walk(inputs, "e.*.c"))


def test_a_message_never_shows_a_secret():
    """
    Secrets are named as such, and long texts are cut.
    """
    assert "a secret" == word(SECRET)
    assert len(word("x" * 5000)) < 70
    assert ["true", "5", "2 keys"] == [word(True), word(5.0), word({"a": 1, "b": 2})]
