"""What an hour of a machine costs by a feed: the managed service's own rate, or that of the machine under it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from components.catalog.machines import Machine, kinds
from groundplan.cost.feeds.mapping import Why
from groundplan.cost.feeds.rate import Answers, Ask, FeedError, Rate, charged

__all__ = ["Quote", "Quoter", "quoter"]

SAGEMAKER = "AmazonSageMaker"
VIRTUAL_MACHINES = "Virtual Machines"
COMPUTE_ENGINE = "6F81-5844-456A"
VERTEX = Decimal("1.15")
"""Vertex AI's price over Compute Engine's. Source: components/catalog/data/SOURCES.md, 26 pairs."""
MANAGED = VERTEX - 1
"""Vertex AI's fee over Compute Engine's spot price, as a share of the on-demand one. Source: as above."""


Part = tuple[str, str, str]
"""Family or card, what of it, and Google's usage type."""


@dataclass(frozen=True)
class Quote:
    """
    USD an hour of a machine.

    Attributes:
        usd: On demand.
        spot: As spot or low priority; None where the feed has none.
        basis: `listed` by the feed, or `derived` from what it lists.
        offer, day: Where and of when it is.
    """

    usd: Decimal
    spot: Decimal | None
    basis: str
    offer: str
    day: str


class Quoter(Protocol):
    """How a cloud's feed has machines."""

    def asks(self, key: str, region: str) -> list[Ask]:
        """What to ask for a machine; nothing where the feed does not have it."""
        ...

    def wanted(self, offer: str, meter: str) -> bool:
        """Whether a meter is of a machine."""
        ...

    def quote(self, key: str, region: str, answers: Answers) -> Quote | Why:
        """The price that the answers have, or why they have none."""
        ...


def quoter(cloud: str, data: Path) -> Quoter:
    """How the feed of a cloud has machines; `data` is the folder of the catalogue's tables."""
    if cloud == "aws":
        return _SageMaker()
    return _AzureMachines() if cloud == "azure" else _VertexAI(data / "feeds_gcp_machines.csv")


def _rates(answers: Answers, ask: Ask, region: str) -> list[Rate] | Why:
    answer = answers[ask]
    if isinstance(answer, FeedError):
        return Why(str(answer))
    return [rate for rate in answer if rate.holds_in(region)]


def _one(rates: Iterable[Rate], what: str) -> tuple[Decimal, str] | Why:
    """The price an hour that the rates share, and its day."""
    found = list(rates)
    prices = {usd for rate in found for _, usd in charged(rate.steps)}
    if len(prices) == 1:
        return prices.pop(), min(rate.day for rate in found)
    shown = ", ".join(f"{usd.normalize():f}" for usd in sorted(prices))
    return Why(f"the feed has {len(prices)} prices of {what}: {shown}" if prices else f"the feed has no {what} here")


class _SageMaker:
    """Hosting and training on SageMaker, which cost the same: one price is kept for both."""

    def asks(self, key: str, region: str) -> list[Ask]:
        return [Ask(SAGEMAKER, region)] if key else []

    def wanted(self, offer: str, meter: str) -> bool:
        return offer == SAGEMAKER and meter.startswith(("Host:ml.", "Train:ml."))

    def quote(self, key: str, region: str, answers: Answers) -> Quote | Why:
        rates = _rates(answers, Ask(SAGEMAKER, region), region)
        if isinstance(rates, Why):
            return rates
        found = _one((r for r in rates if r.meter in {f"Host:{key}", f"Train:{key}"}), key)
        return found if isinstance(found, Why) else Quote(found[0], None, "listed", SAGEMAKER, found[1])


