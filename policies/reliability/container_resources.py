"""GP-REL-010: containers say how much CPU and memory they need."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.kubernetes import containers, is_system, pod_checks
from policies.resource import Resource
from policies.rule import Absent, Breach, Rule, Severity
from policies.settings import Settings
from policies.values import ABSENT, look

NEEDS = ("cpu", "memory")
_STATED = {"requests": {"cpu": "2", "memory": "8Gi"}, "limits": {"cpu": "4", "memory": "8Gi"}}


def _unstated(resource: Resource, path: str, spec: Mapping[str, Any], settings: Settings) -> Iterator[Breach]:
    if is_system(resource, settings) or _told(spec, "resources"):  # of the pod as a whole
        return
    for where, container in containers(path, spec):
        if _told(container, "resources"):
            continue
        for need in NEEDS:
            at = f"{where}.resources"
            if look(container, f"resources.limits.{need}") is ABSENT:
                yield Breach(f"{at}.limits.{need} is not set", f"{at}.limits.{need}")


def _told(holder: Mapping[str, Any], key: str) -> bool:
    """Whether both are limited there; Kubernetes then requests as much, where nothing is requested."""
    return all(look(holder, f"{key}.limits.{need}") is not ABSENT for need in NEEDS)


def _bad(**resources: Any) -> dict[str, Any]:
    return {"containers": [{"name": "serve", "image": "serve:1.4", "resources": resources}]}


RULE = Rule(
    id="GP-REL-010",
    demand="Containers state the CPU and memory they need, and may use at most.",
    why="One that states nothing is put onto a full node, starves what runs there, and is the first to be killed.",
    fix="Set resources.requests and resources.limits of the container, each with cpu and memory.",
    source="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    severity=Severity.MEDIUM,
    external=("CKV_K8S_10", "CKV_K8S_11", "CKV_K8S_12", "CKV_K8S_13"),
    checks=pod_checks(
        _unstated,
        reads=("containers.*.resources",),
        passes=_bad(**_STATED),
        fails=[_bad(requests=_STATED["requests"]), _bad(limits={"memory": "8Gi"}), _bad()],
        absent=Absent.FAILS,
        because="Kubernetes reserves nothing for it",
    ),
)
