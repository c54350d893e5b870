"""Why no machine grants a wish, and which come nearest."""

from __future__ import annotations

from components.catalog.accelerators import accelerator, accelerators
from components.catalog.machines import Machine, kinds, machines, named
from components.catalog.nearest import nearest
from components.catalog.tables import rows
from components.catalog.wish import Use, Wish

__all__ = ["why_none", "why_not_named"]

MOST = 3  # machines or names in one message
MOST_REGIONS = 6


def why_not_named(wish: Wish, cloud: str, region: str, use: Use) -> str:
    """Why the machine named outright cannot be had, and the names nearest to it."""
    name = wish.machine_type or ""
    valid = named(cloud, name, region)
    if valid:
        other = " and ".join(sorted(valid[0].uses)) or "no use the catalogue has proof of"
        close = nearest(name, (m.name for m in machines(cloud, region) if use in m.uses))
        return f"{cloud} takes {valid[0].name} for {other}, not for {use}{_or(close)}"
    known = [m.name for m in kinds(cloud).values()]
    known += [r["machine_type"] for r in rows("names") if r["cloud"] == cloud]
    return f"{cloud} has no machine '{name}'{_or(nearest(name, dict.fromkeys(known)))}"


def why_none(wish: Wish, cloud: str, region: str, use: Use, affordable: list[Machine]) -> str:
    """
    Why nothing in the region grants the wish.

    Args:
        wish: What was asked.
        cloud: Name of the cloud.
        region: Name of the region.
        use: `training` or `hosting`.
        affordable: Machines that would grant the wish but for its highest price.
    """
    if affordable:
        priced = [m for m in affordable if m.usd_per_hour is not None]
        if not priced:
            what = f"the price of {affordable[0].name} in {region} is unknown, so the cap cannot be held"
            return f"{cloud} for {use}: {what}. Leave max_usd_per_hour out."
        return (
            f"{cloud} has no {wish} in {region} for {use}; the cheapest that would do: "
            f"{', '.join(map(str, priced[:MOST]))}. Write max_usd_per_hour: {_up(priced[0].usd_per_hour or 0)} or more."
        )
    start = f"{cloud} has no {wish} in {region} for {use}"
    offered = [m for m in machines(cloud, region) if use in m.uses]
    if wish.is_gpu:
        return f"{start}; {_nearest_cards(wish, offered)}{_elsewhere(wish, cloud, use)}{_any_card(wish)}"
    ranked = sorted(
        (m for m in offered if m.accelerator is None), key=lambda m: (_short(m, wish), m.usd_per_hour or 1e9, m.name)
    )
    return f"{start}; nearest: {', '.join(map(str, ranked[:MOST]))}. Ask for less, or for more nodes."


def _nearest_cards(wish: Wish, offered: list[Machine]) -> str:
    """One machine for each of the nearest accelerators, the wished one in other counts first."""
    wanted = {a.name for a in accelerator(wish.accelerator)} if wish.accelerator else set()
    memory = wish.gpu_memory_gib or min((accelerators()[n].memory_gib or 0 for n in wanted), default=0)

    def distance(m: Machine) -> tuple[bool, float, float, bool, float, str]:
        memory_gap = abs((m.gpu_memory_gib or 0) - memory)
        count_gap = float(abs(m.accelerator_count - wish.count))
        is_wanted = m.accelerator in wanted
        first, second = (count_gap, memory_gap) if is_wanted else (memory_gap, count_gap)
        return (not is_wanted, first, second, m.usd_per_hour is None, m.usd_per_hour or 0, m.name)

    found: dict[str, Machine] = {}
    for m in sorted((m for m in offered if m.accelerator), key=distance):
        found.setdefault(m.accelerator or "", m)
    if not found:
        return "nor any other accelerator."
    return f"nearest: {', '.join(map(str, list(found.values())[:MOST]))}."


def _elsewhere(wish: Wish, cloud: str, use: Use) -> str:
    """The regions that sell the wished card in the wished number."""
    keys = {key for key, m in kinds(cloud).items() if use in m.uses and _is_card(m, wish)}
    where = list(dict.fromkeys(r["region"] for r in rows(f"prices_{cloud}") if r["key"] in keys))
    if not where:
        return ""
    more = f" and {len(where) - MOST_REGIONS} more" if len(where) > MOST_REGIONS else ""
    return f" It is sold in {', '.join(where[:MOST_REGIONS])}{more}."


def _is_card(machine: Machine, wish: Wish) -> bool:
    card = accelerators().get(machine.accelerator or "")
    if card is None or machine.accelerator_count != wish.count:
        return False
    if wish.accelerator and card not in accelerator(wish.accelerator):
        return False
    return (machine.gpu_memory_gib or 0) >= (wish.gpu_memory_gib or 0)


def _any_card(wish: Wish) -> str:
    if not wish.accelerator or wish.gpu_memory_gib:
        return ""
    sizes = [a.memory_gib for a in accelerator(wish.accelerator) if a.memory_gib]
    return f" Write gpu_memory: {min(sizes):g}GiB to take any card of that size." if sizes else ""


def _short(machine: Machine, wish: Wish) -> float:
    """By how much the machine falls short, as a sum of shares of what is asked."""
    asked = ((wish.cpu, machine.vcpus), (wish.memory_gib, machine.memory_gib))
    return sum(max(0.0, 1 - (has or 0) / want) for want, has in asked if want)


def _or(names: list[str]) -> str:
    return f"; nearest: {', '.join(names)}." if names else "."


def _up(price: float) -> str:
    """The price rounded up to cents, so that what the message says to write is enough."""
    cents = int(price * 100)
    return f"{(cents if cents / 100 >= price else cents + 1) / 100:.2f}"
