"""The docs say what the code does: generated parts are in step, commands and links exist."""

import re
from pathlib import Path

import pytest
import typer.main

from blueprints import parse
from groundplan.cli.app import app
from scripts import docs

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("path", docs.WRITTEN, ids=lambda p: p.name)
def test_generated_parts_are_in_step(path):
    """
    Running `python scripts/docs.py` would change nothing.
    """
    assert docs.WRITTEN[path]() == path.read_text("utf-8")


def test_the_readme_s_blueprint_is_good():
    """
    The blueprint that the README shows validates in every environment on every cloud.
    """
    (text,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)

    assert [] == parse(text).check()


def test_the_readme_s_errors_are_what_the_tool_says():
    """
    The README's blueprint with four slips in it gives the errors that the README shows.
    """
    page = (ROOT / "README.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.S)
    slips = {
        "max_run: 4h": "max_run: 4",
        "model: fraud-xgb": "model: fraud-xbg",
        "{min: 1, max: 10": "{min: 12, max: 10",
        "rollout:": "rolout:",
    }
    for right, wrong in slips.items():
        text = text.replace(right, wrong)

    said = [str(problem) for problem in parse(text, "fraud.yaml").check()]
    assert said
    assert "\n".join(said) in page


def test_every_command_is_in_the_readme():
    """
    A command that the README does not show is a command nobody finds.
    """
    text = (ROOT / "README.md").read_text("utf-8")
    commands = typer.main.get_command(app).commands  # pyright: ignore[reportAttributeAccessIssue]

    assert [] == [n for n, c in commands.items() if not c.hidden and not re.search(rf"groundplan [a-z\\|]*{n}\b", text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    """
    A relative link in the docs is a file of the repository.
    """
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)[^)]*\)", page.read_text("utf-8"))

    assert [] == [link for link in links if not (page.parent / link).exists()]
