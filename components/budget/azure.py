"""The budget on Azure: a limit on the resource group, and alerts at shares of it."""

from __future__ import annotations

from collections.abc import Iterator

import pulumi
from pulumi_azure_native import consumption

from components.budget import Budget, BudgetResult
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.stop_means import hard_stop

__all__ = ["AzureBudget"]

MOST_ALERTS = 5
"""
Alerts that one budget has at most.

Source: https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-acm-create-budgets
"""


class AzureBudget(Budget):
    def build(self) -> BudgetResult:
        ground = self.need(AzureGround)
        alerts = list(self._alerts(ground))
        # five steps and the forecast are one too many for a single budget
        made = [
            self._budget(number, dict(alerts[start : start + MOST_ALERTS]), ground)
            for number, start in enumerate(range(0, len(alerts), MOST_ALERTS), 1)
        ]
        stop = hard_stop(self, ground, made[0]) if self.stops else None
        return BudgetResult(budget_id=made[0].id, monthly_usd=self.spec.monthly_usd, stop_id=stop.id if stop else None)

    def _budget(
        self, number: int, alerts: dict[str, consumption.NotificationArgs], ground: AzureGround
    ) -> consumption.Budget:
        name = "monthly" if number == 1 else f"monthly-{number}"
        return consumption.Budget(
            f"{name}-budget",
            budget_name=self.context.name(name, limit=63),
            scope=ground.group_id,
            amount=self.spec.monthly_usd,
            category=consumption.CategoryType.COST,
            time_grain=consumption.TimeGrainType.MONTHLY,
            time_period=consumption.BudgetTimePeriodArgs(start_date=f"{self.context.month}-01T00:00:00Z"),
            notifications=alerts,
            # Azure takes the present month when a budget is made, and none other afterwards
            opts=self.child(ignore_changes=["timePeriod"]),
        )

    def _alerts(self, ground: AzureGround) -> Iterator[tuple[str, consumption.NotificationArgs]]:
        """One alert a step, and one when the last step is forecast."""
        for step in self.spec.alert_at:
            yield f"actual-{_key(step.value)}", self._alert(step.value, consumption.ThresholdType.ACTUAL, ground)
        last = self.spec.alert_at[-1].value
        yield f"forecast-{_key(last)}", self._alert(last, consumption.ThresholdType.FORECASTED, ground)

    def _alert(
        self, percent: float, kind: consumption.ThresholdType, ground: AzureGround
    ) -> consumption.NotificationArgs:
        # the action group writes to the same people: either is enough
        groups: list[pulumi.Input[str]] = [] if self.spec.emails else [ground.action_group_id]
        return consumption.NotificationArgs(
            enabled=True,
            operator=consumption.OperatorType.GREATER_THAN_OR_EQUAL_TO,
            threshold=percent,
            threshold_type=kind,
            contact_emails=list(self.spec.emails),
            contact_groups=groups,
        )


def _key(percent: float) -> str:
    return f"{percent:g}".replace(".", "-")
