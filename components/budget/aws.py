"""Budget on AWS: AWS Budgets, filtered to the stack by its own tag."""

from __future__ import annotations

import pulumi
from pulumi_aws import budgets

from components.budget import Budget, BudgetResult
from components.clouds.aws.ground import STACK_TAG, AwsGround, here, tags

__all__ = ["AwsBudget"]

# Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html
MOST_NOTIFICATIONS, MOST_EMAILS = 5, 10


class AwsBudget(Budget):
    """A monthly cost budget of what carries the stack's tag."""

    def build(self) -> BudgetResult:
        steps = [step.value for step in self.spec.alert_at]
        reached = [("ACTUAL", step) for step in steps]
        forecast = [("FORECASTED", steps[-1])]
        fits = len(reached) + len(forecast) <= MOST_NOTIFICATIONS
        budget = self._budget("budget", "budget", [*reached, *forecast] if fits else reached)
        if not fits:  # a budget has no room for a sixth alert: the forecast gets one of its own
            self._budget("budget-forecast", "forecast", forecast)
        return BudgetResult(budget_id=budget.arn, monthly_usd=self.spec.monthly_usd)

    def _budget(self, logical: str, what: str, alerts: list[tuple[str, float]]) -> budgets.Budget:
        context = self.context
        # Source: https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create-filters.html
        stack = f"user:{STACK_TAG}${tags(context)[STACK_TAG]}"
        return budgets.Budget(
            logical,
            name=context.name(what, limit=100, unique=True),  # an account has one name space for all regions
            account_id=here(self).account,
            budget_type="COST",
            time_unit="MONTHLY",
            time_period_start=f"{context.month}-01_00:00",
            limit_amount=_amount(self.spec.monthly_usd),
            limit_unit="USD",
            cost_filters=[budgets.BudgetCostFilterArgs(name="TagKeyValue", values=[stack])],
            notifications=[self._notification(kind, step) for kind, step in alerts],
            tags=tags(context),
            opts=self.child(),
        )

    def _notification(self, kind: str, step: float) -> budgets.BudgetNotificationArgs:
        emails = list(self.spec.emails) if len(self.spec.emails) <= MOST_EMAILS else []
        topics: list[pulumi.Input[str]] = [] if emails else [self.need(AwsGround).topic_arn]
        return budgets.BudgetNotificationArgs(
            comparison_operator="GREATER_THAN",
            notification_type=kind,
            threshold=step,
            threshold_type="PERCENTAGE",
            subscriber_email_addresses=emails or None,
            subscriber_sns_topic_arns=topics or None,
        )


def _amount(usd: float) -> str:
    return f"{usd:.0f}" if usd == int(usd) else f"{usd:.2f}"
