"""How well each cloud keeps the promise of the budget."""

from components.base import Cloud
from components.parity import Feature, native, substitute

FEATURES: tuple[Feature, ...] = (
    Feature(
        "monthly limit with alerts",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native(
                "AWS Budgets",
                "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html",
            ),
            Cloud.GCP: native("Cloud Billing budget", "https://cloud.google.com/billing/docs/how-to/budgets"),
            Cloud.AZURE: native(
                "Cost Management budget, in the currency that the account is billed in",
                "https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-acm-create-budgets",
            ),
        },
    ),
    Feature(
        "limit on this stack alone",
        needed=lambda _spec: True,
        on={
            Cloud.AWS: native(
                "filter by the tag `stack`, once it is activated as a cost allocation tag",
                "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html",
            ),
            Cloud.GCP: native(
                "filter by the labels of the stack", "https://cloud.google.com/billing/docs/how-to/budgets"
            ),
            Cloud.AZURE: native(
                "scope of the stack's resource group",
                "https://learn.microsoft.com/azure/cost-management-billing/costs/understand-work-scopes",
            ),
        },
    ),
    Feature(
        "hard stop at the limit",
        needed=lambda spec: spec.hard_stop,
        on={
            Cloud.AWS: substitute(
                "state machine that asks AWS Budgets every hour",
                "actions of AWS Budgets take rights away or stop EC2 and RDS machines, none of SageMaker; what is spent"
                " is known 8 to 12 hours later",
                "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-controls.html",
            ),
            Cloud.GCP: substitute(
                "workflow that each message of the budget starts; what events start looks at its record first",
                "a budget stops nothing by itself, and a trigger of Eventarc can't be paused; what is spent is known"
                " hours later",
                "https://cloud.google.com/billing/docs/how-to/disable-billing-with-notifications",
            ),
            Cloud.AZURE: substitute(
                "Logic App that reads the budget every hour",
                "a budget stops nothing by itself; what is spent is known 8 to 24 hours later, and counted once a day",
                "https://learn.microsoft.com/azure/cost-management-billing/manage/cost-management-budget-scenario",
            ),
        },
    ),
)
