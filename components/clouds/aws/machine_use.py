"""Which machines SageMaker runs transform jobs and notebooks on: others than it trains and serves on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from components.base import Component
from components.catalog import Machine as Sold
from components.catalog import NoMachine
from components.fields import Machine
from components.machine import offers

__all__ = ["STUDIO", "TRANSFORM", "pick_studio", "pick_transform"]


def _names(sizes: Mapping[str, str]) -> frozenset[str]:
    """Machines of a table of families to their sizes."""
    return frozenset(f"ml.{f}.{s}" for families, all_ in sizes.items() for f in families.split() for s in all_.split())


TRANSFORM = _names(
    {
        "m4": "xlarge 2xlarge 4xlarge 10xlarge 16xlarge",
        "c4": "xlarge 2xlarge 4xlarge 8xlarge",
        "p2": "xlarge 8xlarge 16xlarge",
        "p3": "2xlarge 8xlarge 16xlarge",
        "c5": "xlarge 2xlarge 4xlarge 9xlarge 18xlarge",
        "m5": "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge",
        "m6i c6i r6i": "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge",
        "m7i c7i r7i": "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
        "g4dn": "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
        "g5 g6 g6e": "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
        "trn1": "2xlarge 32xlarge",
        "inf2": "xlarge 8xlarge 24xlarge 48xlarge",
    }
)
"""
Machines of a transform job.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformResources.html
"""
STUDIO = _names(
    {
        "t3": "micro small medium large xlarge 2xlarge",
        "m5 m5d r5": "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge",
        "c5": "large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge",
        "p3": "2xlarge 8xlarge 16xlarge",
        "p3dn p4d p4de": "24xlarge",
        "g4dn": "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
        "g5": "xlarge 2xlarge 4xlarge 8xlarge 16xlarge 12xlarge 24xlarge 48xlarge",
        "g6 g6e": "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
        "geospatial": "interactive",
        "trn1": "2xlarge 32xlarge",
        "trn1n": "32xlarge",
        "p5": "48xlarge 4xlarge",
        "p5en p6-b200": "48xlarge",
        "m6i c6i r6i m6id c6id r6id": "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge",
        "m7i c7i r7i": "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
        "g7 g7e": "2xlarge 4xlarge 8xlarge 12xlarge 24xlarge 48xlarge",
    }
)
"""
Machines of a space of Studio.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceSpec.html
"""


def pick_transform(component: Component, machine: Machine, runtimes: Iterable[str | None] = ()) -> Sold:
    """
    The cheapest machine of a transform job that grants the wish, and runs the frameworks' images, where the component
    runs.

    Raises:
        NoMachine: None does.
    """
    return _pick(component, machine, "hosting", TRANSFORM, "runs no transform job on it", runtimes)


def pick_studio(component: Component, machine: Machine) -> Sold:
    """
    Likewise of a notebook.

    Raises:
        NoMachine: None does.
    """
    return _pick(component, machine, "training", STUDIO, "has no notebooks on it")


def _pick(
    component: Component,
    machine: Machine,
    use: Literal["training", "hosting"],
    among: frozenset[str],
    but: str,
    runtimes: Iterable[str | None] = (),
) -> Sold:
    offered = offers(component, machine, use, runtimes=runtimes, among=lambda found: found.name in among)
    sold = [found for found in offered if found.name in among]
    if not sold:
        raise NoMachine(
            f"SageMaker has {offered[0].name} with what is asked, and {but}, nor on any other that has it."
            " Ask for an accelerator such as T4, A10G, L4 or L40S, or for less cpu and memory."
        )
    return sold[0]
