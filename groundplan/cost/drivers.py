"""What makes one stack dearer than another of the same blueprint: the components that differ, and their machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Driver", "Pick", "drivers", "leading"]

HOUR = "machine-hour"


@dataclass(frozen=True)
class Pick:
    """
    What one stack has of a component.

    Attributes:
        cloud, region: Where the stack is.
        expected: Of the component, a month.
        partial: Whether something of the component has no price, so that `expected` is the least it can be.
        item: The machine that it came to, or what is dearest of it where it has none; "" where nothing is paid.
        of_item: What of `expected` is paid for it.
        is_machine: Whether it is a machine.
        unit: What `each` is the price of: `machine-hour`.
        each: Price of a unit, as spot where spot is asked for and its price is known; None where it is not known.
        basis: Of that price: `listed`, `derived` or `unknown`.
    """

    cloud: str
    region: str
    expected: float
    partial: bool
    item: str
    of_item: float
    is_machine: bool
    unit: str
    each: float | None
    basis: str


@dataclass(frozen=True)
class Driver:
    """A component, and what each stack has of it, in the order of the plans."""

    component: str
    picks: tuple[Pick, ...]

    @property
    def difference(self) -> float:
        """Between the dearest and the cheapest stack, a month."""
        amounts = [pick.expected for pick in self.picks]
        return max(amounts) - min(amounts)

    def as_json(self) -> dict[str, Any]:
        """As documents have it."""
        return {
            "component": self.component,
            "difference": round(self.difference, 2),
            "picks": [asdict(p) for p in self.picks],
        }


def drivers(plans: Sequence[Mapping[str, Any]]) -> list[Driver]:
    """
    The components by how much they differ, the largest difference first.

    Args:
        plans: Documents of one blueprint, in one currency.
    """
    names = dict.fromkeys(part["name"] for plan in plans for part in plan["cost"]["components"])
    found = [Driver(name, tuple(_pick(plan, name) for plan in plans)) for name in names]
    return sorted(found, key=lambda driver: (-driver.difference, driver.component))


def leading(found: Sequence[Driver]) -> list[Driver]:
    """
    Those to tell first: the one that differs most, and the first whose machines differ where it has none.

    Args:
        found: As `drivers` gives them.
    """
    differing = [driver for driver in found if driver.difference > 0]
    by_machine = [driver for driver in differing if any(pick.is_machine for pick in driver.picks)]
    return list(dict.fromkeys([*differing[:1], *by_machine[:1]]))


def _pick(plan: Mapping[str, Any], name: str) -> Pick:
    part = next((part for part in plan["cost"]["components"] if part["name"] == name), None)
    rows = part["rows"] if part else []
    owned = {resource["urn"] for resource in plan["resources"] if resource["component"] == name}
    row = max(rows, key=lambda r: (r["unit"] == HOUR, r["amount"] or 0), default=None)
    return Pick(
        cloud=plan["cloud"],
        region=plan["region"],
        expected=part["monthly"]["expected"] if part else 0.0,
        partial=any(entry["urn"] in owned for entry in plan["cost"]["unknown"]),
        item=row["item"] if row else "",
        of_item=sum(r["amount"] or 0 for r in rows if row and r["item"] == row["item"]),
        is_machine=bool(row) and row["unit"] == HOUR,
        unit=row["unit"] if row else "",
        each=row["unit_price"] if row else None,
        basis=row["basis"] if row else "",
    )
