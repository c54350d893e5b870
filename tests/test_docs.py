"""The docs say what the code does: generated parts are in step, commands and links exist."""

import re
from pathlib import Path

import pytest
import typer.main

from groundplan.cli.app import app
from scripts import docs

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("path", docs.written(), ids=lambda p: p.name)
def test_generated_parts_are_in_step(path):
    """
    Running `python scripts/docs.py` would change nothing.
    """
    assert docs.written()[path] == path.read_text("utf-8")


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
