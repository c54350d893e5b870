"""The stack that docs/cost-aws.md reckons by hand is what the tool says, row by row and in sum."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from blueprints import load
from components.base import Cloud
from components.catalog.tables import sources
from groundplan.plan import document
from groundplan.target import Target, offline_place

ROOT = Path(__file__).parents[2]
CELLS = 8
HALF = 0.00005
"""What an amount of four decimals is off at most."""


@dataclass(frozen=True)
class Reckoned:
    """A line of the page, which may be of several of the tool's rows."""

    component: str
    item: str
    quantity: float
    unit: str
    each: float
    usd: float
    source: str

    def is_of(self, component: str, row: dict[str, Any]) -> bool:
        """Whether the tool's row is part of it."""
        return component == self.component and fnmatchcase(row["item"], self.item)


def _lines() -> list[list[str]]:
    page = (ROOT / "docs" / "cost-aws.md").read_text("utf-8")
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]
    return [cells for cells in lines if len(cells) == CELLS]


def _reckoned() -> list[Reckoned]:
    found = [cells for cells in _lines() if re.fullmatch(r"[0-9.]+", cells[3])]
    return [Reckoned(c[0], c[1], float(c[3]), c[4], float(c[5]), float(c[6]), c[7]) for c in found]


@cache
def _cost() -> dict[str, Any]:
    source = load(ROOT / "blueprints" / "minimal.yaml")
    place = offline_place(Cloud.AWS, [])
    target = Target(source, source.resolve("prod", Cloud.AWS), "prod", Cloud.AWS, place, "2026-11", "")
    return document.plan(target)["cost"]


def _rows() -> list[tuple[str, dict[str, Any]]]:
    return [(part["name"], row) for part in _cost()["components"] for row in part["rows"]]


@pytest.mark.parametrize("line", _reckoned(), ids=lambda line: line.item)
def test_a_line_is_what_the_tool_reckons(line):
    """
    Quantity, unit, price, amount and source are the same, and the amount is the product.
    """
    mine = [row for component, row in _rows() if line.is_of(component, row)]

    assert mine
    assert line.quantity == pytest.approx(sum(row["quantity"] for row in mine), abs=1e-6)
    assert {(line.unit, line.each)} == {(row["unit"], row["unit_price"]) for row in mine}
    assert line.usd == pytest.approx(sum(row["amount"] for row in mine), abs=1e-6)
    assert line.usd == pytest.approx(line.quantity * line.each, abs=1.01 * HALF)
    assert {row["source"] for row in mine} == {sources()[line.source].what}


def test_each_row_of_the_tool_is_in_one_line():
    """
    Nothing is left out of the page, and nothing is in it twice.
    """
    lines = _reckoned()

    assert {} == {
        (component, row["item"]): found
        for component, row in _rows()
        if len(found := [line.item for line in lines if line.is_of(component, row)]) != 1
    }


def test_the_sum_is_the_tool_s():
    """
    To the cent, and the total that the page names.
    """
    (total,) = [cells[6].strip("*") for cells in _lines() if cells[0] == "**Total**"]

    assert float(total) == _cost()["monthly"]["expected"] == round(sum(line.usd for line in _reckoned()), 2)
    assert [] == _cost()["unknown"]
