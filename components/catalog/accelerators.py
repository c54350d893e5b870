"""Cloud-neutral names of accelerators and what they are also called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from components.catalog.nearest import hint
from components.catalog.tables import number, rows

__all__ = ["Accelerator", "accelerator", "accelerators"]


@dataclass(frozen=True)
class Accelerator:
    """
    One model of accelerator.

    Attributes:
        name: Neutral name; carries the memory where a family has several, as `A100-80GB`.
        family: Name that a wish may use for any memory size of it, as `A100`.
        memory_gib: Memory of one, as its maker names it; None where no source gives it.
        vendor: `nvidia`, `amd` or `aws`: what the image must have been built for.
        vertex_types: Vertex AI's enum members for it.
        aliases: Further spellings.
        compute_capability: What NVIDIA numbers its architectures by, as `9.0`; empty for other makers' cards.
        bandwidth_gb_s: What one reads of its memory in a second at most, GB; None where no source gives it.
    """

    name: str
    family: str
    memory_gib: float | None
    vendor: str
    vertex_types: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    compute_capability: str = ""
    bandwidth_gb_s: float | None = None


@cache
def accelerators() -> dict[str, Accelerator]:
    """Every accelerator of the catalogue by its neutral name."""
    return {
        row["name"]: Accelerator(
            row["name"],
            row["family"],
            number(row["memory_gib"]),
            row["vendor"],
            tuple(row["vertex_types"].split()),
            tuple(row["aliases"].split()),
            row["compute_capability"],
            number(row["bandwidth_gb_s"]),
        )
        for row in rows("accelerators")
    }


def accelerator(spelling: str) -> tuple[Accelerator, ...]:
    """
    The accelerators that a spelling means: one, or each memory size of a family.

    Letter case, blanks and a leading vendor (`nvidia-`) do not matter; Vertex AI's own names do as well.

    Raises:
        ValueError: No accelerator is called so; the message gives the nearest names.
    """
    found = _spellings().get(_plain(spelling))
    if not found:
        names = [*accelerators(), *(a.family for a in accelerators().values())]
        raise ValueError(f"no accelerator '{spelling}' is known. {hint(spelling, dict.fromkeys(names))}")
    return found


def _plain(spelling: str) -> str:
    plain = "-".join(spelling.casefold().replace("_", " ").replace("-", " ").split())
    return plain.removeprefix("nvidia-").removeprefix("amd-").removeprefix("aws-")


@cache
def _spellings() -> dict[str, tuple[Accelerator, ...]]:
    known: dict[str, tuple[Accelerator, ...]] = {}
    for one in accelerators().values():
        known[_plain(one.family)] = (*known.get(_plain(one.family), ()), one)
    for one in accelerators().values():
        for spelling in (one.name, *one.aliases, *one.vertex_types):
            known[_plain(spelling)] = (one,)
    return known
