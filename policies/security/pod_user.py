"""GP-SEC-052: pods do not run as root."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.kubernetes import containers, is_system, pod_checks
from policies.resource import Resource
from policies.rule import Absent, Breach, Level, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, is_known, look


def _asked(spec: Mapping[str, Any], container: Mapping[str, Any], key: str) -> Any:
    """A container's setting, which goes before its pod's."""
    own = look(container, f"securityContext.{key}")
    return look(spec, f"securityContext.{key}") if own is ABSENT else own


def _root(resource: Resource, path: str, spec: Mapping[str, Any], settings: Settings) -> Iterator[Breach]:
    if is_system(resource, settings) or look(spec, "os.name") == "windows":
        return
    for where, container in containers(path, spec):
        rootless, user = _asked(spec, container, "runAsNonRoot"), _asked(spec, container, "runAsUser")
        at = f"{where}.securityContext.runAsNonRoot"
        if is_known(user) and user == 0:
            yield Breach(f"{where} runs as user 0", f"{where}.securityContext.runAsUser")
        elif user is ABSENT and (rootless is ABSENT or rootless is False):
            said = "is false" if rootless is False else "is not set: Kubernetes runs it as the image says"
            yield Breach(f"{at} {said}; it must be true", at)


def _pod(context: Mapping[str, Any], **container: Any) -> dict[str, Any]:
    return {"securityContext": dict(context), "containers": [{"name": "train", **container}]}


RULE = Rule(
    id="GP-SEC-052",
    demand="Containers run as a user that is not root.",
    why="Root in a container is root on its node as soon as anything between them gives way.",
    fix="Set runAsNonRoot to true for the pod, or give it a runAsUser other than 0.",
    source="https://kubernetes.io/docs/concepts/security/pod-security-standards/",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("CKV_K8S_23",),
    checks=pod_checks(
        _root,
        reads=("securityContext.runAsNonRoot",),
        passes=_pod({"runAsNonRoot": True}),
        fails=[
            _pod({"runAsNonRoot": False}),
            _pod({"runAsUser": 0}),
            _pod({"runAsNonRoot": True}, securityContext={"runAsNonRoot": False}),
        ],
        absent=Absent.FAILS,
        because="Kubernetes runs it as the image says",
    ),
)
