"""The hand-made worksheet of docs/cost-gcp.md holds against the tool: row by row, and in its sum."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from components.catalog.tables import sources
from groundplan.testing import plan_blueprint

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cost-gcp.md"


@cache
def _cost() -> dict[str, Any]:
    return plan_blueprint(ROOT / "blueprints" / "minimal.yaml", "prod", "gcp").document["cost"]


def _worksheet() -> list[dict[str, str]]:
    """Rows of the table of docs/cost-gcp.md."""
    sheet = PAGE.read_text("utf-8").partition("## Worksheet")[2]
    table = [line for line in sheet.splitlines() if line.startswith("|")]
    head, _, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return [dict(zip(head, cells, strict=True)) for cells in body]


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _shown(text: str) -> float:
    """Half a unit of the last decimal that is shown."""
    return 0.5000001 * 10.0 ** -len(text.partition(".")[2])


def test_the_worksheet_has_each_line_of_the_tool():
    """
    The page's hand-made table and the tool's rows are the same, row by row.
    """
    made: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for part in _cost()["components"]:
        for row in part["rows"]:
            made.setdefault((part["name"], row["item"]), []).append(row)
    known = sources()

    worksheet = _worksheet()
    assert sorted(made) == sorted((row["component"], row["line"]) for row in worksheet)
    for told in worksheet:
        rows = made[told["component"], told["line"]]
        assert len(rows) == int(told["times"]), told
        for row in rows:
            assert abs(row["quantity"] - _number(told["quantity"])) <= _shown(told["quantity"]), told
            assert (row["unit"], row["unit_price"]) == (told["unit"], _number(told["USD a unit"])), told
            assert row["source"] == known[told["source"]].what, told
        assert sum(row["amount"] for row in rows) == pytest.approx(_number(told["USD"]), abs=5e-5), told


def test_the_worksheet_adds_up_to_the_tool_s_figure():
    """
    The sum of the page's amounts, each the product of its own factors, is the expected month to the cent.
    """
    cost, worksheet = _cost(), _worksheet()

    for row in worksheet:
        product = int(row["times"]) * _number(row["quantity"]) * _number(row["USD a unit"])
        assert product == pytest.approx(_number(row["USD"]), abs=2e-4), row
    total = sum(_number(row["USD"]) for row in worksheet)
    assert cost["monthly"]["expected"] == round(total, 2)
    assert f"**{cost['monthly']['expected']:.2f} USD**" in PAGE.read_text("utf-8")
    assert [] == cost["unknown"]
