"""GP-REL-012: serving goes on when a zone is lost."""

from typing import Any

from policies.checks import value
from policies.resource import Resource
from policies.rule import Absent, Check, Level, Rule, Severity
from policies.settings import Settings

LEAST = 2


def _production(_: Resource, settings: Settings) -> bool:
    return settings.production


def _several(path: str, one: str, other: str) -> Check:
    """Two or more are named; each may still lie in the same zone, which inputs alone don't tell."""

    def good(found: Any, _settings: Settings) -> str | None:
        few = isinstance(found, list) and 0 < len(found) < LEAST
        return f"it must have {LEAST}, each in another zone" if few else None

    return value(path, good, passes=[one, other], fails=[[one]], absent=Absent.PASSES, when=_production)


RULE = Rule(
    id="GP-REL-012",
    demand="Production serving is spread over two zones or more.",
    why="A zone fails as a whole: an endpoint that lives in one goes down with it.",
    fix="Give subnets of two zones: in network.existing, or in the model's vpcConfig; two nodeLocations for a pool.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-best-practices.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    checks={
        # without a VPC, SageMaker spreads instances over zones of its own
        "aws:sagemaker/model:Model": _several("vpcConfig.subnets", "subnet-1a", "subnet-1b"),
        "aws:sagemaker/domain:Domain": _several("subnetIds", "subnet-1a", "subnet-1b"),
        # without locations, a pool takes those of its cluster
        "gcp:container/nodePool:NodePool": _several("nodeLocations", "europe-west4-a", "europe-west4-b"),
        "azure-native:containerservice:AgentPool": _several("availabilityZones", "1", "2"),
    },
)
