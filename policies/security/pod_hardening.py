"""GP-SEC-054: pods have no capabilities, no writable root and no token that they do not need."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.kubernetes import containers, is_system, pod_checks
from policies.resource import Resource
from policies.rule import Absent, Breach, Level, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known, look

_DROP, _ROOT = "securityContext.capabilities.drop", "securityContext.readOnlyRootFilesystem"
_TOKEN = "automountServiceAccountToken"  # noqa: S105 the name of a setting


def _drops_all(container: Mapping[str, Any]) -> bool:
    """What is not known yet may be ALL."""
    dropped = look(container, _DROP)
    if not isinstance(dropped, list):
        return dropped is not ABSENT and not is_known(dropped)
    return any(not is_known(name) or str(name).upper() == "ALL" for name in dropped)


def _loose(resource: Resource, path: str, spec: Mapping[str, Any], settings: Settings) -> Iterator[Breach]:
    if is_system(resource, settings) or look(spec, "os.name") == "windows":
        return
    for where, container in containers(path, spec):
        if not _drops_all(container):
            yield Breach(f"{where}.{_DROP} must hold ALL", f"{where}.{_DROP}")
        if look(container, _ROOT) in (ABSENT, False):
            yield Breach(f"{where}.{_ROOT} must be true", f"{where}.{_ROOT}")
    if look(spec, "serviceAccountName") in (ABSENT, "", "default") and look(spec, _TOKEN) in (ABSENT, True):
        yield Breach(f"{path}.{_TOKEN} must be false: the pod has no service account of its own", f"{path}.{_TOKEN}")


def _pod(drop: str, fixed: bool, token: bool) -> dict[str, Any]:
    context = {"capabilities": {"drop": [drop]}, "readOnlyRootFilesystem": fixed}
    return {_TOKEN: token, "containers": [{"name": "train", "securityContext": context}]}


RULE = Rule(
    id="GP-SEC-054",
    demand="Containers drop all capabilities, cannot write their root, and have no token without use for it.",
    why="What code does not need, only an intruder uses: raw sockets, a changed binary, a token for the API.",
    fix="Drop ALL, set readOnlyRootFilesystem with an emptyDir for scratch, and automountServiceAccountToken to false.",
    source="https://kubernetes.io/docs/concepts/security/pod-security-standards/",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("CKV_K8S_22", "CKV_K8S_28", "CKV_K8S_37", "CKV_K8S_38"),
    checks=pod_checks(
        _loose,
        reads=(f"containers.*.{_DROP}", f"containers.*.{_ROOT}", _TOKEN),
        passes=_pod("ALL", True, False),
        fails=[_pod("NET_RAW", True, False), _pod("ALL", False, False), _pod("ALL", True, True)],
        absent=Absent.FAILS,
        because="Kubernetes gives all three",
    ),
)
