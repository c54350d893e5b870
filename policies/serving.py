"""Kubernetes workloads that answer requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.resource import Resource, Stack
from policies.values import ABSENT, is_known, look

__all__ = ["DEPLOYMENT", "SCALERS", "STATEFUL_SET", "answers", "scalers", "serves"]

DEPLOYMENT, STATEFUL_SET = "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"
SCALERS = (
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    "kubernetes:autoscaling/v1:HorizontalPodAutoscaler",
    "kubernetes:keda.sh/v1alpha1:ScaledObject",
)
_ASIDE = ("metrics", "prometheus", "health", "healthz", "probes", "webhook", "webhook-server")


def answers(container: Any) -> bool:
    """Whether a container has a port for requests: not one for metrics, health or admission alone."""
    ports = look(container, "ports")
    if not isinstance(ports, list):
        return False
    return any(isinstance(port, Mapping) and port.get("name") not in _ASIDE for port in ports)


def serves(resource: Resource) -> bool:
    """Whether a Deployment or StatefulSet answers requests."""
    containers = resource.at("spec.template.spec.containers")
    return isinstance(containers, list) and any(map(answers, containers))


def scalers(stack: Stack, server: Resource) -> Iterator[Resource]:
    """What scales a workload: HorizontalPodAutoscalers and KEDA's ScaledObjects."""
    for scaler in stack.of(*SCALERS):
        if stack.joined(server, scaler):
            yield scaler
            continue
        same = [
            (scaler.at(theirs), server.at(ours))
            for theirs, ours in (
                ("spec.scaleTargetRef.name", "metadata.name"),
                ("metadata.namespace", "metadata.namespace"),
            )
        ]
        named = same[0][0] is not ABSENT and same[0][1] is not ABSENT
        if named and all(a == b or not (is_known(a) and is_known(b)) for a, b in same):
            yield scaler
