"""GP-COST-011 asks for a budget on each cloud that is paid."""

from policies.cost.budget_present import RULE
from policies.judge import judge
from policies.resource import Resource
from policies.settings import Settings

NOTEBOOK = Resource("urn:n", "aws:sagemaker/notebookInstance:NotebookInstance", {"instanceType": "ml.t3.medium"})
BUCKET = Resource("urn:b", "aws:s3/bucket:Bucket", {})


def found(*resources):
    """URNs that break the rule."""
    return [f.urn for f in judge(resources, Settings(), [RULE])]


def test_a_stack_without_machines_needs_no_budget():
    """
    A stack of networks and roles has no bill to watch.
    """
    assert [] == found(BUCKET)


def test_another_clouds_budget_does_not_watch_this_one():
    """
    Each cloud bills by itself.
    """
    assert ["urn:n"] == found(NOTEBOOK, Resource("urn:g", "gcp:billing/budget:Budget", {}))
    assert [] == found(NOTEBOOK, Resource("urn:a", "aws:budgets/budget:Budget", {}))
