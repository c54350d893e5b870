"""GP-SEC-055: workloads are in namespaces of their own, with a network policy, and rights without wildcards."""

from collections.abc import Iterator
from typing import Any

from policies.checks import all_of, value
from policies.kubernetes import PODS, is_system
from policies.resource import Resource, Stack
from policies.rule import Absent, Breach, Check, Level, Rule, Severity, StackCheck
from policies.settings import Settings
from policies.values import ABSENT, is_known, look

NAMESPACE = "kubernetes:core/v1:Namespace"
POLICIES = ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "kubernetes:cilium.io/v2:CiliumNetworkPolicy")
_URN = f"urn:pulumi:dev::ml::{NAMESPACE}::train"


def _placed(resource: Resource, _settings: Settings) -> Iterator[Breach]:
    found = resource.at("metadata.namespace")
    if found is ABSENT:
        found = look(resource.provider, "namespace")
    if found in (ABSENT, "", "default"):
        yield Breach("metadata.namespace is the default one", "metadata.namespace")


def _workload(kind: str) -> Check:
    spec = {} if kind.endswith(":Pod") else {"replicas": 1}
    return Check(
        run=_placed,
        reads=("metadata.namespace",),
        passes={"metadata": {"namespace": "train"}, "spec": spec},
        fails=({"metadata": {"namespace": "default"}, "spec": spec},),
        absent=Absent.FAILS,
        because="Kubernetes puts it into default",
    )


def _named(found: Any, _settings: Settings) -> str | None:
    return "name what it needs" if found == "*" else None


_RIGHTS = all_of(
    *(
        value(f"rules.*.{key}.*", _named, passes=good, fails=["*"], absent=Absent.PASSES)
        for key, good in (("verbs", "get"), ("resources", "pods"), ("apiGroups", "batch"))
    )
)


def _policed(stack: Stack, settings: Settings) -> Iterator[Breach]:
    for namespace in stack.of(NAMESPACE):
        name = namespace.at("metadata.name")
        judged = Resource(namespace.urn, NAMESPACE, {"metadata": {"namespace": name}})
        if is_known(name) and is_system(judged, settings):
            continue
        paths = {"metadata.namespace": "metadata.name"}
        if not any(stack.joined(namespace, policy, paths) for policy in stack.of(*POLICIES)):
            yield Breach("no network policy is made for this namespace", urn=namespace.urn)


def _stack(kind: str, policed: str) -> tuple[Resource, ...]:
    made = {"metadata": (_URN,)} if policed == "train" else {}
    policy = Resource(f"{_URN}-{kind[-20:]}", kind, {"metadata": {"namespace": policed}}, property_dependencies=made)
    return Resource(_URN, NAMESPACE, {"metadata": {"name": "train"}}), policy


RULE = Rule(
    id="GP-SEC-055",
    demand="Workloads are in namespaces of their own, with a network policy, and under roles without wildcards.",
    why="In the default namespace, with an open network and wide roles, one workload reaches all others.",
    fix="Name a namespace, add a NetworkPolicy to it, and name verbs and resources in its roles.",
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    external=("CKV_K8S_21", "CKV_K8S_49", "CKV2_K8S_6"),
    checks={
        **{kind: _workload(kind) for kind in PODS if ":Cluster" not in kind},
        "kubernetes:rbac.authorization.k8s.io/v1:Role": _RIGHTS,
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": _RIGHTS,
    },
    across=(
        StackCheck(
            run=_policed,
            types=(NAMESPACE, POLICIES[0]),
            passes=_stack(POLICIES[0], "train"),
            fails=_stack(POLICIES[0], "serve"),
        ),
    ),
)
