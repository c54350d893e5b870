"""Which stack is meant: a blueprint in one environment, on one cloud, at one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from blueprints import Blueprint, Source
from components.base import Cloud, Context, Place
from components.catalog import NoRegion, default_region, region, regions
from components.clouds.aws.ground import AwsPlace
from components.clouds.azure.place import AzurePlace
from components.clouds.gcp.ground import GcpPlace
from policies.origin import Origin

__all__ = ["PROJECT", "Target", "offline_place", "place", "reside", "this_month"]

PROJECT = "groundplan"  # name in Pulumi.yaml; part of every URN

# What stands for an account in an offline plan: of the form the cloud gives, and nobody's.
_NOBODY = "00000000-0000-0000-0000-000000000000"
_OFFLINE: Mapping[Cloud, Mapping[str, str]] = {
    Cloud.AWS: {"account_id": "111122223333"},
    Cloud.GCP: {
        "project": "example-project",
        "project_number": "123456789012",
        "billing_account": "000000-000000-000000",
    },
    Cloud.AZURE: {"subscription": _NOBODY, "tenant": _NOBODY},
}
MOST_NAMED = 6  # regions in one message
_PLACES: Mapping[Cloud, type[Place]] = {Cloud.AWS: AwsPlace, Cloud.GCP: GcpPlace, Cloud.AZURE: AzurePlace}


def place(cloud: Cloud, where: str, account: Mapping[str, str], peers: Mapping[str, str] | None = None) -> Place:
    """
    The place of a stack.

    Raises:
        NoRegion: The cloud has no such region; the message names the nearest.
    """
    region(cloud, where)
    return _PLACES[cloud](region=where, peers=dict(peers or {}), **account)


def reside(cloud: Cloud, where: str, residency: Sequence[str]) -> None:
    """
    See that data may lie in a region.

    Args:
        cloud: The cloud.
        where: Its region.
        residency: Jurisdictions the blueprint allows; none allows all.

    Raises:
        NoRegion: It may not, or the cloud has no such region; the message says what to write instead.
    """
    law = region(cloud, where).jurisdiction
    if not residency or law in residency:
        return
    inside = [r.name for r in regions(cloud) if r.jurisdiction in residency]
    instead = f"Write {', '.join(inside[:MOST_NAMED])}" if inside else f"{cloud} has none there: take another cloud"
    raise NoRegion(
        f"{where} is in {law}, and data.residency is [{', '.join(residency)}]. {instead}, or add {law} to it."
    )


def offline_place(cloud: Cloud, residency: list[str], where: str | None = None) -> Place:
    """
    Where a plan without an account is made for.

    Args:
        cloud: The cloud.
        residency: Jurisdictions the blueprint allows; the region is the cloud's default in the first of them.
        where: A region instead of that default.

    Raises:
        NoRegion: There is no such region, or none where data may lie; the message says what to write instead.
    """
    if where:
        reside(cloud, where, residency)
    return place(cloud, where or default_region(cloud, residency), _OFFLINE[cloud])


def this_month() -> str:
    """The month at the edge of the program, where a clock may be read: `YYYY-MM`, UTC."""
    return datetime.now(UTC).strftime("%Y-%m")


@dataclass(frozen=True)
class Target:
    """
    One stack to plan or to bring up.

    Attributes:
        source: The blueprint's file, read.
        blueprint: What it asks for in this environment, on this cloud.
        month: First month of the budget, `YYYY-MM`.
        salt: Changes every unique name.
    """

    source: Source
    blueprint: Blueprint
    environment: str
    cloud: Cloud
    place: Place
    month: str = field(default_factory=this_month)
    salt: str = ""

    @property
    def stack(self) -> str:
        """Name of the Pulumi stack: `<blueprint>-<environment>-<cloud>`."""
        return f"{self.blueprint.name}-{self.environment}-{self.cloud}"

    @property
    def context(self) -> Context:
        """What every component of the stack is given."""
        return Context(
            blueprint=self.blueprint.name,
            environment=self.environment,
            owner=self.blueprint.owner,
            place=self.place,
            labels=self.blueprint.labels,
            protect=self.environment != "dev",
            month=self.month,
            salt=self.salt,
            classification=self.blueprint.data.classification,
        )

    @property
    def origin(self) -> Origin:
        """Where it comes from, as verdicts on it tell."""
        return Origin(self.source, self.environment, self.cloud)

    def identity(self) -> dict[str, Any]:
        """What tells this stack from others, for documents."""
        return {
            "blueprint": self.blueprint.name,
            "environment": self.environment,
            "cloud": str(self.cloud),
            "region": self.place.region,
            "stack": self.stack,
        }
