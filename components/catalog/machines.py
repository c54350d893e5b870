"""Machines that the managed ML services take, with what they cost where that is known."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from components.catalog.tables import number, rows, source

__all__ = ["Machine", "attached", "elsewhere", "kinds", "machines", "named"]

_BURSTABLE = re.compile(r"ml\.t\d\.")


@dataclass(frozen=True)
class Machine:
    """
    One machine of a managed ML service in one region.

    Attributes:
        name: What the cloud's API calls it: `ml.g5.xlarge`, `g2-standard-12`, `Standard_DS3_v2`.
        accelerator: Neutral name; None without one.
        accelerator_type: Vertex AI's enum member, to be sent beside `accelerator_count`; None elsewhere.
        gpu_memory_gib: Memory of one accelerator.
        uses: Jobs its service takes it for.
        usd_per_hour: On-demand price of the managed service, boot disk and storage apart; None if unknown.
        spot_usd_per_hour: Price as spot or low priority at the source's date; None if unknown or not sold.
        basis: `listed` by the cloud, `derived` from listed prices, or `unknown`. Of the on-demand price.
        source: Short name in `sources.csv` of the price, or of the specs where there is no price.
        date: Date of that source.
        offer_proven: Whether a source says the cloud sells this machine in the region. The managed
            service may still lag behind the virtual machine.
    """

    cloud: str
    name: str
    region: str
    accelerator: str | None
    accelerator_count: int
    accelerator_type: str | None
    gpu_memory_gib: float | None
    vcpus: float | None
    memory_gib: float | None
    uses: frozenset[str]
    usd_per_hour: float | None
    spot_usd_per_hour: float | None
    basis: str
    source: str
    date: str
    offer_proven: bool
    notes: str = ""

    @property
    def is_burstable(self) -> bool:
        """Whether it runs at full speed only while it has CPU credits."""
        return _BURSTABLE.match(self.name) is not None

    def __str__(self) -> str:
        card = f"{self.gpu_memory_gib:g} GiB, " if self.gpu_memory_gib else ""
        price = "price unknown" if self.usd_per_hour is None else f"{self.usd_per_hour:.4g} USD/h"
        if self.vcpus is None:
            return f"{self.name} ({price})"
        if not self.accelerator:
            return f"{self.name} ({self.vcpus:g} vCPUs, {self.memory_gib:g} GiB, {price})"
        count = f"{self.accelerator_count} x " if self.accelerator_count > 1 else ""
        return f"{count}{self.accelerator} ({self.name}, {card}{price})"


@cache
def kinds(cloud: str) -> dict[str, Machine]:
    """Every machine the catalogue knows of the cloud, by row key, without region and price."""
    found = {}
    for row in rows("machines"):
        if row["cloud"] == cloud:
            found[row["key"]] = Machine(
                cloud,
                row["machine_type"],
                "",
                row["accelerator"] or None,
                int(row["accelerator_count"]),
                row["accelerator_type"] or None,
                number(row["gpu_memory_gib"]),
                number(row["vcpus"]),
                number(row["memory_gib"]),
                frozenset(row["uses"].split()),
                None,
                None,
                "unknown",
                row["specs_source"],
                source(row["specs_source"]).date,
                offer_proven=False,
                notes=row["notes"],
            )
    return found


@cache
def machines(cloud: str, region: str) -> tuple[Machine, ...]:
    """
    Machines of the cloud in a region, with prices; empty for `kubernetes`.

    Where no source covers the region, it is every machine of the cloud, unpriced, `offer_proven` False.
    """
    if cloud not in ("aws", "gcp", "azure"):
        return ()
    sold = tuple(
        replace(
            kinds(cloud)[row["key"]],
            region=region,
            usd_per_hour=number(row["usd_per_hour"]),
            spot_usd_per_hour=number(row["spot_usd_per_hour"]),
            basis=row["basis"],
            source=row["source"],
            date=source(row["source"]).date,
            offer_proven=True,
        )
        for row in rows(f"prices_{cloud}")
        if row["region"] == region
    )
    return sold or tuple(replace(m, region=region) for m in kinds(cloud).values())


@cache
def elsewhere(cloud: str) -> dict[tuple[str, str | None, int], float]:
    """
    Lowest on-demand price of each machine in any region, by (name, accelerator type, count).

    It ranks machines that have no price in their own region; it is never shown as their price.
    """
    lowest: dict[tuple[str, str | None, int], float] = {}
    for row in rows(f"prices_{cloud}"):
        price = number(row["usd_per_hour"])
        if price is not None:
            m = kinds(cloud)[row["key"]]
            key = (m.name, m.accelerator_type, m.accelerator_count)
            lowest[key] = min(price, lowest.get(key, price))
    return lowest


# What an Azure size is called. Source: learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
_AZURE_SIZE = re.compile(r"Standard_[A-Z]{1,3}\d+(?:-\d+)?[a-z]{0,6}(?:_[A-Za-z0-9]+)?(?:_v\d{1,2})?")


def named(cloud: str, name: str, region: str) -> tuple[Machine, ...]:
    """
    Machines of that name, however the catalogue knows them.

    A name with specs comes with them; a name only known to be valid comes bare, but for its cards; an Azure size that
    fits Azure's naming comes bare too, as Azure publishes no closed list.
    """
    alike = name.casefold()
    here = tuple(m for m in machines(cloud, region) if m.name.casefold() == alike)
    if here:
        return here
    known = tuple(replace(m, region=region) for m in kinds(cloud).values() if m.name.casefold() == alike)
    if known:
        return known
    for row in rows("names"):
        if row["cloud"] == cloud and row["machine_type"].casefold() == alike:
            return (_with_cards(_bare(cloud, row["machine_type"], region, frozenset(row["uses"].split())), row),)
    if cloud == "azure" and _AZURE_SIZE.fullmatch(name):
        return (_bare(cloud, name, region, frozenset({"training", "hosting"})),)
    return ()


def attached(base: Machine, accelerator: str, count: int, use: str) -> Machine | None:
    """
    A Vertex AI n1 machine with GPUs attached, where Google's table allows that many; its price is unknown.

    Source: Google Cloud documentation, "Valid numbers of GPUs for each machine type" (2026).
    """
    for row in rows("vertex_attachments"):
        if (row["machine_type"], row["accelerator"]) != (base.name, accelerator):
            continue
        if str(count) in row[f"{use}_counts"].split():
            card = next(r for r in rows("accelerators") if r["name"] == accelerator)
            return replace(
                base,
                accelerator=accelerator,
                accelerator_count=count,
                accelerator_type=card["vertex_types"].split()[0],
                gpu_memory_gib=number(card["memory_gib"]),
                uses=frozenset({use}),
                usd_per_hour=None,
                spot_usd_per_hour=None,
                basis="unknown",
                source="gcp-machine-docs",
                date=source("gcp-machine-docs").date,
                offer_proven=False,
            )
    return None


def _with_cards(machine: Machine, row: dict[str, str]) -> Machine:
    if not row["accelerator"]:
        return machine
    card = next(r for r in rows("accelerators") if r["name"] == row["accelerator"])
    return replace(
        machine,
        accelerator=card["name"],
        accelerator_count=int(row["accelerator_count"]),
        gpu_memory_gib=number(card["memory_gib"]),
        notes="the catalogue has neither its vCPUs and memory nor its price",
    )


def _bare(cloud: str, name: str, region: str, uses: frozenset[str]) -> Machine:
    where = {"aws": "sagemaker-api", "gcp": "gcp-machine-docs", "azure": "azureml-docs"}[cloud]
    return Machine(
        cloud, name, region, None, 0, None, None, None, None, uses, None, None, "unknown",
        where, source(where).date, offer_proven=False,
        notes="the catalogue has neither its specs nor its price",
    )  # fmt: skip
