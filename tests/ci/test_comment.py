"""The comment as a reviewer sees it."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from blueprints import parse
from components.base import Cloud
from groundplan.ci.base import Repository
from groundplan.ci.changes import Broken, Change
from groundplan.ci.comment import LONGEST, MARKER, comment
from groundplan.ci.delta import Cost, Input, Step
from groundplan.ci.findings import Told
from groundplan.ci.links import linked
from groundplan.ci.report import Report, StackReport
from groundplan.target import Target, offline_place
from policies.judge import Finding
from policies.rule import Level
from policies.waivers import Waived
from tests.ci.conftest import BLUEPRINT

HOSTILE = (
    "<img src=x onerror=alert(1)> </details> **b** [l](https://e.example) ![i](https://e.example/i.png) `` ` | @octocat"
    " #1 https://e.example www.e.example <!-- groundplan --> \n\n# h\n\n- i \u202e"
)


@pytest.fixture(name="stack", scope="module")
def _stack():
    """A changed stack, whose every text is an attempt to be taken for markup."""
    source = parse(BLUEPRINT, "shop.yaml")
    target = Target(source, source.resolve("dev", "aws"), "dev", Cloud.AWS, offline_place(Cloud.AWS, []), "2026-11")
    changed = Input(HOSTILE, old=HOSTILE[:40], new=HOSTILE[40:80])
    step = Step("update", "urn:x", HOSTILE, HOSTILE, HOSTILE, (changed,))
    finding = Finding("GP-X-001", Level.MANDATORY, "high", f"urn::{HOSTILE}", "t", HOSTILE, HOSTILE, HOSTILE)
    waived = Waived("GP-X-001", "*", HOSTILE, "me", date(2030, 1, 1))
    told = [Told(finding, "new", HOSTILE, 3), Told(replace(finding, waived=waived), "still", "a.yaml", 3)]
    month = {"min": 1.0, "expected": 1.0, "max": 2.0}
    return StackReport(
        change=Change("shop.yaml", target, target),
        status="changed",
        steps=(step, replace(step, action="create"), replace(step, action="delete", protected=True)),
        cost=Cost(month, month, frozenset(), frozenset({("urn:x", HOSTILE)})),
        findings=tuple(told),
        note=HOSTILE,
        moved=(HOSTILE, HOSTILE),
        left_alone=((HOSTILE, HOSTILE),),
    )


def _report(*stacks, broken=()):
    return Report(Repository(Path("/r"), HOSTILE, "0" * 40, Path("/r")), stacks, tuple(broken), ())


def test_nothing_of_a_blueprint_is_taken_for_markup(stack):
    """
    Names, values, messages and reasons are shown as they are: no HTML, link, image, heading or mention comes of them.
    """
    problem = parse(BLUEPRINT, HOSTILE).problem("dev", "aws", ("owner",), HOSTILE)
    text = comment(_report(stack, broken=[Broken(HOSTILE, (problem,))]), linked(None, {}))
    page = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)

    assert text.startswith(f"{MARKER}\n")
    assert 1 == text.count("\n<details") == text.count("\n</details>")
    for wrong in (
        "<img",
        "onerror=alert(1)>",
        'href="https://e.example',
        'src="',
        "<strong>b</strong>",
        "<h1>",
        "\u202e",
    ):
        assert wrong not in page
    outside_code = "".join(part.split("</code>")[-1] for part in re.sub(' href="[^"]*"', "", page).split("<code>"))
    for alive in ("@octocat", "#1 ", "https://e.example", "www.e.example"):
        assert alive not in outside_code


def test_a_table_keeps_its_columns(stack):
    """
    The row of a stack has the nine cells of its head.
    """
    page = MarkdownIt("gfm-like", {"linkify": False}).render(comment(_report(stack), linked(None, {})))

    assert 9 == page.count("<th ") == page.count("<td ")


def test_a_comment_is_never_too_long(stack):
    """
    However much changes, the comment fits, its head is whole, and it says what is left out.
    """
    many = replace(stack, steps=tuple(replace(stack.steps[0], name=f"r{n}", type=f"t{n}") for n in range(2000)))
    problem = parse(BLUEPRINT).problem("dev", "aws", ("owner",), HOSTILE)
    broken = [Broken(f"{n}.yaml", (problem,) * 500) for n in range(50)]
    text = comment(_report(*[many] * 400, broken=broken), linked("https://example.com/" + "x" * 100, {}))

    assert 30_000 < len(text) <= LONGEST
    assert "280 more stacks change." in text
    assert "47 more blueprint(s) have errors." in text
    assert "stack(s) are left out, as a comment can't be longer" in text
    assert 1 < text.count("\n<details") == text.count("\n</details>")


@pytest.mark.parametrize(
    ("base", "environment", "link"),
    [
        (None, {}, "ml/a%20b.yaml#L12"),
        ("https://example.com/x/", {}, "https://example.com/x/ml/a%20b.yaml#L12"),
        (
            None,
            {"GITHUB_REPOSITORY": "o/r", "GITHUB_SHA": "abc", "GITHUB_SERVER_URL": "https://ghe.example.com"},
            "https://ghe.example.com/o/r/blob/abc/ml/a%20b.yaml#L12",
        ),
        (
            None,
            {"CI_PROJECT_URL": "https://gitlab.com/o/r", "CI_COMMIT_SHA": "abc"},
            "https://gitlab.com/o/r/-/blob/abc/ml/a%20b.yaml#L12",
        ),
        (
            None,
            {"BUILD_REPOSITORY_URI": "https://o@dev.azure.com/o/p/_git/r", "BUILD_SOURCEVERSION": "abc"},
            "https://dev.azure.com/o/p/_git/r?path=/ml/a%20b.yaml&version=GCabc"
            "&line=12&lineEnd=13&lineStartColumn=1&lineEndColumn=1",
        ),
        (
            None,
            {
                "BUILD_REPOSITORY_URI": "https://github.com/o/r.git",
                "BUILD_SOURCEVERSION": "abc",
                "BUILD_REPOSITORY_PROVIDER": "GitHub",
            },
            "https://github.com/o/r/blob/abc/ml/a%20b.yaml#L12",
        ),
    ],
    ids=["relative", "given", "GitHub", "GitLab", "Azure Repos", "Azure Pipelines of GitHub"],
)
def test_links_lead_to_the_line_at_the_commit(base, environment, link):
    """
    Links are relative, or as the CI's environment or --url-base says.
    """
    assert link == linked(base, environment)("ml/a b.yaml", 12)


def test_a_new_stack_is_told_by_component(repo, ci):
    """
    A new stack does not fill the comment with every input: its components say what is created.
    """
    repo.write(BLUEPRINT.replace("name: shop", "name: spare"), "spare.yaml")
    ran = ci("--env", "dev")

    assert "- `foundation`: " in ran.out
    assert " created: `" in ran.out
    assert "Cost: $" in ran.out
    assert "a month now, \N{EN DASH} before." in ran.out
    assert "1 stack(s) differ from main" in ran.err
