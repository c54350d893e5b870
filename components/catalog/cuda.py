"""Which releases of CUDA build code for which of NVIDIA's cards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from components.catalog.tables import rows

__all__ = ["CERTAIN", "Capability", "capabilities", "release"]

CERTAIN = "11.8"
"""
An image whose CUDA nobody publishes is taken to be built with this, of October 2022, or newer; not to be as new as a
card of later years asks for, nor as old as one that later releases dropped.

Source: https://developer.nvidia.com/cuda-toolkit-archive
"""


@dataclass(frozen=True)
class Capability:
    """
    A compute capability: what NVIDIA numbers the architectures of its cards by.

    Attributes:
        name: As `9.0`.
        architecture: As `Hopper`.
        first: Oldest CUDA whose builds run on it.
        last: Newest CUDA that builds for it; None while each does.
        source: Where NVIDIA says so.
    """

    name: str
    architecture: str
    first: str
    last: str | None
    source: str


@cache
def capabilities() -> dict[str, Capability]:
    """Every compute capability of a card of the catalogue, by its name."""
    return {
        row["compute_capability"]: Capability(
            row["compute_capability"], row["architecture"], row["first_cuda"], row["last_cuda"] or None, row["source"]
        )
        for row in rows("compute_capabilities")
    }


def release(text: str) -> tuple[int, ...]:
    """
    A release or capability as numbers to compare.

    Of `12.x` only what is known of all of them counts: it is newer than `11.8`, not known to be as new as `12.8`, and
    no newer than `12.9`.
    """
    return tuple(int(part) for part in text.split(".") if part != "x")
