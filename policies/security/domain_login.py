"""GP-SEC-007: people log in to Studio as themselves."""

from policies.checks import must_equal
from policies.rule import Level, Rule, Severity

RULE = Rule(
    id="GP-SEC-007",
    demand="A SageMaker domain in production lets people in by IAM Identity Center.",
    why="With IAM logins, whoever may make a login link for a profile is that profile, and leavers keep theirs.",
    fix="Make the domain anew with authMode SSO; a domain's login can't be changed later.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/onboard-custom.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("prowler:sagemaker_domain_sso_configured",),
    checks={
        "aws:sagemaker/domain:Domain": must_equal(
            "authMode", "SSO", wrong="IAM", when=lambda _, settings: settings.production
        ),
    },
)
