"""What a language model needs of a machine that serves it: memory on its cards and its bandwidth, by stated rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from components.catalog import Machine, accelerators

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
        tokens_per_second: How many tokens of one answer have to come in a second; None where nobody said.
    """

    parameters: int
    precision: Precision = "bf16"
    tokens_per_second: float | None = None

    @property
    def gib(self) -> float:
        """Memory on all cards of a machine together, GiB."""
        return self.parameters * _BYTES[self.precision] * OVERHEAD / 2**30

    def most_tokens(self, machine: Machine) -> float | None:
        """
        The most tokens of one answer in a second; None where the bandwidth of the machine's cards is not known.

        Each token reads every weight of a dense model once, so no server is faster than the cards' memory. What comes
        is less: how much depends on the server. Answers that are written at the same time share the reading, so all
        of them together may be many times as many.

        Source: https://www.divergentcompute.com/first-principles-latency,
        https://barilon.com/blog/why-is-llm-decoding-memory-bound
        """
        card = accelerators().get(machine.accelerator or "")
        if card is None or card.bandwidth_gb_s is None:
            return None
        return machine.accelerator_count * card.bandwidth_gb_s * 1e9 / (self.parameters * _BYTES[self.precision])

    def fast_enough(self, machine: Machine) -> bool:
        """Whether it could write as many tokens as are wished for; one of which nobody knows could not."""
        return self.tokens_per_second is None or (self.most_tokens(machine) or 0) >= self.tokens_per_second

    def __str__(self) -> str:
        billions = f"{self.parameters / 1e9:g}B"
        return (
            f"{billions} parameters x {_BYTES[self.precision]:g} bytes ({self.precision}) x {OVERHEAD:g} for cache and"
            f" runtime = {self.gib:.1f} GiB on the cards of one machine together; long contexts and many requests at"
            " once take more"
        )
