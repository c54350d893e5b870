"""GP-COST-025: the expected month is within the stack's budget."""

import math
from collections.abc import Iterator

from policies.cost.budget_present import BUDGETS
from policies.estimate import Estimate, Share
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import is_known

ID = "GP-COST-025"


def _above(stack: Stack, settings: Settings) -> Iterator[Breach]:
    """The smallest budget is the one that holds; where nobody estimated a month, there is nothing to judge."""
    estimate = stack.estimate
    kinds = [kind for kinds in BUDGETS.values() for kind in kinds]
    limits = [(limit, budget) for budget in stack.of(*kinds) if (limit := _limit(budget)) is not None]
    if estimate is None or not limits:
        return
    limit, budget = min(limits, key=lambda found: (found[0], found[1].urn))
    if estimate.usd <= limit:
        return
    stops = estimate.enforced and ID not in settings.levels  # who sets the rule's level means it for everybody
    level = Level.MANDATORY if stops else None
    yield Breach(_said(estimate, limit), _PATHS[budget.type], budget.urn, level)


_PATHS = {
    "aws:budgets/budget:Budget": "limitAmount",
    "gcp:billing/budget:Budget": "amount.specifiedAmount.units",
    "azure-native:consumption:Budget": "amount",
    "azure-native:costmanagement:Budget": "amount",
}


def _limit(budget: Resource) -> float | None:
    """USD a month; None where it is not known, or is of another time or in another currency."""
    monthly = {
        "timeUnit": "MONTHLY",
        "timeGrain": "Monthly",
        "limitUnit": "USD",
        "amount.specifiedAmount.currencyCode": "USD",
        "budgetFilter.calendarPeriod": "MONTH",
    }
    if any(is_known(said := budget.at(path)) and said != wanted for path, wanted in monthly.items()):
        return None
    units = _number(budget.at(_PATHS[budget.type]))
    nanos = _number(budget.at("amount.specifiedAmount.nanos")) or 0
    return None if units is None else units + nanos / 10**9


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) and is_known(value) else None
    except ValueError:
        return None


def _said(estimate: Estimate, limit: float) -> str:
    least = "at least " if estimate.partial else ""
    most = "; most of it: " + ", ".join(map(_share, estimate.shares)) if estimate.shares else ""
    return (
        f"a month is expected to cost {least}{estimate.usd:,.2f} US$, {estimate.usd - limit:,.2f} above the budget of"
        f" {limit:,.2f}{most}; budget: {{monthly_usd: {math.ceil(estimate.usd)}}} would hold it"
    )


def _share(share: Share) -> str:
    return f"{share.usd:,.2f} for {share.item} ({share.component})"


def _budgets(limit: int) -> tuple[Resource, ...]:
    inputs = {
        "aws": {"limitAmount": str(limit), "limitUnit": "USD", "timeUnit": "MONTHLY"},
        "gcp": {"amount": {"specifiedAmount": {"currencyCode": "USD", "units": str(limit)}}},
        "azure": {"amount": limit, "timeGrain": "Monthly"},
    }
    return tuple(
        Resource(f"urn:pulumi:dev::ml::{kind}::r", kind, inputs[cloud])
        for cloud, kinds in BUDGETS.items()
        for kind in kinds
    )


RULE = Rule(
    id=ID,
    demand="The expected month is within the budget; above it, budget: {enforce: plan} makes plan, check and ci fail.",
    why="A budget's alert comes when the money is being spent; the plan knows before anything is made.",
    fix="Write budget: {monthly_usd: …} as the stack is worth, ask for fewer or smaller machines, or correct `usage`.",
    fields=("monthly_usd",),
    source="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("infracost:guardrails", "FinOps:budget"),
    across=(
        StackCheck(
            run=_above,
            types=tuple(kind for kinds in BUDGETS.values() for kind in kinds),
            passes=_budgets(1000),
            fails=_budgets(500),
            estimate=Estimate(700, shares=(Share("endpoints/scorer", "ml.m5.xlarge", 420),)),
        ),
    ),
)
