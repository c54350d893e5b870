"""GP-COST-016: machines are not much dearer than elsewhere under the same law."""

from functools import lru_cache

from components.catalog import machines, regions
from policies.fleet_checks import of_fleets
from policies.machines import MACHINES as TYPES
from policies.machines import Fleet, sold
from policies.rule import Breach, Level, Rule, Severity
from policies.settings import Settings
from policies.values import word


def _dearer(fleet: Fleet, settings: Settings) -> Breach | None:
    if not fleet.region:
        return None
    if fleet.usd is None:
        return Breach(f"price unknown: {word(fleet.name)} in {fleet.region} can't be compared", fleet.path)
    ratio, where = _ratio(fleet.cloud, fleet.region, fleet.name, fleet.accelerator, fleet.gpus)
    if ratio <= settings.max_region_ratio:
        return None
    there = f"{fleet.usd / ratio:.3g} in {where}"
    return Breach(f"{word(fleet.name)} costs {fleet.usd:.3g} US$ an hour in {fleet.region}, and {there}", fleet.path)


@lru_cache(maxsize=1024)
def _ratio(cloud: str, region: str, name: str, accelerator: str, gpus: int) -> tuple[float, str]:
    """Price in the region by the lowest under the same law, and where that is."""
    law = next((r.jurisdiction for r in regions(cloud) if r.name == region), None)
    prices = {
        near: machine.usd_per_hour
        for near in {region, *(r.name for r in regions(cloud) if r.jurisdiction == law)}
        for machine in machines(cloud, near)
        if machine.name.casefold() == name.casefold()
        and (machine.accelerator or "", machine.accelerator_count) == (accelerator, gpus)
        and machine.usd_per_hour
    }
    if region not in prices:
        return 1, region
    where = min(prices, key=lambda near: (prices[near], near))
    return prices[region] / prices[where], where


RULE = Rule(
    id="GP-COST-016",
    demand="A machine's region is not much dearer than the cheapest under the same law.",
    why="The same machine costs up to twice as much in one region as in the next, and the data may be in either.",
    fix="Take the cheaper region with --region or the stack's configuration, or set maxRegionRatio higher.",
    source="https://aws.amazon.com/sagemaker/ai/pricing/",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    external=("FinOps:region",),
    checks=of_fleets(
        _dearer,
        passes={"aws": "ml.m5.large", "gcp": "n2-standard-4", "azure": "Standard_D4s_v3"},
        fails={"aws": "ml.nosuch.large", "gcp": "nosuch-standard-4", "azure": "Standard_Q4_nosuch"},
        types=[kind for kind in TYPES if sold(kind)],
    ),
)
