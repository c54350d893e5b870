"""GP-SEC-046: container registries are closed, and images are scanned."""

from policies.checks import all_of, any_of, known, must_equal
from policies.rule import Absent, Rule, Severity

RULE = Rule(
    id="GP-SEC-046",
    demand="Container registries take no anonymous or shared login, are off the internet, and scan what is pushed.",
    why="Training and serving run what is in the registry: who may push there, or leave a hole there, runs in both.",
    fix="Turn scanning on; on Azure turn the admin user, anonymous pull and public network access off.",
    source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html",
    severity=Severity.HIGH,
    external=(
        "CKV_AZURE_137",
        "CKV_AZURE_138",
        "CKV_AZURE_139",
        "CKV_AWS_163",
        "ECR.1",
        "OWASP:LLM03",
    ),
    checks={
        "azure-native:containerregistry:Registry": all_of(
            must_equal("adminUserEnabled", False, wrong=True, absent=Absent.PASSES),
            must_equal("anonymousPullEnabled", False, wrong=True, absent=Absent.PASSES, remedy=False),
            any_of(
                must_equal("publicNetworkAccess", "Disabled", wrong="Enabled", because="Azure lets the internet in"),
                must_equal(
                    "networkRuleSet.defaultAction", "Deny", wrong="Allow", because="Azure lets every network in"
                ),
            ),
        ),
        "aws:ecr/repository:Repository": must_equal(
            "imageScanningConfiguration.scanOnPush",
            True,
            wrong=False,
            because="ECR scans only when it is told to",
            remedy=True,
        ),
        "gcp:artifactregistry/repository:Repository": must_equal(
            "vulnerabilityScanningConfig.enablementConfig",
            "INHERITED",
            wrong="DISABLED",
            absent=Absent.PASSES,  # it is scanned where the project has the scanner's API on
            given={"format": "DOCKER"},
            when=known("format", "DOCKER"),
        ),
    },
)
