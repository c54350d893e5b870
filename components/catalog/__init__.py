"""Machines, prices, regions and runtime images as data, and what a wish resolves to on each cloud."""

from components.catalog.accelerators import Accelerator, accelerator, accelerators
from components.catalog.fit import fitting, runs, why_not
from components.catalog.images import Image, NoImage, image, images
from components.catalog.machines import Machine, machines
from components.catalog.price import hourly
from components.catalog.regions import (
    NoRegion,
    Region,
    default_region,
    equal_region,
    jurisdictions,
    region,
    regions,
)
from components.catalog.resolve import NoMachine, candidates, resolve
from components.catalog.tables import Source, source, sources
from components.catalog.wish import Wish

__all__ = [
    "Accelerator",
    "Image",
    "Machine",
    "NoImage",
    "NoMachine",
    "NoRegion",
    "Region",
    "Source",
    "Wish",
    "accelerator",
    "accelerators",
    "candidates",
    "default_region",
    "equal_region",
    "fitting",
    "hourly",
    "image",
    "images",
    "jurisdictions",
    "machines",
    "region",
    "regions",
    "resolve",
    "runs",
    "source",
    "sources",
    "why_not",
]
