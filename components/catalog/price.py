"""What an hour of a machine costs."""

from __future__ import annotations

from components.catalog.machines import Machine

__all__ = ["hourly"]


def hourly(machine: Machine, *, spot: bool = False) -> float | None:
    """
    USD an hour for one machine, or None where that is unknown.

    Args:
        machine: The machine.
        spot: The price as spot or low priority. SageMaker publishes none, so it is None there: at most
            the on-demand price.
    """
    return machine.spot_usd_per_hour if spot else machine.usd_per_hour
