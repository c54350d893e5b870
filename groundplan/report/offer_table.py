"""Machines by price, as a table: what each is, what it costs and where, and what to write to get it."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from groundplan.cost.offers import Offer
from groundplan.report.money import money
from groundplan.report.typeset import clean

__all__ = ["offer_table"]


def offer_table(found: Sequence[Offer], *, with_tokens: bool = False) -> Table:
    """The offers, two lines each, in their order; `with_tokens` where they are to serve a language model."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for head in ("Cloud", "Machine, and what to write", "Size"):
        table.add_column(head, overflow="fold")
    table.add_column("Accelerators", overflow="fold")
    table.add_column("An hour", justify="right")
    table.add_column("Tokens/s" if with_tokens else "Spot", justify="right")
    for offer in found:
        last = _tokens(offer.most_tokens) if with_tokens else _hourly(offer.machine.spot_usd_per_hour)
        table.add_row(*_cells(offer), _two(last, ""))
    return table


def _cells(offer: Offer) -> list[Text]:
    machine = offer.machine
    write = f"{offer.yaml} in overrides.{machine.cloud}" if offer.named else offer.yaml
    size = [
        f"{machine.vcpus:g} vCPUs" if machine.vcpus else "?",
        f"{machine.memory_gib:g} GiB" if machine.memory_gib else "?",
    ]
    cards, memory = "", ""
    if machine.accelerator:
        cards = f"{machine.accelerator_count} x {machine.accelerator}"
        memory = f"{machine.accelerator_count} x {machine.gpu_memory_gib:g} GiB" if machine.gpu_memory_gib else "? GiB"
    return [
        _two(machine.cloud, machine.region),
        _two(machine.name, write),
        _two(*size),
        _two(cards, memory),
        _two(_hourly(machine.usd_per_hour), machine.basis),
    ]


def _two(first: str, second: str) -> Text:
    return Text(clean(first)).append(clean(f"\n{second}" if second else ""), "dim")


def _tokens(most: float | None) -> str:
    return "?" if most is None else f"≤ {most:,.0f}"


def _hourly(usd: float | None) -> str:
    return "?" if usd is None else money(usd, "USD", 4 if usd < 1 else 2)
