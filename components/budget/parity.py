"""How well each cloud keeps the promise of the budget."""

from components.base import Cloud
from components.parity import Feature, native

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
)
