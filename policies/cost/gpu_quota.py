"""GP-COST-024: namespaces with GPUs have a quota of them."""

from collections.abc import Iterator, Mapping

from policies.kubernetes import PODS, containers, pods
from policies.resource import Resource, Stack
from policies.rule import Breach, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import is_known, look

NAMESPACE, QUOTA = "kubernetes:core/v1:Namespace", "kubernetes:core/v1:ResourceQuota"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
GPUS = ("nvidia.com/gpu", "amd.com/gpu")


def _open(stack: Stack, _settings: Settings) -> Iterator[Breach]:
    """Namespaces of the stack in which pods ask for GPUs and nothing says how many."""
    users = [workload for workload in stack.of(*PODS) if _asks(workload)]
    quotas = [quota for quota in stack.of(QUOTA) if _limits(quota)]
    for namespace in stack.of(NAMESPACE):
        paths = {"metadata.namespace": "metadata.name"}
        used = any(stack.joined(namespace, user, paths) for user in users)
        if used and not any(stack.joined(namespace, quota, paths) for quota in quotas):
            yield Breach("its pods ask for GPUs, and no quota says how many they may have", urn=namespace.urn)


def _asks(workload: Resource) -> bool:
    found = (look(c, "resources.limits") for path, spec in pods(workload) for _, c in containers(path, spec))
    return any(isinstance(limits, Mapping) and any(gpu in limits for gpu in GPUS) for limits in found)


def _limits(quota: Resource) -> bool:
    hard = quota.at("spec.hard")
    return not is_known(hard) or (isinstance(hard, Mapping) and any(str(key).endswith(GPUS) for key in hard))


def _made(kind: str, **inputs: object) -> Resource:
    return Resource(f"urn:pulumi:dev::ml::{kind}::r", kind, inputs)


_HOME = _made(NAMESPACE, metadata={"name": "ml"})
_POD = {"containers": [{"name": "serve", "resources": {"limits": {"nvidia.com/gpu": "1"}}}]}
_USER = _made(DEPLOYMENT, metadata={"namespace": "ml"}, spec={"template": {"spec": _POD}})
_MANY = _made(QUOTA, metadata={"namespace": "ml"}, spec={"hard": {"requests.nvidia.com/gpu": "8"}})
_PODS = _made(QUOTA, metadata={"namespace": "ml"}, spec={"hard": {"pods": "8"}})

RULE = Rule(
    id="GP-COST-024",
    demand="A namespace whose pods ask for GPUs has a quota of them.",
    why="Without a quota, one team's job takes all GPUs of the cluster, and its autoscaler buys more.",
    fix="Add a ResourceQuota with requests.nvidia.com/gpu to the namespace.",
    source="https://kubernetes.io/docs/concepts/policy/resource-quotas/",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    across=(
        StackCheck(
            run=_open,
            types=(NAMESPACE, QUOTA, DEPLOYMENT),
            passes=(_HOME, _USER, _MANY),
            fails=(_HOME, _USER, _PODS),
        ),
    ),
)
