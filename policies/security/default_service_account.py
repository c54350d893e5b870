"""GP-SEC-024: machines run as a service account of their own."""

import re
from typing import Any

from policies.calls import called
from policies.checks import all_of, must_equal, must_have, value
from policies.gke import CLUSTER, POOL, keeps_own_pool
from policies.rule import Absent, Check, Rule, Severity
from policies.settings import Settings

_DEFAULT = re.compile(r"default|(?:serviceAccount:)?(?:\d+-compute@developer|[a-z0-9-]+@appspot)\.gserviceaccount\.com")
_OWN, _SHARED = "train@p.iam.gserviceaccount.com", "123456789012-compute@developer.gserviceaccount.com"
_COMPUTE = "it runs as Compute Engine's default service account"


def _own(found: Any, _settings: Settings) -> str | None:
    if found == "":
        return "it must not be empty"
    return "it must not be a default service account" if _DEFAULT.fullmatch(str(found)) else None


def _account(path: str, because: str = _COMPUTE, **options: Any) -> Check:
    return value(path, _own, passes=_OWN, fails=[_SHARED], absent=Absent.FAILS, because=because, **options)


def _member(path: str) -> Check:
    good, bad = f"serviceAccount:{_OWN}", f"serviceAccount:{_SHARED}"
    return value(
        path, _own, passes=good, fails=[bad, "serviceAccount:p@appspot.gserviceaccount.com"], absent=Absent.PASSES
    )


RULE = Rule(
    id="GP-SEC-024",
    demand="Machines on Google Cloud run as a service account of their own, and default ones get no roles.",
    why="Whatever runs in the project shares the default account, and it often may edit the whole project.",
    fix="Make a service account with the roles that the machine needs, and name it.",
    source="https://cloud.google.com/iam/docs/best-practices-service-accounts",
    severity=Severity.HIGH,
    external=("CKV_GCP_46", "CKV2_GCP_1"),
    checks={
        "gcp:workbench/instance:Instance": all_of(
            must_have("gceSetup.serviceAccounts", passes=[{}], because=_COMPUTE),
            _account("gceSetup.serviceAccounts.*.email"),
        ),
        POOL: _account("nodeConfig.serviceAccount"),
        CLUSTER: _account("nodeConfig.serviceAccount", when=lambda cluster, _: keeps_own_pool(cluster)),
        "gcp:vertex/aiPersistentResource:AiPersistentResource": must_equal(
            "resourceRuntimeSpec.serviceAccountSpec.enableCustomServiceAccount",
            True,
            wrong=False,
            because="it runs as an agent that all jobs of the project share",
        ),
        "gcp:projects/iAMMember:IAMMember": _member("member"),
        "gcp:projects/iAMBinding:IAMBinding": _member("members.*"),
        **called(
            {
                call: _account(f"{spec}.serviceAccount", "it runs as an agent that all jobs of the project share")
                for call, spec in (("CustomJob", "jobSpec"), ("HyperparameterTuningJob", "trialJobSpec"))
            }
        ),
    },
)
