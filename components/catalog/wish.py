"""What a blueprint may ask of a machine without naming a cloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Use", "Wish"]

Use = Literal["training", "hosting"]


@dataclass(frozen=True)
class Wish:
    """
    A machine in neutral words. What is not asked for does not matter.

    Attributes:
        cpu: At least so many vCPUs.
        memory_gib: At least so much main memory, GiB.
        accelerator: This very accelerator; nothing is put in its place.
        count: Accelerators in one machine, exactly; counts only beside `accelerator` or `gpu_memory_gib`.
        gpu_memory_gib: At least so much memory on each card, GiB; any NVIDIA card will do, as images
            are built for one vendor.
        machine_type: The cloud's own name of a machine.
        max_usd_per_hour: Highest on-demand price of one machine; a machine without a known price
            never meets it.
    """

    cpu: float | None = None
    memory_gib: float | None = None
    accelerator: str | None = None
    count: int = 1
    gpu_memory_gib: float | None = None
    machine_type: str | None = None
    max_usd_per_hour: float | None = None

    @property
    def is_gpu(self) -> bool:
        """Whether an accelerator is asked for."""
        return self.accelerator is not None or self.gpu_memory_gib is not None

    def __str__(self) -> str:
        size = [f"{self.cpu:g} vCPUs" if self.cpu else "", f"{self.memory_gib:g} GiB" if self.memory_gib else ""]
        card = f"{self.count} x {self.accelerator}" if self.accelerator and self.count > 1 else self.accelerator
        if self.gpu_memory_gib:
            any_card = f"{self.count} x " if self.count > 1 and not self.accelerator else ""
            card = f"{card or any_card + 'card'} of {self.gpu_memory_gib:g} GiB"
        cap = f"at most {self.max_usd_per_hour:g} USD/h" if self.max_usd_per_hour else ""
        words = [self.machine_type or "", card or "", *size, cap]
        return ", ".join(w for w in words if w) or "machine"
