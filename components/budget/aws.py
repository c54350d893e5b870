"""Budget on AWS: AWS Budgets, filtered to the stack by its own tag, and what stops the stack at its limit."""

from __future__ import annotations

import pulumi
from pulumi_aws import budgets

from components.budget import Budget, BudgetResult
from components.clouds.aws.ground import STACK_TAG, AwsGround, here, tags
from components.clouds.aws.starts import Starts
from components.clouds.aws.states import state_machine
from components.clouds.aws.stop import Stop
from components.clouds.aws.stop_rights import stop_role
from components.endpoint import EndpointResult

__all__ = ["AwsBudget"]

# Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html
MOST_NOTIFICATIONS, MOST_EMAILS = 5, 10
HOURLY, EVERY_HOUR = "hourly", "cron(23 * * * ? *)"  # not on the hour, when everybody's schedules are


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
        stop_id = self._stop(budget) if self.stops else None
        return BudgetResult(budget_id=budget.arn, monthly_usd=self.spec.monthly_usd, stop_id=stop_id)

    def _stop(self, budget: budgets.Budget) -> pulumi.Output[str]:
        """Asks the budget every hour; what serves is told from the results of the stack's other components."""
        context, place, ground = self.context, here(self), self.need(AwsGround)
        served = {k: result for k, result in self.needs.items() if isinstance(result, EndpointResult)}
        shared = [h.apply(_component) for r in served.values() for _key, h in sorted(r.model_headers.items())]
        name = context.name(self.name, "stop", limit=80)
        stop = Stop(
            context=context,
            account=place.account,
            budget=budget.name,
            bucket=ground.artifacts.name,
            topic=ground.topic_arn,
            own=(context.name(self.name, f"stop-{HOURLY}", limit=64), name),
            # requests that wait for an answer, and are told if there is none
            spared=[
                context.name(k.partition("/")[2], "queue-request", limit=80)
                for k, r in served.items()
                if r.requests_uri
            ],
            # a serverless endpoint has no machine, and costs nothing while nobody asks
            serving=[r.endpoint_name for r in served.values() if r.machine and not r.model_headers],
            shared=shared,
            configurations=place.arn("sagemaker", "endpoint-config/"),
            studio=ground.studio.id if ground.studio else None,
        )
        role = stop_role(self, ground, name, budget.arn)
        made = state_machine(self, ground, "stop", name, stop.definition(), role_arn=role)
        Starts(self, ground, made.arn, name, kind="stop").on_times({HOURLY: (EVERY_HOUR, {})})
        return made.arn

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


def _component(header: str) -> str:
    """Name of the inference component that a header, `Name: value`, speaks of."""
    return header.partition(": ")[2]


def _amount(usd: float) -> str:
    return f"{usd:.0f}" if usd == int(usd) else f"{usd:.2f}"
