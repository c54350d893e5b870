"""The worksheet of docs/cost-azure.md, which was made by hand, holds against the tool: row by row, and in its sum."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from components.catalog.tables import sources
from groundplan.testing.planned import plan_blueprint

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cost-azure.md"
CENT = 0.01
ROUNDED = 5.1e-5
"""Half of a hundredth of a cent, to which each amount is rounded."""


@cache
def _cost() -> dict[str, Any]:
    return plan_blueprint(ROOT / "blueprints" / "minimal.yaml", "prod", "azure").document["cost"]


def _worksheet() -> list[dict[str, str]]:
    sheet = PAGE.read_text("utf-8").partition("## Worksheet")[2]
    head, _, *body = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in sheet.splitlines() if line.startswith("|")
    ]
    return [dict(zip(head, cells, strict=True)) for cells in body]


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _decimals(text: str) -> float:
    """Half a unit of the last decimal that is shown."""
    return 0.500001 * 10.0 ** -len(text.partition(".")[2])


def _rows(told: dict[str, str]) -> list[dict[str, Any]]:
    """The tool's lines that a row of the page stands for."""
    parts = [part["rows"] for part in _cost()["components"] if part["name"] == told["component"]]
    return [row for rows in parts for row in rows if fnmatchcase(row["item"], told["line"])]


def test_each_line_of_the_tool_is_in_the_worksheet_once():
    """
    The page leaves no line out, has none that the tool has not, and counts none twice.
    """
    found = [(row["urn"], row["item"]) for told in _worksheet() for row in _rows(told)]

    made = [(row["urn"], row["item"]) for part in _cost()["components"] for row in part["rows"]]
    assert sorted(made) == sorted(found)
    assert len(made) > 30


@pytest.mark.parametrize("told", _worksheet(), ids=lambda told: told["line"])
def test_a_row_of_the_worksheet_is_what_the_tool_says(told):
    """
    Quantity, unit, price, source and amount of each row made by hand are those of the tool's lines.
    """
    rows = _rows(told)

    assert int(told["times"]) == len(rows)
    for row in rows:
        assert row["quantity"] == pytest.approx(_number(told["quantity"]), abs=_decimals(told["quantity"]))
        assert (told["unit"], _number(told["USD a unit"])) == (row["unit"], row["unit_price"])
        # a machine has the key of its source, and a service what it is
        assert row["source"] == sources()[told["source"]].what
    assert sum(row["amount"] for row in rows) == pytest.approx(_number(told["USD"]), abs=ROUNDED)
    product = int(told["times"]) * _number(told["quantity"]) * _number(told["USD a unit"])
    assert product == pytest.approx(_number(told["USD"]), abs=CENT / 10)


def test_the_worksheet_adds_up_to_the_tool_s_figure():
    """
    The sum of the amounts made by hand is the expected month to the cent; the page tells its bounds, too.
    """
    month, text = _cost()["monthly"], PAGE.read_text("utf-8")

    assert month["expected"] == round(sum(_number(told["USD"]) for told in _worksheet()), 2)
    assert f"**{month['expected']:.2f} USD**" in text
    assert f"{month['min']:.2f} USD for its machines" in text
    assert f"{month['max']:.2f} USD." in text
    assert [] == _cost()["unknown"]
