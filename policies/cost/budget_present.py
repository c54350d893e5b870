"""GP-COST-011: the stack has a budget."""

from collections.abc import Iterator

from policies.machines import MACHINES, fleets
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings

BUDGETS = {
    "aws": ("aws:budgets/budget:Budget",),
    "gcp": ("gcp:billing/budget:Budget",),
    "azure": ("azure-native:consumption:Budget", "azure-native:costmanagement:Budget"),
}


def _lacks(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    """Machines on a cloud for which the stack has no budget; told once a cloud."""
    for cloud, budgets in BUDGETS.items():
        mine = [kind for kind in MACHINES if kind.startswith((f"{cloud}:", f"{cloud}-native:"))]
        paid = [resource for resource in stack.of(*mine) if any(fleets(resource))]
        if paid and not stack.of(*budgets):
            yield Breach(f"the stack pays for machines on {cloud} and has no budget there", urn=paid[0].urn)


def _made(kind: str, **inputs: object) -> Resource:
    return Resource(f"urn:pulumi:dev::ml::{kind}::r", kind, inputs)


_PAID = (
    _made("aws:sagemaker/notebookInstance:NotebookInstance", instanceType="ml.t3.medium"),
    _made("gcp:workbench/instance:Instance", gceSetup={"machineType": "e2-standard-4"}),
    _made(
        "azure-native:machinelearningservices:Compute",
        properties={"computeType": "AmlCompute", "properties": {"vmSize": "Standard_D4s_v3"}},
    ),
)

RULE = Rule(
    id="GP-COST-011",
    demand="A stack with machines has a budget.",
    why="Without a budget, the bill at the end of the month is the first that anybody hears.",
    fix="Write budget: {monthly_usd: …} in the blueprint.",
    source="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("FinOps:budget",),
    across=(
        StackCheck(
            run=_lacks,
            types=(*(kind for kinds in BUDGETS.values() for kind in kinds), *(paid.type for paid in _PAID)),
            passes=(*_PAID, *(_made(kind) for kinds in BUDGETS.values() for kind in kinds)),
            fails=_PAID,
        ),
    ),
)
