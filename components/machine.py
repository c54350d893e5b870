"""From the machine a spec wishes for to the one its cloud sells in the stack's region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from components.base import Component
from components.catalog import Image, NoImage, Wish, candidates, fitting, image, machines, resolve, runs
from components.catalog import Machine as Sold
from components.catalog.wish import Use
from components.fields import Machine

__all__ = ["offers", "pick", "runnable", "wish"]


def wish(machine: Machine) -> Wish:
    """The catalogue's form of a spec's machine."""
    return Wish(
        cpu=machine.cpu,
        memory_gib=machine.memory.gib if machine.memory else None,
        accelerator=machine.accelerator,
        count=machine.count,
        gpu_memory_gib=machine.gpu_memory.gib if machine.gpu_memory else None,
        machine_type=machine.type,
        max_usd_per_hour=machine.max_usd_per_hour,
    )


def pick(
    component: Component,
    machine: Machine,
    use: Use,
    *,
    spot: bool = False,
    runtimes: Iterable[str | None] = (),
    image_use: Use | None = None,
) -> Sold:
    """
    The cheapest machine that grants the wish where the component runs; see `offers`.

    Raises:
        NoMachine: The cloud sells none there, or none that the images run on; the message names the nearest.
    """
    return offers(component, machine, use, spot=spot, runtimes=runtimes, image_use=image_use)[0]


def offers(
    component: Component,
    machine: Machine,
    use: Use,
    *,
    spot: bool = False,
    runtimes: Iterable[str | None] = (),
    image_use: Use | None = None,
    among: Callable[[Sold], bool] = lambda _: True,
) -> list[Sold]:
    """
    Every machine that grants the wish where the component runs, cheapest first, and at least one.

    Args:
        component: Whose machine it is.
        machine: What is wished for.
        use: What the cloud sells the machine for.
        spot: Compare prices as spot or low priority.
        runtimes: Frameworks whose images, kept by the cloud, are to run on it; None among them counts for nothing.
        image_use: What the images are for, where it is not `use`.
        among: Which machines may be named as the nearest where an image runs on none.

    Raises:
        NoMachine: The cloud sells none there, or none that the images run on; the message names the nearest.
    """
    asked, region = wish(machine), component.context.place.region
    resolve(asked, component.cloud, region, use, spot=spot)  # says why, where there is none at all
    found = candidates(asked, component.cloud, region, use, spot)
    others = [sold for sold in machines(component.cloud, region) if use in sold.uses and among(sold)]
    for runtime, kept in _images(component, runtimes, image_use or use):
        found = fitting(found, kept, runtime, asked, others)
        others = [sold for sold in others if runs(kept, sold)]
    return found


def runnable(component: Component, sold: Iterable[Sold], runtimes: Iterable[str | None], use: Use) -> list[Sold]:
    """Those machines that the images of the frameworks are known to run on."""
    kept = [found for _, found in _images(component, runtimes, use)]
    return [machine for machine in sold if all(runs(one, machine) for one in kept)]


def _images(component: Component, runtimes: Iterable[str | None], use: Use) -> Iterator[tuple[str, Image]]:
    """Each framework with its image for machines with a card; who takes one that there is not says which there are."""
    for runtime in dict.fromkeys(filter(None, runtimes)):
        with suppress(NoImage):
            yield runtime, image(component.cloud, component.context.place.region, runtime, use, accelerator=True)
