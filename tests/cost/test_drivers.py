"""What drives a difference: the component that differs most, and what each stack has of it."""

from __future__ import annotations

from typing import Any

from groundplan.cost.drivers import drivers, leading


def _row(item: str, amount: float | None, unit: str = "machine-hour", each: float | None = 0.5) -> dict[str, Any]:
    return {"urn": f"urn::{item}", "item": item, "amount": amount, "unit": unit, "unit_price": each, "basis": "listed"}


def _plan(cloud: str, region: str, unknown: tuple[str, ...] = (), **parts: list[dict[str, Any]]) -> dict[str, Any]:
    components = [
        {"name": name, "monthly": {"expected": round(sum(row["amount"] or 0 for row in rows), 2)}, "rows": rows}
        for name, rows in parts.items()
    ]
    resources = [{"urn": row["urn"], "component": name} for name, rows in parts.items() for row in rows]
    cost = {"components": components, "unknown": [{"urn": f"urn::{item}"} for item in unknown]}
    return {"cloud": cloud, "region": region, "resources": resources, "cost": cost}


def test_the_component_that_differs_most_comes_first_with_its_machines():
    """
    What is the same everywhere drives nothing, however dear it is.
    """
    here = _plan("aws", "us-east-1", ground=[_row("nat", 900.0, "h")], scorer=[_row("big", 100.0, each=1.0)])
    there = _plan("gcp", "us-east4", ground=[_row("nat", 900.0, "h")], scorer=[_row("small", 60.0, each=0.25)])

    first, *rest = drivers([here, there])

    assert ("scorer", 40.0) == (first.component, first.difference)
    assert [("aws", "big", 1.0), ("gcp", "small", 0.25)] == [(p.cloud, p.item, p.each) for p in first.picks]
    assert [first] == leading([first, *rest])


def test_machines_are_told_even_where_something_else_differs_more():
    """
    A network may drive the difference; the machines are what a team can choose.
    """
    here = _plan("aws", "us-east-1", ground=[_row("nat", 300.0, "h")], scorer=[_row("big", 100.0)])
    there = _plan("aws", "eu-west-1", ground=[_row("nat", 100.0, "h")], scorer=[_row("big", 120.0)])

    assert ["ground", "scorer"] == [driver.component for driver in leading(drivers([here, there]))]


def test_a_machine_is_named_before_what_is_dearer_beside_it():
    """
    Of a component with machines it is the machine, with its share; rows of one machine count together.
    """
    rows = [_row("big", 30.0), _row("big", 20.0), _row("processed data", 80.0, "GiB")]
    (driver,) = drivers([_plan("aws", "us-east-1", scorer=rows), _plan("gcp", "us-east4")])

    machine, nothing = driver.picks
    assert ("big", 50.0, 130.0, True) == (machine.item, machine.of_item, machine.expected, machine.is_machine)
    assert ("", 0.0, False) == (nothing.item, nothing.expected, nothing.is_machine)


def test_an_unknown_price_makes_a_part_a_lower_bound():
    """
    A machine without a price is still named, and its component's month is told to be partial.
    """
    dark = _plan("azure", "eastus", unknown=("odd",), scorer=[_row("odd", None, each=None)])
    (driver,) = drivers([dark, _plan("aws", "us-east-1", scorer=[_row("big", 10.0)])])

    assert ("odd", None, True) == (driver.picks[0].item, driver.picks[0].each, driver.picks[0].partial)
    assert not driver.picks[1].partial


def test_stacks_that_cost_the_same_have_nothing_to_tell():
    """
    No difference, no driver.
    """
    same = _plan("aws", "us-east-1", scorer=[_row("big", 10.0)])

    assert [] == leading(drivers([same, same]))
