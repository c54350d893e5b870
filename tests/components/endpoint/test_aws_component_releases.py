"""Releases to inference components on SageMaker, on good days and bad ones, by their state machine executed."""

import pytest

from tests.components.endpoint.aws_components import ALONE, BASKET, HOME, MANY, ZERO, needs_of, plan, release, shop
from tests.truth.aws_components import AT_FIRST, FakeComponents


def test_a_release_puts_a_version_of_one_model_into_service():
    """
    The component of the model that is named gets the version; the others stay as they are.
    """
    cloud = shop()

    ended = release({"model": "home", "version": "12"}, cloud)

    (model,) = ended.called("CreateModel")
    (update,) = ended.called("UpdateInferenceComponent")
    assert "" == ended.error, ended.cause
    assert model["PrimaryContainer"]["ModelPackageName"].endswith(":model-package/example-prod-home-ranker/12")
    assert model["EnableNetworkIsolation"]
    assert (HOME, cloud.models[HOME]) == (update["InferenceComponentName"], model["ModelName"])
    assert AT_FIRST == cloud.models[BASKET]
    assert ("12", HOME) == (ended.output["version"], ended.output["component"])
    assert "12" == cloud.tags[HOME]["version"] == cloud.tags[model["ModelName"]]["version"]
    assert {HOME: False} == cloud.suspended


def test_a_release_to_several_models_names_one():
    """
    Without a model, or with one that is not there, the release fails with the names that there are.
    """
    for given in ({"version": "12"}, {"model": "cart", "version": "12"}, {}):
        ended = release(given, shop())

        assert "NoModel" == ended.error
        assert "basket, home" in ended.cause
        assert [] == ended.called("CreateModel")


def test_where_there_is_one_model_it_may_be_left_out():
    """
    `{"version": "12"}` is enough.
    """
    cloud = FakeComponents(models={ALONE: AT_FIRST})

    ended = release({"version": "12"}, cloud, ZERO)

    assert ("", "12") == (ended.error, ended.output["version"])


def test_a_release_wakes_a_model_that_sleeps():
    """
    What no container has started proves nothing: a copy is started first, and none is taken away meanwhile.
    """
    cloud = FakeComponents(models={ALONE: AT_FIRST}, copies={ALONE: 0})

    ended = release({"version": "12"}, cloud, ZERO)

    names = [name for name, _ in ended.calls]
    assert "" == ended.error, ended.cause
    assert 1 == cloud.copies[ALONE]
    assert names.index("UpdateInferenceComponentRuntimeConfig") < names.index("UpdateInferenceComponent")
    assert {ALONE: False} == cloud.suspended


def test_a_model_that_does_not_wake_is_said_to():
    """
    Without a machine the release fails with SageMaker's reason, and the autoscaler is let go of.
    """
    cloud = FakeComponents(models={ALONE: AT_FIRST}, copies={ALONE: 0}, wakes=False)

    ended = release({"version": "12"}, cloud, ZERO)

    assert "Refused" == ended.error
    assert "no capacity" in ended.cause
    assert {ALONE: False} == cloud.suspended


def test_an_alarm_of_the_model_takes_a_version_back():
    """
    With `slo`, SageMaker looks at the alarms of that model while its version takes over; another model's do not count.
    """
    promised = {**MANY, "slo": {"errors": "1%", "latency_p99": "300ms"}}
    (alarm,) = plan(promised).all("aws:cloudwatch/metricAlarm:MetricAlarm", "scorer-home_errors")
    raised = shop(alarmed=frozenset({alarm.inputs["name"]}))

    ended = release({"model": "home", "version": "12"}, raised, promised)
    other = release({"model": "basket", "version": "12"}, shop(alarmed=raised.alarmed), promised)

    (update,) = ended.called("UpdateInferenceComponent")
    assert 300 == update["DeploymentConfig"]["RollingUpdatePolicy"]["WaitIntervalInSeconds"]
    assert ("RolledBack", AT_FIRST) == (ended.error, raised.models[HOME])
    assert "ALARM" in ended.cause
    assert {} == raised.made
    assert "" == other.error, other.cause


