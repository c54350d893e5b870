"""Regions of each cloud: where they lie, whose law holds, and which equals which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from components.catalog.nearest import hint
from components.catalog.tables import rows

__all__ = [
    "NoRegion",
    "Region",
    "default_region",
    "equal_region",
    "jurisdictions",
    "region",
    "regions",
]

CLOUDS = ("aws", "gcp", "azure", "kubernetes")


class NoRegion(ValueError):
    """A region, jurisdiction or cloud that the catalogue does not know."""


@dataclass(frozen=True)
class Region:
    """
    One region of a cloud where its managed ML service runs.

    Attributes:
        place: City, state or country it lies in.
        area: Name shared by regions of different clouds that can stand in for each other; an area never
            spans two jurisdictions.
        jurisdiction: Whose law holds: `eu`, `us`, `uk`, `india`, …
        zones: IDs of up to three availability zones that carry general machines, those with most kinds of GPU
            first; AWS only, where a subnet names its zone. An ID (`usw1-az3`) means the same zone in every account,
            a zone's name (`us-west-1a`) does not.
        is_first_of_area: Whether the area means this region where the cloud has several in it.
        is_default: Whether the jurisdiction means this region where none is named.
    """

    cloud: str
    name: str
    place: str
    area: str
    jurisdiction: str
    zones: tuple[str, ...] = ()
    is_first_of_area: bool = False
    is_default: bool = False


def regions(cloud: str) -> tuple[Region, ...]:
    """
    Every region of the cloud; none for `kubernetes`, whose clusters are where their owner put them.

    Source:
        AWS: botocore endpoints of `sagemaker`; GCP: SUPPORTED_REGIONS of google-cloud-aiplatform 2.7;
        Azure: commercial regions of the
        retail price list (2026-06-18). Zones: getmoto/moto 5.2 offerings by zone ID, which leave out those
        that https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html calls
        constrained.

    Raises:
        NoRegion: There is no such cloud.
    """
    if cloud not in CLOUDS:
        raise NoRegion(f"there is no cloud '{cloud}'. {hint(cloud, CLOUDS)}")
    return tuple(_by_name(cloud).values())


def region(cloud: str, name: str) -> Region:
    """
    The region of that name.

    Raises:
        NoRegion: The cloud has none of that name; the message gives the nearest, or the cloud that has it.
    """
    known = {r.name: r for r in regions(cloud)}
    if name in known:
        return known[name]
    if not known:
        raise NoRegion(f"{cloud} has no regions of its own. Leave '{name}' out.")
    for other in CLOUDS:
        if name in _by_name(other):
            equal = _first(cloud, _by_name(other)[name].area)
            instead = f" Its equal there is {equal.name}." if equal else ""
            raise NoRegion(f"'{name}' is a region of {other}, not of {cloud}.{instead}")
    raise NoRegion(f"{cloud} has no region '{name}'. {hint(name, known)}")


def equal_region(cloud: str, name: str, other: str) -> Region:
    """
    The region of cloud `other` that stands where region `name` of `cloud` does, under the same law.

    Raises:
        NoRegion: `other` has none there.
    """
    here = region(cloud, name)
    there = _first(other, here.area) if regions(other) else None
    if there is None:
        same_law = [r.name for r in regions(other) if r.jurisdiction == here.jurisdiction]
        instead = f" Under the same law it has {', '.join(same_law)}." if same_law else ""
        raise NoRegion(f"{other} has no region in {here.area}, where {name} of {cloud} is.{instead}")
    return there


def jurisdictions(cloud: str) -> list[str]:
    """Jurisdictions the cloud has a region in, by name."""
    return sorted({r.jurisdiction for r in regions(cloud)})


def default_region(cloud: str, residency: Sequence[str] = ()) -> str:
    """
    The region to take where none is named: of the first allowed jurisdiction that the cloud is in.

    Args:
        cloud: Name of the cloud.
        residency: Allowed jurisdictions in order of preference; none means `us`.

    Raises:
        NoRegion: A jurisdiction nobody knows, or none in which the cloud has a region.
    """
    known = {r.jurisdiction for c in CLOUDS for r in regions(c)}
    for wanted in residency:
        if wanted not in known:
            raise NoRegion(f"no jurisdiction '{wanted}' is known. {hint(wanted, sorted(known))}")
    defaults = {r.jurisdiction: r.name for r in regions(cloud) if r.is_default}
    for wanted in residency or ("us",):
        if wanted in defaults:
            return defaults[wanted]
    asked = ", ".join(residency) or "us"
    raise NoRegion(f"{cloud} has no region in {asked}. It has {', '.join(jurisdictions(cloud)) or 'none'}.")


@cache
def _by_name(cloud: str) -> dict[str, Region]:
    return {
        row["region"]: Region(
            cloud,
            row["region"],
            row["place"],
            row["area"],
            row["jurisdiction"],
            tuple(row["zones"].split()),
            is_first_of_area=row["first_of_area"] == "yes",
            is_default=row["default"] == "yes",
        )
        for row in rows("regions")
        if row["cloud"] == cloud
    }


def _first(cloud: str, area: str) -> Region | None:
    return next((r for r in regions(cloud) if r.area == area and r.is_first_of_area), None)
