"""Budget of a stack on Google Cloud: a Cloud Billing budget over what carries the stack's label."""

from __future__ import annotations

from collections.abc import Iterator

import pulumi
import pulumi_gcp as gcp
from pulumi_gcp import billing

from components.budget import Budget, BudgetResult
from components.clouds.gcp.ground import GcpGround, place, stack_label
from components.clouds.gcp.stop import hard_stop

__all__ = ["GcpBudget"]

# Source: https://cloud.google.com/billing/docs/reference/budget/rest/v1/billingAccounts.budgets#NotificationsRule
MOST_CHANNELS = 5
# Publishes for every budget. Source: https://cloud.google.com/billing/docs/how-to/budgets-programmatic-notifications
PUBLISHER = "serviceAccount:billing-budget-alert@system.gserviceaccount.com"


class GcpBudget(Budget):
    """A monthly limit in US dollars, which the billing account must be kept in."""

    def build(self) -> BudgetResult:
        spec, where, ground = self.spec, place(self), self.need(GcpGround)
        publisher = gcp.pubsub.TopicIAMMember(
            "budget-publisher",
            project=where.project,
            topic=ground.alert_topic,
            role="roles/pubsub.publisher",
            member=PUBLISHER,
            opts=self.child(),
        )
        units = int(spec.monthly_usd)
        budget = billing.Budget(
            self.name,
            billing_account=where.billing_account,
            display_name=self.context.name("budget", limit=60),
            amount=billing.BudgetAmountArgs(
                specified_amount=billing.BudgetAmountSpecifiedAmountArgs(
                    currency_code="USD", units=str(units), nanos=round((spec.monthly_usd - units) * 10**9) or None
                )
            ),
            budget_filter=billing.BudgetBudgetFilterArgs(
                projects=[f"projects/{where.project_number}"],
                calendar_period="MONTH",
                credit_types_treatment="INCLUDE_ALL_CREDITS",
                labels={"stack": stack_label(self.context)},  # a filter takes one label
            ),
            threshold_rules=list(self._steps()),
            all_updates_rule=billing.BudgetAllUpdatesRuleArgs(
                monitoring_notification_channels=self._channels(ground),
                pubsub_topic=ground.alert_topic,
                schema_version="1.0",
                disable_default_iam_recipients=bool(spec.emails),
            ),
            opts=self.child(depends_on=[publisher]),
        )
        return BudgetResult(
            budget_id=budget.id,
            monthly_usd=spec.monthly_usd,
            stop_id=hard_stop(self, budget) if self.stops else None,
        )

    def _steps(self) -> Iterator[billing.BudgetThresholdRuleArgs]:
        shares = [step.fraction for step in self.spec.alert_at]
        for share in shares:
            yield billing.BudgetThresholdRuleArgs(threshold_percent=share, spend_basis="CURRENT_SPEND")
        yield billing.BudgetThresholdRuleArgs(threshold_percent=shares[-1], spend_basis="FORECASTED_SPEND")

    def _channels(self, ground: GcpGround) -> list[pulumi.Output[str]]:
        """
        Raises:
            ValueError: More addresses than a budget takes, or one that the foundation has no channel for.
        """
        emails = sorted(set(self.spec.emails))
        if len(emails) > MOST_CHANNELS:
            raise ValueError(
                f"alerts.email has {len(emails)} addresses; a budget of Google Cloud writes to {MOST_CHANNELS}."
                " Write a group's address instead."
            )
        unknown = [email for email in emails if email not in ground.alert_channels]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: not an address of the stack's alerts. Add it to alerts.email.")
        return [ground.alert_channels[email] for email in emails]
