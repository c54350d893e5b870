"""GP-COST-002: an hour of one resource costs no more than the limit."""

from collections.abc import Iterator
from dataclasses import replace

from policies.fleet_checks import of_fleets
from policies.machines import Fleet, fleets, sold
from policies.resource import Resource
from policies.rule import Breach, Level, Rule, Severity
from policies.settings import Settings
from policies.values import word


def _unknown(fleet: Fleet, settings: Settings) -> Breach | None:
    """What can't be held against the limit is told, and stops nothing."""
    if settings.max_usd_per_hour is None or fleet.usd is not None:
        return None
    where = f"in {fleet.region}" if fleet.region else "in a region that is not told"
    told = f"price unknown: {word(fleet.name)} {where} can't be held against {settings.max_usd_per_hour:g} US$ an hour"
    return Breach(told, fleet.path, level=Level.ADVISORY)


def _dear(resource: Resource, settings: Settings) -> Iterator[Breach]:
    asked, limit = list(fleets(resource)), settings.max_usd_per_hour
    yield from filter(None, (_unknown(fleet, settings) for fleet in asked))
    bill = [fleet for fleet in asked if fleet.usd is not None]
    total = sum((fleet.usd or 0) * fleet.most for fleet in bill)
    if limit is not None and total > limit:
        told = " and ".join(f"{f.most} of {word(f.name)}" if f.most != 1 else word(f.name) for f in bill)
        message = f"{told} cost {total:.2f} US$ an hour at the most; it must be {limit:g} or less"
        yield Breach(message, bill[0].path)


_CHECKS = of_fleets(
    _unknown,
    passes={"aws": "ml.m5.large", "gcp": "n2-standard-4", "azure": "Standard_D4s_v3"},
    fails={"aws": "ml.p4d.24xlarge", "gcp": "a2-highgpu-8g", "azure": "Standard_ND96asr_v4"},
)

RULE = Rule(
    id="GP-COST-002",
    demand="An hour of one resource costs no more than the limit, where one is set.",
    why="One wrong size, or one fleet that may grow too far, can cost more in a night than a team has for a month.",
    fix="Ask for a smaller machine or fewer of them, or set maxUsdPerHour to what the resource is worth.",
    fields=("machine",),
    source="https://aws.amazon.com/sagemaker/ai/pricing/",
    severity=Severity.HIGH,
    external=("infracost:guardrails",),
    checks={
        kind: replace(check, run=_dear, **({} if sold(kind) else {"passes": {"region": "us-east-1"}}))
        for kind, check in _CHECKS.items()
    },
    tried_with={"maxUsdPerHour": 5},
)
