"""Machines whose network cards write into each other's memory, for the trainings that ask for nothing less."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from components.base import Component
from components.catalog import Machine as Sold
from components.catalog import NoMachine, machines
from components.fields import Machine
from components.machine import offers, runnable

__all__ = ["Adapter", "check_interconnect", "linked"]


@dataclass(frozen=True)
class Adapter:
    """
    What such machines of a cloud have.

    Attributes:
        name: Of the adapter or network.
        source: Where the cloud says which machines have it.
        on: Whether a machine has it, by the cloud's name of the machine.
    """

    name: str
    source: str
    on: Callable[[str], bool]


def check_interconnect(interconnect: str | None, nodes: int) -> None:
    """
    See that there is something between which it could be.

    Raises:
        ValueError: There is one machine.
    """
    if interconnect and nodes == 1:
        raise ValueError(
            f"interconnect: {interconnect} is between machines, and nodes is 1. Write nodes: 2 or more, or leave"
            " interconnect out."
        )


def linked(
    component: Component, wanted: Machine, adapter: Adapter, *, spot: bool, runtime: str | None = None
) -> list[Sold]:
    """
    Machines that grant the wish, run the image of the runtime, and have the adapter, cheapest first.

    Raises:
        NoMachine: None has; the message names the nearest that does.
    """
    offered = offers(
        component, wanted, "training", spot=spot, runtimes=[runtime], among=lambda machine: adapter.on(machine.name)
    )
    found = [machine for machine in offered if adapter.on(machine.name)]
    if not found:
        raise NoMachine(_none(component, offered[0], adapter, runtime))
    return found


def _none(component: Component, cheapest: Sold, adapter: Adapter, runtime: str | None) -> str:
    region = component.context.place.region
    said = f"{component.label} has interconnect: rdma, and {cheapest.name} has no {adapter.name} ({adapter.source})."
    sold = [m for m in machines(component.cloud, region) if "training" in m.uses and adapter.on(m.name)]
    known = runnable(component, sold, [runtime], "training")
    if not known:
        return f"{said} No machine known in {region} has. Take another region, or leave interconnect out."
    nearest = min(known, key=lambda machine: _distance(cheapest, machine))
    return (
        f"{said} The nearest is {nearest}. Write machine: {{accelerator: {nearest.accelerator}, count:"
        f" {nearest.accelerator_count}}}, or leave interconnect out."
    )


def _distance(asked: Sold, other: Sold) -> tuple[bool, float, float, str]:
    """The same card first, then the card of the next memory, then the price."""
    memory = abs((other.gpu_memory_gib or 0) - (asked.gpu_memory_gib or 0))
    return other.accelerator != asked.accelerator, memory, other.usd_per_hour or float("inf"), other.name
