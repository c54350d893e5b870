"""GP-REL-004: what serves says whether it can."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.endpoints import AZURE_DEPLOYMENT
from policies.kubernetes import containers, is_system, pod_checks
from policies.resource import Resource
from policies.rule import Absent, Breach, Check, Rule, Severity
from policies.serving import DEPLOYMENT, STATEFUL_SET, answers
from policies.settings import Settings

PROBES = {
    "readinessProbe": "Kubernetes sends requests while the model still loads",
    "livenessProbe": "Kubernetes never restarts a server that hangs",
}
_PROBE = {"httpGet": {"path": "/health", "port": 8080}}
_AZURE = {"initialDelay": "PT30S", "period": "PT10S", "failureThreshold": 30}
_SERVER = {"name": "serve", "image": "serve:1.4", "ports": [{"containerPort": 8080}]}


def _unprobed(resource: Resource, path: str, spec: Mapping[str, Any], settings: Settings) -> Iterator[Breach]:
    for where, container in () if is_system(resource, settings) else containers(path, spec):
        if ".containers." not in where.removeprefix(path) or not answers(container):
            continue
        for probe, otherwise in PROBES.items():
            if container.get(probe, {}) == {}:
                yield Breach(f"{where}.{probe} is not set: {otherwise}", f"{where}.{probe}")


def _deployed(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    for probe in PROBES:
        if not resource.has(f"properties.{probe}"):
            message = f"properties.{probe} is not set: Azure ML takes times that know nothing of the model"
            yield Breach(message, f"properties.{probe}")


_CHECKS = pod_checks(
    _unprobed,
    reads=tuple(f"containers.*.{probe}" for probe in PROBES),
    passes={"containers": [{**_SERVER, **dict.fromkeys(PROBES, _PROBE)}]},
    fails=[{"containers": [{**_SERVER, probe: _PROBE}]} for probe in PROBES],
    absent=Absent.FAILS,
    because="Kubernetes neither waits for a model to load nor restarts a server that hangs",
)

RULE = Rule(
    id="GP-REL-004",
    demand="Containers that serve have a readiness and a liveness probe.",
    why="Without them requests go to a server whose model is not loaded, and a server that hangs is never restarted.",
    fix="Give the container a readinessProbe and a livenessProbe on its health path.",
    source="https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
    severity=Severity.MEDIUM,
    external=("CKV_K8S_8", "CKV_K8S_9"),
    checks={
        **{kind: _CHECKS[kind] for kind in (DEPLOYMENT, STATEFUL_SET)},
        AZURE_DEPLOYMENT: Check(
            run=_deployed,
            reads=tuple(f"properties.{probe}" for probe in PROBES),
            passes={"properties": dict.fromkeys(PROBES, _AZURE)},
            fails=tuple({"properties": {probe: _AZURE}} for probe in PROBES),
            absent=Absent.FAILS,
            because="Azure ML takes times that know nothing of the model",
        ),
    },
)
