"""What a language model needs of a machine that serves it: memory on its cards, by a rule of thumb that is stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["OVERHEAD", "Need", "Precision"]

Precision = Literal["bf16", "int8", "int4"]
_BYTES: dict[Precision, float] = {"bf16": 2, "int8": 1, "int4": 0.5}
OVERHEAD = 1.2
"""
Memory of a model that serves, as a multiple of its weights: the rest is the cache of keys and values, and the runtime.

Source: https://blog.eleuther.ai/transformer-math/#total-inference-memory
"""


@dataclass(frozen=True)
class Need:
    """
    A model that is to be served.

    Attributes:
        parameters: How many weights it has.
        precision: In which form they are held.
    """

    parameters: int
    precision: Precision = "bf16"

    @property
    def gib(self) -> float:
        """Memory on all cards of a machine together, GiB."""
        return self.parameters * _BYTES[self.precision] * OVERHEAD / 2**30

    def __str__(self) -> str:
        billions = f"{self.parameters / 1e9:g}B"
        return (
            f"{billions} parameters x {_BYTES[self.precision]:g} bytes ({self.precision}) x {OVERHEAD:g} for cache and"
            f" runtime = {self.gib:.1f} GiB on the cards of one machine together; long contexts and many requests at"
            " once take more"
        )
