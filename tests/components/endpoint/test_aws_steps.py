"""Rollouts on SageMaker by the weights of two variants: the steps, the way back, and what a death in between leaves."""

import pytest

from tests.components.endpoint.aws_rollouts import CANARY, STEPS, guards, named, release, routing, shifts
from tests.truth.aws_endpoint import OLD_MODEL
from tests.truth.aws_sagemaker import FakeSageMaker


@pytest.mark.parametrize(("bad_at", "error"), [(None, ""), (10, "RolledBack")])
def test_one_machine_goes_by_weights(bad_at, error):
    """
    SageMaker's canary is a share of the machines, and one machine has none: a candidate stands beside it.
    """
    cloud = FakeSageMaker(bad_at=bad_at)
    cloud.counts = {"main": 1}

    ended = release({"version": "12"}, cloud, CANARY)

    assert error == ended.error
    assert (90, 10) == shifts(ended)[0]
    assert {"main": 1} == cloud.counts


def test_one_machine_that_changes_its_kind_goes_as_a_whole():
    """
    Guarded, with the former machine standing by.
    """
    cloud = FakeSageMaker(instance_type="ml.m5.large")
    cloud.counts = {"main": 1}

    ended = release({"version": "12"}, cloud, CANARY)

    assert "" == ended.error
    assert "ALL_AT_ONCE" == routing(ended)["Type"]
    assert 6 == len(guards(ended))


def test_steps_of_any_size_go_by_weights():
    """
    The candidate gets 10%, 50% and all of the traffic, is watched after each, and its model stays.
    """
    cloud = FakeSageMaker()

    ended = release({"version": "12"}, cloud)

    pair, last = (call["EndpointConfigName"] for call in ended.called("UpdateEndpoint"))
    assert "" == ended.error
    assert [(90, 10), (50, 50), (0, 100)] == shifts(ended)
    assert 3 * 900 / 30 == ended.states.count("Alarms")
    assert last == cloud.configuration == pair.removesuffix("-steps")
    assert {"main": 1} == cloud.weights
    assert {"version": "12", "former": "at-first", "model": "fraud"}.items() <= cloud.tags(last).items()
    assert {"at-first", last} == set(cloud.configurations)


def test_the_candidate_is_as_large_as_what_serves():
    """
    It stands beside with as many machines, no traffic, the same capture; the autoscaler takes none off the other one.
    """
    cloud = FakeSageMaker()
    cloud.counts = {"main": 5}

    ended = release({"version": "12"}, cloud, capture={"sample": "50%", "retain": "7d"})

    pair = next(c for c in ended.called("CreateEndpointConfig") if c["EndpointConfigName"].endswith("-steps"))
    stable, candidate = pair["ProductionVariants"]
    suspended = [call["SuspendedState"]["DynamicScalingInSuspended"] for call in ended.called("RegisterScalableTarget")]
    assert (5, 0) == (candidate["InitialInstanceCount"], candidate["InitialVariantWeight"])
    assert (OLD_MODEL, 1) == (stable["ModelName"], stable["InitialVariantWeight"])
    assert 50 == pair["DataCaptureConfig"]["InitialSamplingPercentage"]
    assert [True, False] == suspended


@pytest.mark.parametrize(("bad_at", "reached"), [(10, 1), (50, 2), (100, 3)])
def test_a_bad_candidate_goes_back_at_once(bad_at, reached):
    """
    At whichever step the alarm is raised, all of the traffic goes back, and the release fails and says which it was.
    """
    cloud = FakeSageMaker(bad_at=bad_at)

    ended = release({"version": "12"}, cloud)

    assert "RolledBack" == ended.error
    assert "serves at-first again (version 11)" in ended.cause
    assert next(iter(named(STEPS, "released_errors"))) in ended.cause
    assert [*[(90, 10), (50, 50), (0, 100)][:reached], (1, 0)] == shifts(ended)
    assert OLD_MODEL == cloud.serving
    assert {"at-first"} == set(cloud.configurations)
    assert {OLD_MODEL} == set(cloud.models)
    assert not cloud.scaled["SuspendedState"]["DynamicScalingInSuspended"]


