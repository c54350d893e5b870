"""A budget is for the pods that it selects."""

from __future__ import annotations

from typing import Any

import pytest

from policies.pack import rule
from policies.resource import Resource, Stack
from policies.settings import Settings

BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"


def server(replicas: int) -> Resource:
    pod = {"metadata": {"labels": {"app": "scorer"}}, "spec": {"containers": [{"ports": [{"containerPort": 80}]}]}}
    inputs = {"metadata": {"namespace": "ml"}, "spec": {"replicas": replicas, "template": pod}}
    return Resource("server", "kubernetes:apps/v1:Deployment", inputs)


@pytest.mark.parametrize(
    ("budget", "broken"),
    [
        ({"metadata": {"namespace": "ml"}, "spec": {"selector": {"matchLabels": {"app": "scorer"}}}}, False),
        ({"metadata": {"namespace": "web"}, "spec": {"selector": {"matchLabels": {"app": "scorer"}}}}, True),
        ({"metadata": {"namespace": "ml"}, "spec": {"selector": {"matchLabels": {"app": "scorer", "v": "2"}}}}, True),
        ({"metadata": {"namespace": "ml"}, "spec": {}}, True),
    ],
)
def test_a_budget_of_the_same_pods(budget: dict[str, Any], broken: bool):
    """
    All of a budget's labels are the pods', in the same namespace; one replica needs no budget.
    """
    guard = Resource("budget", BUDGET, budget)

    assert broken == bool(rule("GP-REL-014").breaches_across(Stack((server(2), guard)), Settings()))
    assert not rule("GP-REL-014").breaches_across(Stack((server(1),)), Settings())
