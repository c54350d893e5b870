"""GP-SEC-006: all traffic of a Studio domain stays in the network."""

from policies.checks import must_equal
from policies.rule import Rule, Severity

RULE = Rule(
    id="GP-SEC-006",
    demand="A SageMaker domain sends all traffic through its own network.",
    why="Otherwise each space has a way to the internet that none of your network's rules and logs see.",
    fix="Set appNetworkAccessType to VpcOnly, with security groups for the users and endpoints for SageMaker and S3.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/studio-notebooks-and-internet-access.html",
    severity=Severity.HIGH,
    external=("SAGEMAKER_DOMAIN_IN_VPC",),
    checks={
        # no remedy: VpcOnly is refused for users without security groups
        "aws:sagemaker/domain:Domain": must_equal(
            "appNetworkAccessType",
            "VpcOnly",
            wrong="PublicInternetOnly",
            because="SageMaker gives its spaces internet access",
        ),
    },
)