def test_a_version_that_does_not_start_is_taken_back_and_said():
    """
    SageMaker ends in service with the former model; the release fails with its reason, and leaves nothing behind.
    """
    cloud = shop(rolls_back=True)

    ended = release({"model": "home", "version": "12"}, cloud)

    assert "RolledBack" == ended.error
    assert "ping health check" in ended.cause
    assert AT_FIRST == cloud.models[HOME]
    assert {} == cloud.made
    assert {HOME: False} == cloud.suspended


def test_an_update_that_breaks_is_said_to_be_broken():
    """
    A component that neither version serves ends the release as not rolled back.
    """
    ended = release({"model": "home", "version": "12"}, shop(breaks=True))

    assert "NotRolledBack" == ended.error
    assert "Could not start" in ended.cause


def test_an_update_without_end_is_given_up():
    """
    After longer than SageMaker itself takes, the release fails, and the model is left for it.
    """
    cloud = shop(stuck=True)

    ended = release({"model": "home", "version": "12"}, cloud)

    assert "TimedOut" == ended.error
    assert 1 == len(cloud.made)
    assert {HOME: False} == cloud.suspended


def test_an_update_waits_while_the_autoscaler_adds_a_copy():
    """
    SageMaker changes one thing of a component at a time; the release tries again.
    """
    cloud = shop(scaling=1)

    ended = release({"model": "home", "version": "12"}, cloud)

    assert "" == ended.error, ended.cause
    assert len(ended.called("UpdateInferenceComponent")) > 1


@pytest.mark.parametrize("approval", ["PendingManualApproval", "Rejected"])
def test_a_version_that_nobody_approved_is_not_released(approval):
    """
    Only an approved version comes into service.
    """
    ended = release({"model": "home", "version": "12"}, shop(approval=approval))

    assert "NotApproved" == ended.error
    assert [] == ended.called("CreateModel")


def test_an_unknown_version_is_said_to_be_one():
    """
    It ends the release before anything changes.
    """
    ended = release({"model": "basket", "version": "99"}, shop())

    assert "NoVersion" == ended.error
    assert "99 of basket-ranker" in ended.cause


def test_a_second_release_at_once_is_refused():
    """
    Of two that run, the later one does nothing.
    """
    ended = release({"model": "home", "version": "12"}, shop(others=["arn:newest", "arn:holder"]))

    assert "Busy" == ended.error
    assert "arn:holder" in ended.cause


def test_what_served_before_stays_and_what_served_before_that_goes():
    """
    After the third release the model of the first is deleted, that of the second is there to go back to.
    """
    first, second = "example-prod-scorer-first", "example-prod-scorer-second"
    cloud = FakeComponents(models={HOME: second, BASKET: AT_FIRST}, made={first: {}, second: {}})
    cloud.tags = {second: {"version": "12", "former": first}}

    ended = release({"model": "home", "version": "13"}, cloud)

    assert ("12", "13") == (ended.output["previous"], ended.output["version"])
    assert {second, cloud.models[HOME]} == set(cloud.made)


def test_a_release_without_a_version_gives_the_share_that_the_blueprint_asks_for():
    """
    The model that serves stays; where it has that share already, nothing is done.
    """
    cloud = shop(needs={"MinMemoryRequiredInMb": 1024})

    ended = release({"model": "home"}, cloud)
    again = release({"model": "home"}, cloud)

    (update,) = ended.called("UpdateInferenceComponent")
    assert "" == ended.error, ended.cause
    assert AT_FIRST == update["Specification"]["ModelName"]
    assert needs_of(plan(MANY)) == cloud.needs
    assert [] == again.called("UpdateInferenceComponent")


@pytest.mark.parametrize("call", range(2, 11))
def test_after_a_release_that_died_the_next_one_ends_well(call):
    """
    Wherever an execution was stopped, the next one puts its version into service, and scaling goes on.
    """
    cloud = shop(dies_at=call)
    died = release({"model": "home", "version": "12"}, cloud)
    cloud.dies_at = None

    ended = release({"model": "home", "version": "13"}, cloud)

    assert "Aborted" == died.error

    assert "" == ended.error, ended.cause
    assert "13" == cloud.tags[cloud.models[HOME]]["version"]
    assert {HOME: False} == cloud.suspended


def test_an_image_of_the_start_serves_the_version():
    """
    With an image, the version's files are served by it.
    """
    ended = release({"model": "home", "version": "12", "image": "serve:2"}, shop())

    (model,) = ended.called("CreateModel")
    assert model["PrimaryContainer"]["Image"].endswith("/example-prod/serve:2")
