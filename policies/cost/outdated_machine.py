"""GP-COST-019: no machine is of an outdated family."""

from components.catalog.families import is_named_outdated
from policies.fleet_checks import of_fleets
from policies.machines import Fleet
from policies.rule import Breach, Level, Rule, Severity
from policies.settings import Settings
from policies.values import word


def _old(fleet: Fleet, settings: Settings) -> Breach | None:
    if not is_named_outdated(fleet.name, fleet.cloud, fleet.accelerator, settings.outdated_machines):
        return None
    return Breach(f"{word(fleet.name)} is of a family that newer ones have replaced", fleet.path)


RULE = Rule(
    id="GP-COST-019",
    demand="No machine is of a family that newer ones have replaced.",
    why="A newer family does more for the same price, and a cloud withdraws old ones at a time of its choosing.",
    fix="Say what the machine must have (cpu, memory, gpu_memory) and leave its type to the catalogue.",
    fields=("machine",),
    source="https://aws.amazon.com/ec2/previous-generation/",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    external=("infracost:finops",),
    checks=of_fleets(
        _old,
        passes={"aws": "ml.m5.large", "gcp": "n2-standard-4", "azure": "Standard_D4s_v3"},
        fails={"aws": "ml.m4.xlarge", "gcp": "n1-standard-4", "azure": "Standard_NC6s_v3"},
    ),
)
