"""After a hard stop on AWS: the next release brings back what served, in each form of an endpoint."""

from __future__ import annotations

import json

import pytest

from tests.components.budget.aws_stack import STACK, account, planned, release, stopped


@pytest.mark.parametrize("name", ["scorer", "later"])
def test_the_next_release_brings_an_endpoint_back(name):
    """
    A release, started as ever, makes the endpoint anew with its version and its autoscaler; a further one updates it.
    """
    held = stopped()
    endpoint = next(found for key, found in held.endpoints.items() if name in key)

    ended = release(held, name, version="12", image="own:1")

    assert not ended.error, ended.cause
    assert (True, "InService") == (endpoint.there, endpoint.status)
    assert "12" == endpoint.tags(endpoint.configuration)["version"]
    assert endpoint.scaled["SuspendedState"]["DynamicScalingOutSuspended"] is False
    assert endpoint.policies
    assert bool(endpoint.actions) == (name == "scorer"), "its hours are back too"
    assert {"main": 2} == endpoint.counts
    assert not release(held, name, version="13", image="own:1").error
    assert "13" == endpoint.tags(endpoint.configuration)["version"]


def test_a_release_that_does_not_come_up_leaves_nothing_behind():
    """
    An endpoint whose version does not start is taken away again, so that the next release finds the same as this one.
    """
    held = stopped()
    scorer = held.endpoints[f"{STACK}scorer"]
    before, scorer.rolls_back = set(scorer.models), True

    ended = release(held, "scorer", version="12", image="own:1")

    assert "Refused" == ended.error
    assert "ping health check" in ended.cause
    assert not scorer.there
    assert before == set(scorer.models)
    scorer.rolls_back, scorer.reason = False, ""
    assert not release(held, "scorer", version="12", image="own:1").error


def test_an_endpoint_left_failed_is_made_anew():
    """
    One whose first start failed while nobody looked takes no update: a release takes it away first.
    """
    held = account()
    scorer = held.endpoints[f"{STACK}scorer"]
    scorer.status = "Failed"

    assert not release(held, "scorer", version="12", image="own:1").error
    assert "InService" == scorer.status


def test_a_release_without_a_version_says_what_to_write():
    """
    Nothing serves whose machines a start without a version could change.
    """
    ended = release(stopped(), "scorer")

    assert "NotReady" == ended.error
    assert '{"version": "12"}' in ended.cause


@pytest.mark.parametrize(("name", "model"), [("rare", ""), ("shared", "home")])
def test_the_next_release_wakes_a_model(name, model):
    """
    A model that shares machines, or has none while nobody asks, has a copy again, and its autoscaler works.
    """
    held = stopped()
    component = next(key for key in held.components.models if name in key and model in key)
    assert held.components.suspended[component]

    ended = release(held, name, version="12", image="own:1", **({"model": model} if model else {}))

    assert not ended.error, ended.cause
    assert (2 if model else 1) == held.components.copies[component]
    assert not held.components.suspended[component]


def test_shared_machines_can_all_go():
    """
    The machines that models share may be none once no model has a copy; the autoscaler of copies keeps the least.
    """
    (body,) = [
        json.loads(r.inputs["desiredState"])
        for r in planned().all("aws:cloudcontrol/resource:Resource", "shared-machines")
    ]
    (variant,) = body["ProductionVariants"]

    assert 0 == variant["ManagedInstanceScaling"]["MinInstanceCount"]
    least = {t.inputs["minCapacity"] for t in planned().all("aws:appautoscaling/target:Target") if "shared" in t.name}
    assert {2} == least
