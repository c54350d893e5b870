"""From a wish to the cheapest machine that grants it, on a cloud, in a region, for a use."""

from __future__ import annotations

from dataclasses import replace

from components.catalog.accelerators import Accelerator, accelerator, accelerators
from components.catalog.explain import why_none, why_not_named
from components.catalog.families import is_outdated
from components.catalog.machines import Machine, attached, elsewhere, machines, named
from components.catalog.price import hourly
from components.catalog.regions import region as known_region
from components.catalog.wish import Use, Wish

__all__ = ["NoMachine", "candidates", "resolve"]


class NoMachine(ValueError):
    """The cloud has no machine that grants the wish; the message names the nearest and what to write."""


def resolve(wish: Wish, cloud: str, region: str, use: Use, spot: bool = False) -> Machine:
    """
    The cheapest machine that grants the wish.

    Burstable machines (`ml.t3`) are taken only by name: a job would slow down once their credits are spent. Those of
    families that newer ones have replaced (`n1`) come after all others. A machine whose price is unknown comes after
    every machine with a price; equal prices go by size, then by name, so that the same wish always means the same
    machine.

    Args:
        wish: What the machine must have.
        cloud: `aws`, `gcp` or `azure`.
        region: Region of that cloud.
        use: `training` or `hosting`: the services take different machines for each.
        spot: Compare prices as spot or low priority where they are known, else on-demand ones.

    Raises:
        NoRegion: The cloud has no such region.
        NoMachine: None grants the wish.
    """
    found = candidates(wish, cloud, region, use, spot)
    if not found:
        raise NoMachine(_explain(wish, cloud, region, use))
    return found[0]


def candidates(wish: Wish, cloud: str, region: str, use: Use, spot: bool = False) -> list[Machine]:
    """
    Every machine that grants the wish, as `resolve` prefers them; empty where there is none.

    Raises:
        NoRegion: The cloud has no such region.
        NoMachine: The wish names an accelerator nobody knows, or `kubernetes`, whose machines are the
            cluster's own.
    """
    if cloud == "kubernetes":
        raise NoMachine(
            f"kubernetes sells no machines: {wish} is for its scheduler to place on the cluster's own nodes. "
            "Ask for resources there, not for a machine."
        )
    known_region(cloud, region)
    offered = _named(wish, cloud, region, use) if wish.machine_type else machines(cloud, region)
    return sorted((m for m in offered if _grants(m, wish, use)), key=lambda m: _rank(m, spot))


def _named(wish: Wish, cloud: str, region: str, use: Use) -> tuple[Machine, ...]:
    """Machines of the name the wish gives; on GCP with the GPUs it asks for attached to an n1."""
    found = named(cloud, wish.machine_type or "", region)
    if cloud != "gcp" or not found:
        return found
    if not wish.is_gpu:
        plain = tuple(m for m in found if m.accelerator is None)
        return plain or found
    if any(_has_cards(m, wish) for m in found):
        return found
    base = replace(found[0], accelerator=None, accelerator_count=0)
    cards = (a.name for a in _wanted(wish.accelerator)) if wish.accelerator else accelerators()
    return tuple(m for card in cards if (m := attached(base, card, wish.count, use)))


def _grants(machine: Machine, wish: Wish, use: str) -> bool:
    """Whether the machine has all that is asked; of a machine named outright only what is known is held against it."""
    is_named = wish.machine_type is not None
    if use not in machine.uses and (machine.uses or not is_named):
        return False
    if machine.is_burstable and not is_named:
        return False
    bare = is_named and machine.vcpus is None
    if not bare and not (
        (machine.vcpus or 0) >= (wish.cpu or 0) and (machine.memory_gib or 0) >= (wish.memory_gib or 0)
    ):
        return False
    if wish.max_usd_per_hour is not None and not _within(machine, wish.max_usd_per_hour):
        return False
    if wish.is_gpu:
        return _has_cards(machine, wish) or (bare and not machine.accelerator and machine.cloud != "gcp")
    return machine.accelerator is None or is_named


def _has_cards(machine: Machine, wish: Wish) -> bool:
    card = accelerators().get(machine.accelerator or "")
    if card is None or machine.accelerator_count != wish.count:
        return False
    if wish.accelerator is not None and card not in _wanted(wish.accelerator):
        return False
    if wish.gpu_memory_gib is None:
        return True
    if wish.accelerator is None and card.vendor != "nvidia":
        return False
    return (machine.gpu_memory_gib or 0) >= wish.gpu_memory_gib


def _wanted(spelling: str) -> tuple[Accelerator, ...]:
    try:
        return accelerator(spelling)
    except ValueError as unknown:
        raise NoMachine(str(unknown)) from None


def _within(machine: Machine, cap: float) -> bool:
    return machine.usd_per_hour is not None and machine.usd_per_hour <= cap


def _rank(machine: Machine, spot: bool) -> tuple[bool, bool, float, int, float, float, str]:
    price = hourly(machine, spot=spot) if spot else None
    price = machine.usd_per_hour if price is None else price
    key = (machine.name, machine.accelerator_type, machine.accelerator_count)
    unpriced = price is None
    guess = elsewhere(machine.cloud).get(key, float("inf")) if unpriced else price
    vcpus, memory = machine.vcpus or 0, machine.memory_gib or 0
    return (is_outdated(machine), unpriced, guess, machine.accelerator_count, vcpus, memory, machine.name)


def _explain(wish: Wish, cloud: str, region: str, use: Use) -> str:
    if wish.machine_type and not any(use in m.uses or not m.uses for m in named(cloud, wish.machine_type, region)):
        return why_not_named(wish, cloud, region, use)
    uncapped = replace(wish, max_usd_per_hour=None)
    affordable = candidates(uncapped, cloud, region, use) if wish.max_usd_per_hour else []
    return why_none(wish, cloud, region, use, affordable)
