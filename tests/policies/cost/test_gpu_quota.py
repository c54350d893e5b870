"""GP-COST-024 joins workloads, namespaces and quotas."""

from policies.cost.gpu_quota import RULE
from policies.judge import judge
from policies.resource import Resource
from policies.settings import Settings

HOME = Resource("urn:ns", "kubernetes:core/v1:Namespace", {"metadata": {"name": "ml"}})


def user(limits, namespace="ml"):
    """A deployment of one container."""
    pod = {"containers": [{"name": "c", "resources": {"limits": limits}}]}
    inputs = {"metadata": {"namespace": namespace}, "spec": {"template": {"spec": pod}}}
    return Resource("urn:d", "kubernetes:apps/v1:Deployment", inputs)


def found(*resources):
    """URNs that break the rule."""
    return [f.urn for f in judge(resources, Settings(), [RULE])]


def test_a_namespace_without_gpus_needs_no_quota_of_them():
    """
    Only pods that ask for GPUs, in this namespace, matter.
    """
    assert [] == found(HOME, user({"cpu": "1"}))
    assert [] == found(HOME, user({"nvidia.com/gpu": "1"}, namespace="other"))
    assert ["urn:ns"] == found(HOME, user({"nvidia.com/gpu": 1.0}))


def test_a_quota_that_is_not_known_yet_may_be_the_one():
    """
    Before `up`, its contents may still be right.
    """
    quota = Resource(
        "urn:q",
        "kubernetes:core/v1:ResourceQuota",
        {"metadata": {"namespace": "ml"}, "spec": {"hard": {"requests.nvidia.com/gpu": "4"}}},
    )

    assert [] == found(HOME, user({"nvidia.com/gpu": 1.0}), quota)
