"""From the machine a spec wishes for to the one its cloud sells in the stack's region."""

from __future__ import annotations

from typing import Literal

from components.base import Component
from components.catalog import Machine as Sold
from components.catalog import Wish, resolve
from components.fields import Machine

__all__ = ["pick", "wish"]


def wish(machine: Machine) -> Wish:
    """The catalogue's form of a spec's machine."""
    return Wish(
        cpu=machine.cpu,
        memory_gib=machine.memory.gib if machine.memory else None,
        accelerator=machine.accelerator,
        count=machine.count,
        gpu_memory_gib=machine.gpu_memory.gib if machine.gpu_memory else None,
        machine_type=machine.type,
        max_usd_per_hour=machine.max_usd_per_hour,
    )


def pick(component: Component, machine: Machine, use: Literal["training", "hosting"], *, spot: bool = False) -> Sold:
    """
    The cheapest machine that grants the wish where the component runs.

    Raises:
        NoMachine: The cloud sells none there; the message names the nearest.
    """
    region = component.context.place.region
    return resolve(wish(machine), component.cloud, region, use, spot=spot)