def test_a_candidate_that_does_not_start_changes_nothing():
    """
    The machines of the candidate never were healthy: the former version served all the time.
    """
    cloud = FakeSageMaker(update_refused=("SageMaker.ResourceLimitExceededException", "0 more"))

    ended = release({"version": "12"}, cloud)

    assert "Refused" == ended.error
    assert [] == shifts(ended)
    assert {"at-first"} == set(cloud.configurations)
    assert not cloud.scaled["SuspendedState"]["DynamicScalingInSuspended"]


def test_a_release_that_changes_the_machine_goes_by_guardrails():
    """
    Two kinds of machine can't share one key for their disks: the first step, then all.
    """
    ended = release({"version": "12"}, FakeSageMaker(instance_type="ml.m5.large"))

    assert "" == ended.error
    assert ("CANARY", 10) == (routing(ended)["Type"], routing(ended)["CanarySize"]["Value"])


@pytest.mark.parametrize("call", [*range(1, 26), 50, 55, 60, 80, 90, *range(105, 135)])
def test_a_release_that_died_is_taken_back_by_the_next(call):
    """
    Whenever an execution is stopped, the next one finds an endpoint that it can release to, and leaves one version.
    """
    cloud = FakeSageMaker(dies_at=call)
    first = release({"version": "12"}, cloud)
    assert ("Aborted" if call <= len(first.calls) and first.error else "") == first.error
    cloud.dies_at = None
    while cloud.status == "Updating":
        cloud._describeEndpoint({"EndpointName": "e"})

    ended = release({"version": "13"}, cloud, mark="2")

    assert "" == ended.error, ended.cause
    assert ["main"] == list(cloud.weights)
    assert cloud.models[cloud.serving]["PrimaryContainer"]["ModelPackageName"].endswith("/13")
    assert "13" == cloud.tags(cloud.configuration)["version"]
    assert not cloud.scaled["SuspendedState"].get("DynamicScalingInSuspended")


def test_a_start_that_comes_to_nothing_takes_a_dead_release_back_too():
    """
    The next start may be refused; the endpoint is whole all the same, and scaled again.
    """
    cloud = FakeSageMaker(dies_at=60)
    release({"version": "12"}, cloud)
    assert 2 == len(cloud.weights)
    cloud.dies_at = None

    ended = release({"version": "99"}, cloud, mark="2")

    assert "NoVersion" == ended.error
    assert ("at-first", {"main": 1}) == (cloud.configuration, cloud.weights)
    assert {OLD_MODEL} == set(cloud.models)
    assert not cloud.scaled["SuspendedState"]["DynamicScalingInSuspended"]


def test_three_releases_leave_the_last_two():
    """
    What serves and what it would go back to stay; what is older goes, but never what Pulumi made.
    """
    cloud = FakeSageMaker(serves="", versions=frozenset({"12", "13", "14"}))

    ended = [
        release({"version": "12"}, cloud),
        release({"version": "13"}, cloud, mark="2"),
        release({"version": "14"}, cloud, mark="3"),
    ]

    assert ["", "12", "13"] == [one.output["previous"] for one in ended]
    assert ["13", "14"] == [cloud.tags(name)["version"] for name in cloud.configurations if name != "at-first"]
    assert 3 == len(cloud.models)
    assert "at-first" in cloud.configurations


def test_the_second_of_two_releases_says_that_it_is_late():
    """
    Between the steps the endpoint is in service; it is the other execution that tells, and nothing is changed.
    """
    other = "arn:aws:states:us-east-1:111122223333:execution:m:first"
    own = "arn:aws:states:us-east-1:111122223333:execution:m:e-1"

    late = release({"version": "12"}, FakeSageMaker(others=[own, other]))
    early = release({"version": "12"}, FakeSageMaker(others=[other, own]))

    assert "Busy" == late.error
    assert other in late.cause
    assert ["ListExecutions"] == [name for name, _ in late.calls]
    assert "" == early.error
