"""GP-REL-016: platforms are of a version that still gets fixes."""

import re
from typing import Any

from policies.checks import must_equal, value
from policies.rule import Absent, Check, Level, Rule, Severity
from policies.settings import Settings

NOTEBOOKS = ("notebook-al2023-v1", "notebook-al2023-v2")
"""Amazon Linux 2 got its last fixes on 2026-06-30. Source: https://aws.amazon.com/amazon-linux-2/faqs/, 2026-11."""


def _version(path: str, why: str) -> Check:
    """A Kubernetes version, where one is pinned: without, the cloud takes one that it supports."""

    def good(found: Any, settings: Settings) -> str | None:
        given, least = _parts(found), _parts(settings.least_kubernetes)
        return f"it must be {settings.least_kubernetes} or later: {why}" if given and given < least else None

    return value(path, good, passes=Settings().least_kubernetes, fails=["1.27"], absent=Absent.PASSES)


def _parts(version: Any) -> tuple[int, ...]:
    """`1.34.2-gke.100` as (1, 34); nothing of what is no version, such as `latest`."""
    found = re.match(r"v?(\d+)\.(\d+)", str(version))
    return tuple(map(int, found.groups())) if found else ()


RULE = Rule(
    id="GP-REL-016",
    demand="Notebooks and clusters are of a version that the cloud still supports.",
    why="An old platform gets no security fixes, is upgraded on the cloud's day, and costs more until then.",
    fix="Set a current version; leastKubernetes in the packs' settings says the oldest for clusters.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("SageMaker.8", "SAGEMAKER_NOTEBOOK_INSTANCE_PLATFORM_VERSION", "CKV_AWS_339", "EKS.2"),
    checks={
        "aws:sagemaker/notebookInstance:NotebookInstance": must_equal(
            "platformIdentifier",
            *NOTEBOOKS,
            wrong="notebook-al2-v2",
            because="SageMaker takes the oldest that it has",
        ),
        "aws:eks/cluster:Cluster": _version("version", "EKS supports no older one without a surcharge"),
        "gcp:container/cluster:Cluster": _version("minMasterVersion", "GKE will move it there by itself"),
        "azure-native:containerservice:ManagedCluster": _version("kubernetesVersion", "AKS gives no fixes before"),
    },
)
