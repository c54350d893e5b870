"""Rules on pods find them in every kind of workload, and leave alone what runs the nodes."""

import pytest

from policies.resource import Resource
from policies.security.pod_hardening import RULE as HARDENING
from policies.security.pod_host import RULE as HOST
from policies.security.pod_privilege import RULE as PRIVILEGE
from policies.security.pod_user import RULE as USER
from policies.settings import Settings
from policies.values import UNKNOWN

BAD = {"name": "a", "securityContext": {"privileged": True, "allowPrivilegeEscalation": False}}


def broken(rule, spec, kind="kubernetes:core/v1:Pod", namespace: object = "train", labels=None, settings=None):
    """Paths that break a rule."""
    metadata = {"namespace": namespace, "labels": labels or {}}
    found = rule.breaches(Resource("urn", kind, {"metadata": metadata, "spec": spec}), settings or Settings())
    return [b.path for b in found]


def test_every_group_of_a_ray_cluster_is_looked_at():
    """
    The head and each group of workers have pods of their own.
    """
    good = {
        "template": {"spec": {"containers": [{"name": "a", "securityContext": {"allowPrivilegeEscalation": False}}]}}
    }
    bad = {"template": {"spec": {"containers": [BAD]}}}
    spec = {"headGroupSpec": good, "workerGroupSpecs": [good, bad]}
    found = broken(PRIVILEGE, spec, "kubernetes:ray.io/v1:RayCluster")
    assert ["spec.workerGroupSpecs.1.template.spec.containers.0.securityContext.privileged"] == found


def test_every_role_of_a_training_job_is_looked_at():
    """
    A PyTorchJob's master and workers are keys of a mapping.
    """
    spec = {"pytorchReplicaSpecs": {"Worker": {"template": {"spec": {"containers": [BAD]}}}}}
    found = broken(PRIVILEGE, spec, "kubernetes:kubeflow.org/v1:PyTorchJob")
    assert ["spec.pytorchReplicaSpecs.Worker.template.spec.containers.0.securityContext.privileged"] == found


def test_what_runs_the_nodes_may_be_privileged():
    """
    Drivers and network agents need the node; the names of their namespaces are a setting.
    """
    spec = {"hostNetwork": True, "containers": [BAD]}
    assert [] == broken(PRIVILEGE, spec, namespace="gpu-operator")
    assert [] == broken(HOST, spec, namespace="kube-system")
    assert broken(PRIVILEGE, spec, namespace=UNKNOWN)
    assert [] == broken(
        PRIVILEGE, spec, namespace="drivers", settings=Settings.model_validate({"systemNamespaces": ["driv*"]})
    )


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", False),
        ("/etc/kubernetes", False),
        ("/run/containerd/containerd.sock", False),
        ("/dev", False),
        ("/dev/infiniband", True),
        ("/dev/shm", True),  # noqa: S108 a path on the node
        ("/mnt/disks/ssd0", True),
        ("/etcetera", True),
    ],
)
def test_directories_of_the_node(path, allowed):
    """
    Disks and the devices of collectives may be mounted; the system's directories and sockets may not.
    """
    volumes = [{"name": "x", "hostPath": {"path": path}}]
    assert allowed == (not broken(HOST, {"volumes": volumes}))


def test_the_nodes_network_is_allowed_by_a_label():
    """
    A workload's or its pods' label says that its collectives need the network; it allows nothing else.
    """
    assert broken(HOST, {"hostNetwork": True})
    assert [] == broken(HOST, {"hostNetwork": True}, labels={"host-network": "allowed"})
    template = {"metadata": {"labels": {"host-network": "allowed"}}, "spec": {"hostNetwork": True}}
    assert [] == broken(HOST, {"template": template}, "kubernetes:batch/v1:Job")
    assert ["spec.hostPID"] == broken(HOST, {"hostPID": True}, labels={"host-network": "allowed"})


def test_a_container_goes_before_its_pod():
    """
    What the pod asks holds for its containers unless one asks otherwise.
    """
    spec = {"securityContext": {"runAsUser": 1000}, "containers": [{"name": "a"}]}
    assert [] == broken(USER, spec)
    root = {"name": "b", "securityContext": {"runAsUser": 0}}
    assert ["spec.containers.1.securityContext.runAsUser"] == broken(
        USER, {**spec, "containers": [{"name": "a"}, root]}
    )


def test_a_pod_with_an_account_of_its_own_may_have_its_token():
    """
    Only the default account's token is without use.
    """
    context = {"capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
    spec = {"containers": [{"name": "a", "securityContext": context}]}
    assert ["spec.automountServiceAccountToken"] == broken(HARDENING, spec)
    assert [] == broken(HARDENING, {**spec, "serviceAccountName": "operator"})
