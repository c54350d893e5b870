"""The SARIF that code scanning reads."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.ci.conftest import BLUEPRINT
from tests.ci.test_gate import DEAR, WAIVER

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_text("utf-8"))


@pytest.fixture(name="log")
def _log(repo, ci):
    """`log("--env", "dev")`: the SARIF of the command, which is valid."""

    def run(*words):
        ci("--sarif", "out/a.sarif", *words)
        made = json.loads((repo.folder / "out" / "a.sarif").read_text("utf-8"))
        jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(made)
        return made["runs"][0]

    return run


def test_a_finding_is_at_the_line_of_the_blueprint(repo, log):
    """
    A violation points at the line that asks for the component, with its rule, level, and a print that no line is in.
    """
    repo.change(*DEAR)
    run = log("--env", "dev")
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]

    assert ("GP-COST-901", "error") == (result["ruleId"], result["level"])
    assert ("shop.yaml", 9) == (place["artifactLocation"]["uri"], place["region"]["startLine"])
    assert "shop-dev-aws: budget: " in result["message"]["text"]
    assert ("GP-COST-901", "https://example.com/rule") == (rule["id"], rule["helpUri"])
    assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
    assert "error" == rule["defaultConfiguration"]["level"]

    repo.change("owner: ml-team\n", "\nowner: ml-team\n")
    (moved,) = log("--env", "dev")["results"]
    assert moved["partialFingerprints"] == result["partialFingerprints"]
    assert 10 == moved["locations"][0]["physicalLocation"]["region"]["startLine"]


def test_stacks_that_share_a_line_are_told_apart(repo, log):
    """
    The same violation in two stacks is two alerts, though it is one line.
    """
    repo.change(*DEAR)
    repo.change("prod: {}", "qa: {budget: {monthly_usd: 800}}")
    prints = [r["partialFingerprints"]["primaryLocationLineHash"] for r in log()["results"]]

    assert 2 == len(prints) == len(set(prints))


def test_a_waived_finding_is_suppressed(repo, log):
    """
    A waiver is a suppression with its reason, in the source where the blueprint has it.
    """
    repo.change(*DEAR)
    repo.write((repo.folder / "shop.yaml").read_text("utf-8") + WAIVER)
    (result,) = log("--env", "dev")["results"]

    (suppression,) = result["suppressions"]
    assert ("inSource", "accepted") == (suppression["kind"], suppression["status"])
    assert "load test until launch" in suppression["justification"]


def test_errors_of_a_blueprint_are_results(repo, log):
    """
    What is wrong with a blueprint is an error at its line and column.
    """
    repo.write(BLUEPRINT.replace("model: churn", "model: chrun"), "my blueprints/shop.yaml")
    result = log("--env", "dev")["results"][0]
    place = result["locations"][0]["physicalLocation"]

    assert ("blueprint-error", "error") == (result["ruleId"], result["level"])
    assert "my%20blueprints/shop.yaml" == place["artifactLocation"]["uri"]
    assert 7 == place["region"]["startLine"]


def test_no_change_is_a_good_log_of_nothing(log):
    """
    Where nothing changes, the log has no result, so that code scanning closes what it had.
    """
    assert [] == log()["results"]