class _AzureMachines:
    """The virtual machine, to which Azure ML adds nothing: Linux, on demand and low priority."""

    def asks(self, key: str, region: str) -> list[Ask]:
        return [Ask(VIRTUAL_MACHINES, sku=key)] if region else []

    def wanted(self, offer: str, meter: str) -> bool:
        return offer == VIRTUAL_MACHINES and bool(meter)

    def quote(self, key: str, region: str, answers: Answers) -> Quote | Why:
        rates = _rates(answers, Ask(VIRTUAL_MACHINES, sku=key), region)
        if isinstance(rates, Why):
            return rates
        linux = [r for r in rates if r.sku == key and _is_linux(r.family)]
        own = _one((r for r in linux if not r.kind.endswith((" Spot", " Low Priority"))), key)
        low = _one((r for r in linux if r.kind.endswith(" Low Priority")), key)
        if isinstance(own, Why):
            return own
        return Quote(own[0], None if isinstance(low, Why) else low[0], "listed", VIRTUAL_MACHINES, own[1])


def _is_linux(product: str) -> bool:
    """Linux bears the plain name of the series; Windows and the retired cloud services have products of their own."""
    return product.startswith("Virtual Machines") and not product.endswith(("Windows", "CloudServices"))


class _VertexAI:
    """Compute Engine's cores, memory and cards, times what Vertex AI takes more."""

    def __init__(self, path: Path) -> None:
        rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
        self._meters: dict[Part, re.Pattern[str]] = {}
        for row in rows:
            self._meters[row["of"], row["part"], "OnDemand"] = re.compile(row["meter"])
            self._meters[row["of"], row["part"], "Preemptible"] = re.compile(row["spot_meter"])
        self._sorted: tuple[tuple[Rate, ...], dict[Part, list[Rate]]] = ((), {})

    def asks(self, key: str, region: str) -> list[Ask]:
        known = all((*part, "OnDemand") in self._meters for part, _ in _bill(kinds("gcp")[key]))
        return [Ask(COMPUTE_ENGINE)] if region and known else []

    def wanted(self, offer: str, meter: str) -> bool:
        return offer == COMPUTE_ENGINE and any(each.fullmatch(meter) for each in self._meters.values())

    def quote(self, key: str, region: str, answers: Answers) -> Quote | Why:
        answer = answers[Ask(COMPUTE_ENGINE)]
        if isinstance(answer, FeedError):
            return Why(str(answer))
        machine, rates = kinds("gcp")[key], self._by_part(answer)
        usd = _sum(machine, region, rates, "OnDemand")
        if isinstance(usd, Why):
            return usd
        spot = _sum(machine, region, rates, "Preemptible")
        less = None if isinstance(spot, Why) else round(spot[0] + usd[0] * MANAGED, 6)
        return Quote(round(usd[0] * VERTEX, 6), less, "derived", COMPUTE_ENGINE, usd[1])

    def _by_part(self, answer: tuple[Rate, ...]) -> dict[Part, list[Rate]]:
        """The rates of each part: sorted once, for there are thousands of machines."""
        if self._sorted[0] is not answer:
            found = {
                part: [rate for rate in answer if rate.kind == part[2] and meter.fullmatch(rate.meter)]
                for part, meter in self._meters.items()
            }
            self._sorted = (answer, found)
        return self._sorted[1]


def _bill(machine: Machine) -> list[tuple[tuple[str, str], Decimal]]:
    """The parts of a machine, and how many of each an hour has."""
    family = machine.name.split("-")[0]
    parts = [((family, "core"), Decimal(str(machine.vcpus))), ((family, "ram"), Decimal(str(machine.memory_gib)))]
    if not machine.accelerator_count:
        return parts
    return [*parts, ((machine.accelerator_type or "", "card"), Decimal(machine.accelerator_count))]


def _sum(machine: Machine, region: str, rates: dict[Part, list[Rate]], kind: str) -> tuple[Decimal, str] | Why:
    total, days = Decimal(0), []
    for part, count in _bill(machine):
        here = (rate for rate in rates[*part, kind] if rate.holds_in(region))
        found = _one(here, f"{' '.join(part)} ({kind})")
        if isinstance(found, Why):
            return found
        total += found[0] * count
        days.append(found[1])
    return total, min(days)
