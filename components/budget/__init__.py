"""Budget: a monthly limit on what the stack costs, and who hears of it at which share."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import pulumi
from pydantic import Field, field_validator

from components.base import Component, Result, Spec
from components.budget.parity import FEATURES
from components.fields import Email, filled_in
from components.naming import PRODUCTION
from components.units import Percent

__all__ = ["FEATURES", "Budget", "BudgetResult", "BudgetSpec", "refused_stop"]


# Source: https://learn.microsoft.com/rest/api/consumption/budgets/create-or-update#notification
SMALLEST_STEP = 0.01  # percent


class BudgetSpec(Spec):
    """
    What a month of the stack may cost.

    Raises:
        ValueError: Alert steps that don't rise.
    """

    monthly_usd: float = Field(gt=0, le=100_000_000)
    """Limit, USD a calendar month."""
    alert_at: list[Percent] = Field(
        [Percent.parse("50%"), Percent.parse("80%"), Percent.parse("100%")], min_length=1, max_length=5
    )
    """Shares of the limit at which people hear of it; the last one also when it is forecast."""
    enforce: Literal["warn", "plan"] = "warn"
    """What a plan does whose expected month is above the limit: tells it, or fails."""
    hard_stop: bool = False
    """
    From the limit on nothing of the stack runs: what runs is cancelled, what serves loses its machines, and nothing
    starts by itself until a month begins or the limit is raised. Not in production.
    """
    emails: list[Email] = filled_in("alerts.email", [])
    """Filled in from `alerts.email`."""

    @field_validator("monthly_usd")
    @classmethod
    def _cents(cls, value: float) -> float:
        if value != round(value, 2):
            raise ValueError(f"{value} is finer than a cent. Write {max(round(value, 2), 0.01):g}.")
        return value

    @field_validator("alert_at")
    @classmethod
    def _rise(cls, steps: list[Percent]) -> list[Percent]:
        if steps != sorted(set(steps)):
            better = f"[{', '.join(map(str, sorted(set(steps))))}]"
            raise ValueError(f"steps must rise; got [{', '.join(map(str, steps))}]. Write {better}.")
        if steps[0].value < SMALLEST_STEP:
            raise ValueError(f"a step of {steps[0]} would alert at once. Write 50% or another share above 0%.")
        return steps


def refused_stop(environment: str) -> str | None:
    """Why there is no hard stop in an environment, and what to write; None where there can be one."""
    if environment.lower() not in PRODUCTION:
        return None
    return (
        "it would take what serves away from its users."
        f" Write environments: {{{environment}: {{budget: {{hard_stop: false}}}}}}."
    )


@dataclass(frozen=True)
class BudgetResult(Result):
    """
    The budget, on every cloud.

    Attributes:
        budget_id: The cloud's own.
        monthly_usd: Its limit.
        stop_id: State machine, workflow or Logic App that stops the stack at the limit, and lets it start again
            below it; None without a hard stop.
    """

    budget_id: pulumi.Output[str]
    monthly_usd: float
    stop_id: pulumi.Output[str] | None = None


class Budget(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "budget"
    section: ClassVar[str] = "budget"
    singleton: ClassVar[bool] = True
    spec: BudgetSpec
    result: BudgetResult

    @property
    def stops(self) -> bool:
        """
        Whether a hard stop is to be built.

        Raises:
            ValueError: It is asked for in production, where it would take what serves away from its users.
        """
        refused = refused_stop(self.context.environment)
        if self.spec.hard_stop and refused:
            raise ValueError(f"hard_stop: {refused}")
        return self.spec.hard_stop
