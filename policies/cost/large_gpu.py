"""GP-COST-009: development has no large accelerators."""

from policies.fleet_checks import of_fleets
from policies.machines import Fleet
from policies.rule import Breach, Rule, Severity
from policies.settings import Settings
from policies.values import word


def _large(fleet: Fleet, settings: Settings) -> Breach | None:
    if fleet.accelerator in settings.large_accelerators:
        return Breach(f"{word(fleet.name)} has {fleet.accelerator}, which development does without", fleet.path)
    if fleet.gpus > settings.max_development_gpus:
        most = f"it must be {settings.max_development_gpus} or less in development"
        return Breach(f"{word(fleet.name)} has {fleet.gpus} accelerators; {most}", fleet.path)
    return None


RULE = Rule(
    id="GP-COST-009",
    demand="Development has no large accelerators, and few of them in one machine.",
    why="Whether code runs shows on the smallest card; one machine of eight large ones costs 25 to 100 US$ an hour.",
    fix="Write a smaller machine for the environment, or change largeAccelerators and maxDevelopmentGpus.",
    fields=("machine",),
    source="https://learn.microsoft.com/azure/machine-learning/how-to-manage-optimize-cost",
    severity=Severity.HIGH,
    external=("FinOps:GPU",),
    checks=of_fleets(
        _large,
        passes={"aws": "ml.g5.xlarge", "gcp": "g2-standard-4", "azure": "Standard_NC4as_T4_v3"},
        fails={"aws": "ml.p4d.24xlarge", "gcp": "a2-highgpu-8g", "azure": "Standard_ND96asr_v4"},
        when=lambda _, settings: settings.development,
    ),
)
