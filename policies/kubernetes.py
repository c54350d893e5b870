"""Pods in Kubernetes manifests, wherever each kind of workload has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from policies.checks import sample
from policies.resource import Resource
from policies.rule import Absent, Breach, Check
from policies.settings import Settings
from policies.values import is_known, look

__all__ = ["PODS", "Find", "containers", "is_system", "pod_checks", "pods"]

_TEMPLATE = "spec.template.spec"
_JOB_SET = "spec.replicatedJobs.*.template.spec.template.spec"
_LEADER = tuple(f"spec.leaderWorkerTemplate.{who}Template.spec" for who in ("worker", "leader"))


def _ray(above: str) -> tuple[str, ...]:
    return (f"{above}.headGroupSpec.{_TEMPLATE[5:]}", f"{above}.workerGroupSpecs.*.{_TEMPLATE[5:]}")


PODS: Mapping[str, tuple[str, ...]] = {
    "kubernetes:core/v1:Pod": ("spec",),
    "kubernetes:core/v1:ReplicationController": (_TEMPLATE,),
    "kubernetes:apps/v1:Deployment": (_TEMPLATE,),
    "kubernetes:apps/v1:StatefulSet": (_TEMPLATE,),
    "kubernetes:apps/v1:DaemonSet": (_TEMPLATE,),
    "kubernetes:apps/v1:ReplicaSet": (_TEMPLATE,),
    "kubernetes:batch/v1:Job": (_TEMPLATE,),
    "kubernetes:batch/v1:CronJob": (f"spec.jobTemplate.{_TEMPLATE}",),
    "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet": (_JOB_SET,),
    "kubernetes:keda.sh/v1alpha1:ScaledJob": (f"spec.jobTargetRef.{_TEMPLATE[5:]}",),
    "kubernetes:kubeflow.org/v1:JAXJob": ("spec.jaxReplicaSpecs.*.template.spec",),
    "kubernetes:kubeflow.org/v1:MPIJob": ("spec.mpiReplicaSpecs.*.template.spec",),
    "kubernetes:kubeflow.org/v1:PaddleJob": ("spec.paddleReplicaSpecs.*.template.spec",),
    "kubernetes:kubeflow.org/v1:PyTorchJob": ("spec.pytorchReplicaSpecs.*.template.spec",),
    "kubernetes:kubeflow.org/v1:TFJob": ("spec.tfReplicaSpecs.*.template.spec",),
    "kubernetes:kubeflow.org/v1:XGBoostJob": ("spec.xgbReplicaSpecs.*.template.spec",),
    "kubernetes:kubeflow.org/v2beta1:MPIJob": ("spec.mpiReplicaSpecs.*.template.spec",),
    "kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet": _LEADER,
    "kubernetes:ray.io/v1:RayCluster": _ray("spec"),
    "kubernetes:ray.io/v1:RayCronJob": _ray("spec.jobTemplate.rayClusterSpec"),
    "kubernetes:ray.io/v1:RayJob": (*_ray("spec.rayClusterSpec"), "spec.submitterPodTemplate.spec"),
    "kubernetes:ray.io/v1:RayService": _ray("spec.rayClusterConfig"),
    "kubernetes:serving.kserve.io/v1alpha1:ClusterServingRuntime": ("spec",),
    "kubernetes:serving.kserve.io/v1alpha1:ServingRuntime": ("spec",),
    "kubernetes:serving.kserve.io/v1beta1:InferenceService": ("spec.predictor", "spec.transformer", "spec.explainer"),
    "kubernetes:trainer.kubeflow.org/v1alpha1:ClusterTrainingRuntime": (f"spec.template.{_JOB_SET}",),
    "kubernetes:trainer.kubeflow.org/v1alpha1:TrainingRuntime": (f"spec.template.{_JOB_SET}",),
}
"""
Type to the paths of its pod specs. KServe's predictors are pod specs with a model beside the containers.

Source: the kinds' OpenAPI schemas, as `kubectl explain --recursive` prints them.
"""

Find = Callable[[Resource, str, Mapping[str, Any], Settings], Iterable[Breach]]
"""Breaches of a pod spec, given its resource, its path and itself."""


def pods(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Pod specs of a resource that are known, each with its path."""
    for path in PODS.get(resource.type, ()):
        for where, spec in resource.all(path):
            if isinstance(spec, Mapping):
                yield where, spec


def containers(path: str, spec: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Containers of a pod spec that are known, also those that run first, each with its path."""
    for key in ("initContainers", "containers"):
        found = look(spec, key)
        for index, container in enumerate(found if isinstance(found, list) else ()):
            if isinstance(container, Mapping):
                yield f"{path}.{key}.{index}", container


def is_system(resource: Resource, settings: Settings) -> bool:
    """Whether its namespace is one that runs the nodes themselves. One not known yet is the stack's own."""
    namespace = resource.at("metadata.namespace")
    return is_known(namespace) and any(fnmatchcase(str(namespace), name) for name in settings.system_namespaces)


def pod_checks(
    find: Find,
    *,
    reads: tuple[str, ...],
    passes: Mapping[str, Any],
    fails: Iterable[Mapping[str, Any]],
    absent: Absent,
    because: str = "",
) -> dict[str, Check]:
    """
    The same check of every kind of workload.

    Args:
        find: Breaches of one pod spec.
        reads: Paths within the pod spec.
        passes: A pod spec that keeps the rule.
        fails: Pod specs that break it.
        absent: What Kubernetes' default is worth.
        because: What Kubernetes does by default.
    """

    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        for path, spec in pods(resource):
            yield from find(resource, path, spec, settings)

    def check(paths: tuple[str, ...]) -> Check:
        first = paths[0].replace("ReplicaSpecs.*", "ReplicaSpecs.Worker")
        return Check(
            run=run,
            reads=tuple(f"{paths[0]}.{inner}" for inner in reads),
            passes=sample({first: passes}),
            fails=tuple(sample({first: bad}) for bad in fails),
            absent=absent,
            because=because,
        )

    return {kind: check(paths) for kind, paths in PODS.items()}
