"""Which machines grant a wish, on the clouds and in the regions asked for, by price, and what to write for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from components.catalog import Machine, NoMachine, Wish, accelerator, candidates, machines, resolve, source
from components.catalog.wish import Use
from groundplan.cost.need import Need

__all__ = ["Ask", "Offer", "offers", "why_none"]

Where = tuple[str, str]
"""Cloud and region."""


@dataclass(frozen=True)
class Ask:
    """
    What is wished for.

    Attributes:
        wish: In the catalogue's words, without a highest price.
        use: Job that the machine is for.
        spot: Whether spot prices count, where they are known.
        max_usd: Highest price of a machine and hour; as spot where that counts.
        need: A model that must fit on the machine's cards; `wish` then names no memory of them.
        any_count: Whether the number of cards is free; it is only beside `need`.
    """

    wish: Wish
    use: Use
    spot: bool = False
    max_usd: float | None = None
    need: Need | None = None
    any_count: bool = False

    def wishes(self, counts: Iterable[int]) -> Iterator[Wish]:
        """The wish, or one for each number of cards that the model may be spread over."""
        if self.need is None:
            yield self.wish
            return
        for count in counts if self.any_count else (self.wish.count,):
            yield replace(self.wish, count=count, gpu_memory_gib=self.need.gib / count)


@dataclass(frozen=True)
class Offer:
    """
    A machine that grants the wish.

    Attributes:
        machine: With its prices in its region.
        price: USD an hour that it is ranked by; None where it is not known.
        write: `machine:` section that comes to it, as a mapping.
        named: Whether that names the cloud's own machine, which goes under `overrides.<cloud>`.
        most_tokens: The most tokens of one answer in a second, of a model that is to be served; None where its cards'
            bandwidth is not known, or there is no model.
    """

    machine: Machine
    price: float | None
    write: Mapping[str, Any]
    named: bool
    most_tokens: float | None = None

    @property
    def yaml(self) -> str:
        """`machine: {accelerator: A100-40GB, count: 8}`."""
        return f"machine: {{{', '.join(f'{key}: {value}' for key, value in self.write.items())}}}"

    def as_json(self) -> dict[str, Any]:
        """As documents have it."""
        sold = asdict(self.machine)
        sold["uses"] = sorted(sold["uses"])
        return {
            **sold,
            "source": source(self.machine.source).what,
            "price": self.price,
            "write": self.yaml,
            "under_overrides": self.named,
            "tokens_per_second_at_most": self.most_tokens and round(self.most_tokens, 1),
        }


def offers(ask: Ask, where: Iterable[Where], *, once: bool = False, most: int | None = None) -> tuple[list[Offer], int]:
    """
    Machines that grant the wish, cheapest first, those whose price is not known last; and how many there are.

    Args:
        ask: The wish.
        where: Clouds and regions to look in.
        once: Give each machine in its cheapest region alone.
        most: How many to give at most; all, where it is None.

    Raises:
        NoMachine: Nobody knows the accelerator; the message has the nearest names.
        NoRegion: A cloud has no such region.
    """
    granting = (sold for cloud, region in where for sold in _granting(ask, cloud, region))
    kept = sorted((sold for sold in granting if _within(_price(sold, ask), ask.max_usd)), key=partial(_rank, ask))
    if once:
        first: dict[tuple[str, str, str | None, int], Machine] = {}
        for sold in kept:
            first.setdefault((sold.cloud, sold.name, sold.accelerator, sold.accelerator_count), sold)
        kept = list(first.values())
    return [_offer(sold, ask) for sold in kept[:most]], len(kept)


def _price(machine: Machine, ask: Ask) -> float | None:
    spot = machine.spot_usd_per_hour if ask.spot else None
    return machine.usd_per_hour if spot is None else spot


def _within(price: float | None, cap: float | None) -> bool:
    """A machine whose price is not known is within no cap."""
    return cap is None or (price is not None and price <= cap)


def _rank(ask: Ask, machine: Machine) -> tuple[bool, float, str, str, str]:
    price = _price(machine, ask)
    return price is None, price or 0, machine.cloud, machine.name, machine.region


def _granting(ask: Ask, cloud: str, region: str) -> list[Machine]:
    counts = sorted({m.accelerator_count for m in machines(cloud, region) if m.accelerator})
    found = [sold for wish in ask.wishes(counts) for sold in candidates(wish, cloud, region, ask.use, ask.spot)]
    return [sold for sold in found if ask.need is None or ask.need.fast_enough(sold)]


def why_none(ask: Ask, cloud: str, region: str) -> str:
    """Why no machine of a region is offered, with the nearest and what to write instead."""
    granting = sorted(_granting(ask, cloud, region), key=partial(_rank, ask))
    if granting:
        return f"{cloud} has none in {region} for {ask.max_usd:g} USD/h or less; the cheapest is {granting[0]}."
    cards = {card.name for card in accelerator(ask.wish.accelerator)} if ask.wish.accelerator else None
    fitting = [m for m in machines(cloud, region) if ask.use in m.uses and (cards is None or m.accelerator in cards)]
    largest = max(fitting, key=_memory, default=None)
    if ask.need and ask.any_count and largest and _memory(largest) < ask.need.gib:
        return (
            f"{cloud} has no machine in {region} for {ask.use} with {ask.need.gib:.1f} GiB on its cards; the largest is"
            f" {largest}. Take a lower --precision, or spread the model over several machines."
        )
    if ask.need and ask.need.tokens_per_second:
        slow = replace(ask, need=replace(ask.need, tokens_per_second=None))
        known = [(most, sold) for sold in _granting(slow, cloud, region) if (most := ask.need.most_tokens(sold))]
        fastest = max(known, key=lambda found: (found[0], found[1].name), default=None)
        if fastest:
            return (
                f"{cloud} has no machine in {region} that writes {ask.need.tokens_per_second:g} tokens of one answer"
                f" in a second; the fastest writes {fastest[0]:.0f} at most: {fastest[1]}. Take a lower --precision, or"
                " a smaller model."
            )
    try:
        resolve(next(ask.wishes([ask.wish.count])), cloud, region, ask.use, ask.spot)
    except NoMachine as why:
        return str(why)
    raise AssertionError(f"{cloud} in {region} grants {ask.wish} and does not")  # what is granted is offered above


def _memory(machine: Machine) -> float:
    return (machine.gpu_memory_gib or 0) * machine.accelerator_count


def _offer(machine: Machine, ask: Ask) -> Offer:
    write, wish = next((way for way in _ways(machine) if _comes_to(way[1], machine, ask)), _by_name(machine))
    tokens = ask.need.most_tokens(machine) if ask.need else None
    return Offer(machine, _price(machine, ask), write, wish.machine_type is not None, tokens)


def _ways(machine: Machine) -> Iterator[tuple[Mapping[str, Any], Wish]]:
    """Neutral ways to ask for the machine, the shortest first, each as a blueprint and the catalogue have it."""
    count, card = machine.accelerator_count, machine.accelerator
    if card:
        cards = {"accelerator": card, **({"count": count} if count > 1 else {})}
        wish = Wish(accelerator=card, count=count)
        yield cards, wish
        yield {**cards, **_size(machine)}, replace(wish, cpu=machine.vcpus, memory_gib=machine.memory_gib)
    elif machine.vcpus and machine.memory_gib:
        yield _size(machine), Wish(cpu=machine.vcpus, memory_gib=machine.memory_gib)


def _size(machine: Machine) -> dict[str, Any]:
    """In whole MiB where it is no whole number of GiB, as a blueprint writes sizes."""
    gib = machine.memory_gib or 0
    memory = f"{gib:g}GiB" if gib == int(gib) else f"{int(gib * 1024)}MiB"
    return {"cpu": f"{machine.vcpus:g}", "memory": memory}


def _by_name(machine: Machine) -> tuple[Mapping[str, Any], Wish]:
    """The cloud's own name; on Google Cloud with the cards, which are no part of some names."""
    cards = {}
    if machine.cloud == "gcp" and machine.accelerator:
        cards = {"accelerator": machine.accelerator, "count": machine.accelerator_count}
    wish = Wish(
        machine_type=machine.name,
        accelerator=machine.accelerator if cards else None,
        count=machine.accelerator_count if cards else 1,
    )
    return {"type": machine.name, **cards}, wish


def _comes_to(wish: Wish, machine: Machine, ask: Ask) -> bool:
    """Whether the catalogue takes this very machine where a blueprint asks so."""
    with suppress(NoMachine):
        return resolve(wish, machine.cloud, machine.region, ask.use, ask.spot) == machine
    return False
