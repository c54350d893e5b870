"""Tables for a terminal: whole words, at any usual width, and plain text when piped."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console, RenderableType

from groundplan.report import compare_table, cost_table, parity_table, plan_table
from tests.report.sample import plan, plans


def _shown(table: RenderableType, width: int = 120, *, terminal: bool = False) -> str:
    stream = io.StringIO()
    colours = "standard" if terminal else "auto"
    Console(file=stream, width=width, force_terminal=terminal, color_system=colours).print(table)
    return stream.getvalue()


def _words(text: str) -> set[str]:
    return set(re.findall(r"\S+", text))


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(
    "table",
    [
        plan_table(plan()),
        plan_table(plan("azure"), full=True),
        parity_table(plans()),
        cost_table(plans()),
        compare_table(plans()),
    ],
    ids=["plan", "full", "parity", "cost", "compare"],
)
def test_a_pipe_gets_plain_lines_that_fit(table: RenderableType, width: int) -> None:
    """No colour code, no line beyond the width, nothing cut with an ellipsis."""
    text = _shown(table, width)
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text


def test_a_terminal_gets_colour() -> None:
    """What is missing is red where colours are shown."""
    assert "\x1b[31mmissing" in _shown(parity_table(plans()), terminal=True)


@pytest.mark.parametrize("width", [80, 120])
def test_plan_names_each_component_with_count_cost_and_kinds(width: int) -> None:
    """The short table says what a component is made of and costs."""
    text = _shown(plan_table(plan()), width)
    for component in {str(r["component"]) for r in plan()["resources"]}:
        assert component in _words(text)
    (line,) = [line for line in text.splitlines() if "endpoints/scorer" in line]
    assert line.split()[1:3] == ["8", "$322"]
    assert "EndpointConfiguration," in text
    assert "87 resources in 10 components, 21 protected from deletion, at least $584 a month" in text


def test_a_long_kind_is_broken_between_its_words() -> None:
    """At 80 columns the longest type of AWS takes two lines, split before a capital."""
    text = _shown(plan_table(plan()), 80)
    assert "BucketServerSideEncryption  " in text
    assert " Configuration, 13 VpcEndpoint," in text


def test_full_lists_every_resource() -> None:
    """Nothing is left out when all is asked for."""
    one = plan("azure")
    words = _words(_shown(plan_table(one, full=True), 80))
    names = {r["name"] for r in one["resources"] if not r["type"].startswith("groundplan:")}
    assert names <= words


def test_parity_gives_each_answer_and_the_reason_once() -> None:
    """Each feature asked for has a word a cloud; a reason shared by clouds is told once."""
    text = _shown(parity_table(plans()))
    (line,) = [line for line in text.splitlines() if line.startswith(" monitoring: bias  ")]
    assert line.split()[2:] == ["substitute", "missing", "missing"]
    assert "substitute on AWS: a processing job (The service has no such setting" in text
    assert "missing on Google Cloud, Azure: The service" in text
    assert "max price" not in text


def test_parity_without_promises_says_so() -> None:
    """An empty table would look like a fault."""
    one = plan()
    one["parity"] = []
    assert "No promise is stated" in _shown(parity_table([one]))


def test_cost_states_lower_bounds_and_names_what_has_no_price() -> None:
    """A sum with an unknown in it says `at least`, and the unknown is listed per cloud."""
    text = _shown(cost_table(plans()), 80)
    (total,) = [line for line in text.splitlines() if "Total a month" in line]
    assert re.findall(r"at least \$\d+", total) == ["at least $584", "at least $663", "at least $843"]
    (foundation,) = [line for line in text.splitlines() if line.startswith(" foundation")]
    assert foundation.count("no price yet") == 2
    assert "interface endpoint: AWS (13), Google Cloud (13)" in text
    assert "$0" not in text


def test_compare_puts_size_cost_and_parity_side_by_side() -> None:
    """One table answers how much, how dear and how equal."""
    lines = _shown(compare_table(plans()), 80).splitlines()

    def row(start: str) -> str:
        (line,) = [line for line in lines if line.startswith(f" {start}")]
        return line[len(start) + 1 :].strip()

    assert row("endpoints/scorer").split() == ["8,", "$322", "8,", "$281", "8,", "$366"]
    assert row("All resources").split() == ["87", "87", "87"]
    assert row("Asked for: missing").split() == ["0", "3", "2"]
    assert row("Findings").split() == ["0", "0", "0"]


def test_brackets_in_a_name_are_no_style() -> None:
    """A name such as `[red]` is shown, not obeyed."""
    one = plan()
    one["blueprint"] = "[bold red]fraud[/]"
    for resource in one["resources"]:
        resource["name"] = f"[red]{resource['name']}"
        resource["component"] = "[link=x]all"
    text = _shown(plan_table(one, full=True), terminal=True)
    assert "[bold red]fraud[/]" in text
    assert "[red]network" in text
    assert "[link=x]all" in text
    assert "\x1b[31m" not in text


def test_a_control_character_does_not_reach_the_terminal() -> None:
    """A name can't move the cursor or clear the screen."""
    one = plan()
    one["blueprint"] = "fraud\x1b[2J\x07"
    one["resources"][1]["name"] = "net\x1b]0;owned\x07"
    for text in (_shown(plan_table(one, full=True)), _shown(compare_table([one]))):
        assert "\x1b" not in text
        assert "\x07" not in text
