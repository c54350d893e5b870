"""A version in the shadow of the one that serves, on SageMaker: put there, taken away, and out of a release's way."""

import json
from functools import cache
from typing import Any

import pytest

from components.endpoint import EndpointSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth.aws_endpoint import OLD_MODEL
from tests.truth.aws_sagemaker import FakeSageMaker
from tests.truth.aws_states import Ended, run

MACHINE = "aws:sfn/stateMachine:StateMachine"
SHADOW = {"sample": "20%"}
ROLLOUTS = {
    "none": None,
    "canary": {"steps": ["10%"]},
    "steps": {"steps": ["10%", "50%"]},
    "blue-green": {"strategy": "blue-green"},
}


@cache
def _plan(fields: str) -> Planned:
    given = {"model": "fraud", "machine": {"cpu": 4, "memory": "8GiB"}, "slo": {"errors": "1%"}}
    return plan_component(
        "endpoint", "aws", EndpointSpec.model_validate({**given, **json.loads(fields)}), name="scorer"
    )


def _run(given: dict[str, Any], cloud: FakeSageMaker, **fields: Any) -> Ended:
    """A start; the names that it makes tell its wish."""
    definition = _plan(json.dumps({"shadow": SHADOW, **fields})).one(MACHINE).inputs["definition"]
    mark = "-".join(f"{key}{value}" for key, value in given.items()) or "empty"
    return run(json.loads(definition.replace("$substring($uuid(), 0, 8)", f"'{mark}'")), given, cloud)


def _shadows(cloud: FakeSageMaker) -> list[dict[str, Any]]:
    return cloud.configurations[cloud.configuration].get("ShadowProductionVariants", [])


def test_a_version_goes_into_the_shadow():
    """
    It sees its share of the requests, what serves stays, and the output says which is which.
    """
    cloud = FakeSageMaker()
    cloud.counts = {"main": 8}

    ended = _run({"shadow": "13"}, cloud, capture={"sample": "50%"})

    (shadow,) = _shadows(cloud)
    assert "" == ended.error
    assert (0.2, 2) == (shadow["InitialVariantWeight"], shadow["InitialInstanceCount"])
    assert OLD_MODEL == cloud.serving != shadow["ModelName"]
    assert ("11", "13") == (ended.output["version"], ended.output["shadow"])
    assert {"version": "11", "shadow": "13"}.items() <= cloud.tags(cloud.configuration).items()


@pytest.mark.parametrize("version", ["13", 13])
def test_the_shadow_is_no_guarded_update(version):
    """
    Guardrails take no other set of variants, and nobody is answered by the shadow: no alarm stands in its way.
    """
    ended = _run({"shadow": version}, FakeSageMaker(), rollout=ROLLOUTS["canary"])

    (update,) = ended.called("UpdateEndpoint")
    assert "DeploymentConfig" not in update
    assert [] == ended.called("DescribeAlarms")


def test_a_shadow_is_changed_and_taken_away():
    """
    Another version takes its place; the empty one leaves the endpoint as it was, with nothing of the shadows left.
    """
    cloud = FakeSageMaker()

    ended = [_run({"shadow": version}, cloud) for version in ("12", "13", "")]

    assert ["", "", ""] == [one.error for one in ended]
    assert [] == _shadows(cloud)
    assert {OLD_MODEL} == set(cloud.models)
    assert 1 == len(cloud.configurations)
    assert "11" == cloud.tags(cloud.configuration)["version"]


def test_no_shadow_to_take_away_is_no_failure():
    """
    What is asked is so already.
    """
    ended = _run({"shadow": ""}, FakeSageMaker())

    assert "" == ended.error
    assert [] == ended.called("UpdateEndpoint")


@pytest.mark.parametrize("rollout", ROLLOUTS)
def test_a_release_takes_the_shadow_away_first(rollout):
    """
    The guarded update, or the two variants, find none; the released version serves, the shadow's model is gone.
    """
    cloud = FakeSageMaker()
    _run({"shadow": "13"}, cloud)

    ended = _run({"version": "12"}, cloud, rollout=ROLLOUTS[rollout])

    assert "" == ended.error, ended.cause
    assert [] == _shadows(cloud)
    assert "12" == cloud.tags(cloud.configuration)["version"]
    assert {OLD_MODEL, cloud.serving} == set(cloud.models)
    assert {cloud.configuration, ended.called("CreateEndpointConfig")[0]["EndpointConfigName"]} == set(
        cloud.configurations
    )


@pytest.mark.parametrize("rollout", ROLLOUTS)
def test_a_bad_release_leaves_the_former_without_a_shadow(rollout):
    """
    Taken back, the former version serves, as its configuration says.
    """
    cloud = FakeSageMaker()
    _run({"shadow": "13"}, cloud)
    cloud.bad_at, cloud.rolls_back = 10, True

    ended = _run({"version": "12"}, cloud, rollout=ROLLOUTS[rollout])

    assert "RolledBack" == ended.error
    assert (OLD_MODEL, "11") == (cloud.serving, cloud.tags(cloud.configuration)["version"])
    assert [] == _shadows(cloud)


@pytest.mark.parametrize("given", [{"shadow": "13"}, {"shadow": ""}])
def test_an_endpoint_that_wants_no_shadow_takes_none(given):
    """
    Only where the blueprint has a shadow; the message says what to write there.
    """
    ended = _run(given, FakeSageMaker(), shadow=None)

    assert "NoShadow" == ended.error
    assert "shadow: {sample: 20%}" in ended.cause


def test_a_version_and_a_shadow_at_once_are_two_wishes():
    """
    A start says one thing.
    """
    ended = _run({"version": "12", "shadow": "13"}, FakeSageMaker())

    assert "TwoWishes" == ended.error
    assert [] == ended.called("CreateModel")


def test_a_shadow_that_does_not_start_is_discarded():
    """
    What serves is as it was, and nothing is left of the candidate.
    """
    refused = ("SageMaker.ResourceLimitExceededException", "0 more")
    cloud = FakeSageMaker(update_refused=refused)

    ended = _run({"shadow": "13"}, cloud)

    assert "Refused" == ended.error
    assert ({"at-first"}, {OLD_MODEL}) == (set(cloud.configurations), set(cloud.models))
