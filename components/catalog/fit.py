"""Whether a prebuilt image has code for the card of a machine, and what has where it has none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from components.catalog.accelerators import Accelerator, accelerators
from components.catalog.cuda import CERTAIN, Capability, capabilities, release
from components.catalog.images import Image
from components.catalog.machines import Machine
from components.catalog.resolve import NoMachine
from components.catalog.wish import Wish

__all__ = ["fitting", "runs", "why_not"]

_OWN = "image: registry/name@sha256:… of your own"


def why_not(image: Image, card: Accelerator) -> str:
    """Why the image is not known to run on the card, with where that is from; empty where it is known to."""
    if card.vendor != "nvidia":
        return f"it is built for NVIDIA's CUDA, and {card.name} is not NVIDIA's"
    capability = capabilities()[card.compute_capability]
    is_of = f"{card.name} ({capability.architecture}, compute capability {capability.name})"
    if image.cuda is None:
        return _unknown(capability, is_of)
    built = f"it is built with CUDA {image.cuda} ({image.cuda_source})"
    if release(image.cuda) < release(capability.first):
        return f"{built}, and {is_of} takes CUDA {capability.first} or newer ({capability.source})"
    if capability.last and release(image.cuda) > release(capability.last):
        return f"{built}, and CUDA {capability.last} is the last that builds for {is_of} ({capability.source})"
    if image.least_capability and release(capability.name) < release(image.least_capability):
        return (
            f"it has code for compute capability {image.least_capability} or newer ({image.cuda_source}), not {is_of}"
        )
    return ""


def _unknown(capability: Capability, is_of: str) -> str:
    """A new card may be too new for it, and an old one too old."""
    unpublished = "which CUDA it is built with is not published"
    if release(capability.first) > release(CERTAIN):
        return f"{unpublished}, and {is_of} takes CUDA {capability.first} or newer ({capability.source})"
    if capability.last:
        return f"{unpublished}, and CUDA {capability.last} is the last that builds for {is_of} ({capability.source})"
    return ""


def runs(image: Image, machine: Machine) -> bool:
    """Whether the image is known to run on the machine; one without a card, or with one nobody knows, is no matter."""
    return machine.accelerator is None or not why_not(image, accelerators()[machine.accelerator])


def fitting(
    granted: Sequence[Machine], image: Image, runtime: str, wish: Wish, others: Iterable[Machine]
) -> list[Machine]:
    """
    Those machines that the image runs on, in the same order.

    Args:
        granted: What grants the wish, at least one machine.
        image: What is to run.
        runtime: What a blueprint calls it.
        wish: What was asked.
        others: What else could be had; the nearest of it that the image runs on is named.

    Raises:
        NoMachine: It runs on none; the message has the limit, its source, and the nearest that it runs on.
    """
    found = [machine for machine in granted if runs(image, machine)]
    if found:
        return found
    asked = granted[0]
    limit = why_not(image, accelerators()[asked.accelerator or ""])
    named = f" ({image.uri})" if image.uri else ""
    granting = "" if wish.machine_type else f", which grants {wish}"
    raise NoMachine(
        f"{asked.cloud}'s image of {runtime}{named} is not known to run on {asked.name}{granting}: {limit}."
        f" {_nearest(asked, wish, [m for m in others if m.accelerator and runs(image, m)])}"
    )


def _nearest(asked: Machine, wish: Wish, known: list[Machine]) -> str:
    """The nearest machine, and the nearest that has no less than was asked."""
    if not known:
        return f"Nor is it on any other card in {asked.region}. Write {_OWN}."
    ranked = sorted(known, key=_distance(asked, wish))
    machine, enough = ranked[0], next((m for m in ranked if _is_enough(m, asked, wish)), ranked[0])
    cap = wish.max_usd_per_hour
    dear = cap is not None and (machine.usd_per_hour is None or machine.usd_per_hour > cap)
    return (
        f"The nearest that it runs on: {', '.join(dict.fromkeys(map(str, (machine, enough))))}. Write machine:"
        f" {{accelerator: {machine.accelerator}, count: {machine.accelerator_count}}}"
        f"{' without max_usd_per_hour' if dear else ''}, or {_OWN}."
    )


def _is_enough(machine: Machine, asked: Machine, wish: Wish) -> bool:
    has = machine.gpu_memory_gib or 0
    return machine.accelerator_count >= asked.accelerator_count and has >= (wish.gpu_memory_gib or 0)


def _distance(asked: Machine, wish: Wish) -> Callable[[Machine], tuple[bool, int, bool, float, bool, float, str]]:
    """As many cards first, then the memory asked for, then the next memory (price, where it is unknown), the price."""
    memory, paid = asked.gpu_memory_gib or wish.gpu_memory_gib, asked.usd_per_hour

    def distance(machine: Machine) -> tuple[bool, int, bool, float, bool, float, str]:
        has, count, price = machine.gpu_memory_gib or 0, machine.accelerator_count, machine.usd_per_hour
        more = count - asked.accelerator_count
        unlike = abs((price or float("inf")) - paid) if paid else -has
        gap = abs(has - memory) if memory else unlike
        return more < 0, abs(more), has < (wish.gpu_memory_gib or 0), gap, price is None, price or 0, machine.name

    return distance
