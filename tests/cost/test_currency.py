"""Amounts in another currency: at the rate that is given, from unrounded rows; a document keeps its US dollars."""

from __future__ import annotations

import copy

import pytest
from rich.console import Console

from groundplan.cost.currency import Currency, in_currency, with_currency
from groundplan.report import render
from groundplan.report.costs import explained, month
from groundplan.report.tables import compare_table, cost_table, plan_table
from tests.report.sample import plan

EURO = Currency("EUR", 0.9)


def _priced():
    made = plan("aws")
    row = {
        "urn": "u",
        "item": "m",
        "quantity": 3,
        "unit": "h",
        "told": "",
        "when": "use",
        "unit_price": 0.0145,
        "basis": "listed",
        "source": "s",
        "date": "2026",
        "note": "",
        "amount": 0.0435,
        "low": 0.0,
        "high": 0.1045,
    }
    made["cost"] = {
        "currency": "USD",
        "monthly": {"min": 0.0, "expected": 0.04, "max": 0.1},
        "idle_monthly": 10.0,
        "unknown": [],
        "components": [
            {
                "name": "training/net",
                "monthly": {"min": 0.0, "expected": 0.04, "max": 0.1},
                "rows": [row, {**row, "amount": None, "low": None, "high": None, "unit_price": None}],
            }
        ],
    }
    return made


def test_what_is_shown_is_converted_from_the_rows():
    """
    Totals are sums of rows at the rate, not a rounded sum at the rate; what has no price still has none.
    """
    cost = in_currency(_priced(), EURO)["cost"]

    assert ("EUR", 0.9) == (cost["currency"], cost["rate"])
    assert pytest.approx(0.0435 * 0.9) == cost["monthly"]["expected"] == cost["components"][0]["monthly"]["expected"]
    assert pytest.approx(9.0) == cost["idle_monthly"]
    assert [pytest.approx(0.03915), None] == [row["amount"] for row in cost["components"][0]["rows"]]


def test_a_document_keeps_us_dollars_and_has_the_others_beside():
    """
    `--json` has the same amounts with a currency as without; `converted` has totals and the rate.
    """
    made = _priced()
    cost = with_currency(made, EURO)["cost"]

    converted = cost.pop("converted")
    assert made["cost"] == cost
    assert ("EUR", 0.9, 0.04, 9.0) == (
        converted["currency"],
        converted["rate"],
        converted["monthly"]["expected"],
        converted["idle_monthly"],
    )
    assert ["training/net"] == [part["name"] for part in converted["components"]]


def test_without_a_currency_nothing_is_changed():
    """
    No option, no difference.
    """
    made = _priced()

    assert made == in_currency(copy.deepcopy(made), None) == with_currency(copy.deepcopy(made), None)


@pytest.mark.parametrize(
    "table",
    [plan_table, lambda made: cost_table([made]), lambda made: compare_table([made]), month, explained],
    ids=["plan", "cost", "compare", "month", "explained"],
)
def test_every_table_says_the_rate(table, capsys):
    """
    An amount in euros is told with the rate that made it, once; in dollars there is no rate to tell.
    """
    shown = {}
    for currency in (EURO, None):
        console = Console(width=120)
        console.print(table(in_currency(_priced(), currency)))
        shown[currency] = capsys.readouterr().out

    assert 1 == shown[EURO].count("1 USD = 0.9 EUR")
    assert "€" in shown[EURO]
    assert "€" not in shown[None]
    assert "1 USD" not in shown[None]


def test_the_page_says_the_rate():
    """
    The page that goes round in a review has the amounts in the currency, and the rate once.
    """
    page = render([in_currency(_priced(), EURO)])

    assert 1 == page.count("1 USD = 0.9 EUR")
    assert "€" in page
    assert "1 USD" not in render([_priced()])
