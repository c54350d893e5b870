"""GP-COST-022: helpers that are always on are small in development."""

from policies.checks import all_of, at_most, must_equal
from policies.resource import Resource
from policies.rule import Absent, Level, Rule, Severity
from policies.settings import Settings


def _development(_resource: Resource, settings: Settings) -> bool:
    return settings.development


RULE = Rule(
    id="GP-COST-022",
    demand="Helpers that are always on are small in development, and leave nothing behind.",
    why="Tracking servers and search services cost the same at night; a file system stays after its domain is gone.",
    fix="Take the smallest size outside production; let a domain of development delete its file system.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-create-tracking-server.html",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    checks={
        "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": must_equal(
            "trackingServerSize",
            "Small",
            wrong="Large",
            absent=Absent.PASSES,
            because="SageMaker makes a small one",
            when=_development,
        ),
        "azure-native:search:Service": all_of(
            must_equal(
                "sku.name",
                "free",
                "basic",
                wrong="standard2",
                absent=Absent.PASSES,
                because="Azure needs it to be said",
                when=_development,
            ),
            at_most("replicaCount", 1, absent=Absent.PASSES, because="Azure makes one", when=_development),
        ),
        "aws:sagemaker/domain:Domain": must_equal(
            "retentionPolicy.homeEfsFileSystem",
            "Delete",
            wrong="Retain",
            because="SageMaker keeps the file system",
            when=_development,
        ),
    },
)
