"""`check` and `explain` as a person runs them."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import ROOT

STATE = {
    "version": 3,
    "deployment": {
        "resources": [
            {
                "urn": "urn:pulumi:lab-prod::ml::pulumi:providers:aws::default",
                "type": "pulumi:providers:aws",
                "id": "p1",
                "inputs": {"region": "eu-west-1"},
            },
            {
                "urn": "urn:pulumi:lab-prod::ml::aws:sagemaker/notebookInstance:NotebookInstance::lab",
                "type": "aws:sagemaker/notebookInstance:NotebookInstance",
                "custom": True,
                "id": "lab",
                "provider": "urn:pulumi:lab-prod::ml::pulumi:providers:aws::default::p1",
                "inputs": {"__defaults": ["name"], "directInternetAccess": "Enabled", "instanceType": "ml.t3.medium"},
            },
        ]
    },
}


def test_a_strangers_state_is_judged(groundplan, folder):
    """
    The state of any stack gives findings, worst first, and exit code 1 where a mandatory rule is broken.
    """
    (folder / "state.json").write_text(json.dumps(STATE), encoding="utf-8")

    ran = groundplan("check", "--state", "state.json")
    document = json.loads(groundplan("check", "--state", "state.json", "--json").out)

    assert 1 == ran.code
    assert (
        "lab-prod: GP-SEC-001 mandatory (high): lab: directInternetAccess is 'Enabled'; it must be 'Disabled'"
        in ran.out
    )
    found = next(f for f in document["findings"] if f["rule"] == "GP-SEC-001")
    assert ("lab-prod", None, "directInternetAccess") == (found["stack"], found["blueprint"], found["property"])


def test_a_plan_has_the_blueprints_verdict(groundplan, folder):
    """
    A plan's file and the blueprint it was made of give the same findings.
    """
    config = {"gp-settings": {"requiredLabels": ["cost-centre"]}}
    (folder / "strict.json").write_text(json.dumps(config), encoding="utf-8")
    plan = groundplan("plan", "minimal.yaml", "--cloud", "aws", "--json").out
    (folder / "plan.json").write_text(plan, encoding="utf-8")

    of_plan = json.loads(groundplan("check", "--plan", "plan.json", "--config", "strict.json", "--json").out)
    ran = groundplan("check", "minimal.yaml", "--env", "dev", "--cloud", "aws", "--config", "strict.json", "--json")

    found = json.loads(ran.out)["findings"]
    assert found
    assert all(f["blueprint"]["file"] == "minimal.yaml" and f["blueprint"]["line"] > 0 for f in found)
    assert [{**f, "blueprint": None} for f in found] == of_plan["findings"]


def test_a_waiver_in_the_blueprint_holds(groundplan, folder):
    """
    A waived breach is told with its reason and fails nothing; once the day is over, it fails again.
    """
    config = {"gp-gov-001": "mandatory", "gp-settings": {"requiredLabels": ["cost-centre"]}}
    (folder / "strict.json").write_text(json.dumps(config), encoding="utf-8")
    waiver = "waivers: [{{rule: GP-GOV-001, reason: no cost centres yet, owner: ml, until: {}}}]\n"
    text = (folder / "minimal.yaml").read_text("utf-8")
    codes = {}
    for day in ("2999-01-31", "2020-01-31"):
        (folder / "waived.yaml").write_text(text + waiver.format(day), encoding="utf-8")
        ran = groundplan("check", "waived.yaml", "--cloud", "aws", "--pack", "governance", "--config", "strict.json")
        codes[day] = (
            ran.code,
            "Waived until 2999-01-31 by ml: no cost centres yet" in ran.out,
            "GP-GOV-018" in ran.out,
        )

    assert {"2999-01-31": (0, True, False), "2020-01-31": (1, False, True)} == codes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check"], "name blueprints, or --plan FILE, or --state FILE"),
        (["check", "minimal.yaml", "--state", "x.json"], "name blueprints, or --plan FILE, or --state FILE"),
        (["check", "--state", "none.json"], "none.json can't be read"),
        (["check", "--state", "minimal.yaml"], "minimal.yaml is not JSON"),
        (["check", "--plan", "list.json"], "list.json is no plan"),
        (["check", "--state", "list.json"], "list.json is no state of a stack"),
        (["check", "--plan", "half.json"], "half.json is no whole plan"),
        (["check", "--state", "odd.json"], "odd.json is no state of a stack"),
        (["check", "minimal.yaml", "--pack", "secruity"], "Write security."),
        (["check", "minimal.yaml", "--config", "list.json"], "list.json: not a mapping"),
        (["check", "minimal.yaml", "--config", "level.json"], "gp-sec-001: 'loud' is no level. Write one of mandatory"),
        (["check", "minimal.yaml", "--config", "rule.json"], "gp-sec-9: no such rule"),
        (["check", "minimal.yaml", "--config", "setting.json"], "gp-settings.maxRunHours"),
        (["check", "minimal.yaml", "--env", "prdo"], "prdo"),
        (["explain", "GP-SEC-01"], "is no rule. Write one such as GP-SEC-0"),
    ],
)
def test_bad_input_is_one_clear_line(groundplan, folder, words, said):
    """
    What can't be judged is told in one line, with what to give instead, and exit code 2.
    """
    files = {
        "list.json": [],
        "half.json": {"schema": "groundplan.plan/1"},
        "odd.json": {"deployment": {"resources": ["x"]}},
        "level.json": {"gp-sec-001": "loud"},
        "rule.json": {"gp-sec-9": "advisory"},
        "setting.json": {"gp-settings": {"maxRunHours": "long"}},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")

    ran = groundplan(*words)

    assert 2 == ran.code
    assert said in ran.err
    assert 1 == len(ran.err.strip().splitlines())


def test_explain_shows_what_passes_and_what_fails(groundplan):
    """
    A rule is explained with its demand, reason, way out, source, and a snippet of each kind.
    """
    ran = groundplan("explain", "gp-sec-001")
    document = json.loads(groundplan("explain", "GP-SEC-001", "--json").out)

    for shown in ("GP-SEC-001", "Why: ", "Fix: ", "https://", "passes:", "fails:", "directInternetAccess: Disabled"):
        assert shown in ran.out
    assert {"directInternetAccess": "Disabled"} == document["types"][0]["passes"]


def test_explain_lists_all_rules(groundplan):
    """
    Without a rule, all are listed; with a pack, its own.
    """
    every = json.loads(groundplan("explain", "--json").out)
    cost = json.loads(groundplan("explain", "--pack", "cost", "--json").out)

    assert {"security", "cost", "reliability", "governance"} == {rule["pack"] for rule in every}
    assert {"cost"} == {rule["pack"] for rule in cost}


def test_the_packs_can_be_loaded_by_themselves():
    """
    Each pack is a folder that Pulumi takes: a project file, and a program.
    """
    for pack in ("", "security", "cost", "reliability", "governance"):
        folder = ROOT / "policies" / pack
        assert (folder / "PulumiPolicy.yaml").exists()
        assert (folder / "__main__.py").exists()
