"""The JUnit XML that GitLab, Azure Pipelines and Jenkins show."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from tests.ci.conftest import BLUEPRINT
from tests.ci.test_gate import DEAR, WAIVER


@pytest.fixture(name="schema", scope="module")
def _schema():
    """The schema of Ant's JUnit task."""
    return xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit-ant.xsd")


@pytest.fixture(name="suites")
def _suites(repo, ci, schema):
    """`suites("--env", "dev")`: the suites that the command writes, by name, in a valid document."""

    def run(*words):
        ci("--junit", "out/a.xml", *words)
        schema.validate(repo.folder / "out" / "a.xml")
        root = ET.parse(repo.folder / "out" / "a.xml").getroot()  # noqa: S314 - our own
        return {suite.get("name"): suite for suite in root}

    return run


def _outcomes(suite):
    return {case.get("name"): next((child.tag for child in case), "passed") for case in suite}


def test_a_rule_that_looked_is_a_case(repo, suites):
    """
    A stack is a suite; a rule that found nothing passes, one that is broken fails with the line.
    """
    repo.change(*DEAR)
    suite = suites("--env", "dev")["shop-dev-aws"]

    cases = {name: outcome for name, outcome in _outcomes(suite).items() if name}
    assert {"GP-COST-901 budget limitAmount": "failure", "GP-GOV-902 GP-GOV-902 is kept.": "passed"} == cases
    assert ("2", "1", "0") == (suite.get("tests"), suite.get("failures"), suite.get("skipped"))
    assert "shop.yaml:9: the limit is 550" in str(suite.findtext("testcase/failure"))


def test_what_does_not_gate_does_not_fail(repo, suites):
    """
    Advisory and waived findings are skipped cases that say so.
    """
    repo.change(*DEAR)
    repo.change("owner: ml-team\n", "owner: other-team\n")
    repo.write((repo.folder / "shop.yaml").read_text("utf-8") + WAIVER)
    suite = suites("--env", "dev")["shop-dev-aws"]

    said = [skipped.get("message", "") for skipped in suite.iter("skipped")]
    assert ("0", "2") == (suite.get("failures"), suite.get("skipped"))
    assert any(text.startswith("waived until 2999-01-31 by ml-team") for text in said)
    assert any(text.startswith("advisory: ") for text in said)


def test_errors_of_a_blueprint_are_errors(repo, suites):
    """
    A blueprint with errors is a suite of its own, with an error for each.
    """
    repo.write(BLUEPRINT.replace("model: churn", "model: chrun"))
    suite = suites("--env", "dev")["shop.yaml"]

    assert ("1", "1") == (suite.get("tests"), suite.get("errors"))
    assert "shop.yaml:7" in str(suite.findtext("testcase/error"))


def test_no_change_is_a_good_document(suites):
    """
    Where nothing changes the document is valid, and has no suite.
    """
    assert {} == suites()
