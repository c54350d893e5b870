"""Rollouts on Azure: steps, watch and way back, played through against an Azure ML and an Azure Monitor of our own."""

from typing import Any

import pytest

from tests.components.endpoint.azure_plans import (
    APPROVED,
    SLO,
    canary,
    own,
    plan,
    release,
    serving,
    steps,
    went_back,
)
from tests.truth.azure_serving import Measured, Serving
from tests.truth.azure_workflows import Answer


def test_a_good_version_takes_over_step_by_step():
    """
    A version that keeps every promise gets 10%, 50% and all of the traffic, a bake after each; then the old one goes.
    """
    planned = canary()
    azure, stable = serving(planned)

    done = release(planned, azure, version="4")

    (name,) = azure.deployments
    assert "Succeeded" == done.status, done.error
    assert [10, 50, 100, 100] == steps(azure, stable)
    assert {name: 100} == azure.traffic
    assert ("4", name) == (azure.tags["serves"], azure.tags["stable"])
    assert 1 == len(azure.settings)
    assert done.seconds > 3 * 15 * 60
    assert "4" == done.outputs["Result"]["version"]
    assert "10%: " in done.outputs["Result"]["watched"]
    assert "requests" in done.outputs["Result"]["watched"]


def test_the_new_version_scales_by_itself_before_it_has_traffic():
    """
    The autoscale setting of the new deployment is there before the first step.
    """
    planned = canary()
    azure, _stable = serving(planned)

    done = release(planned, azure, version="4")

    puts = [r.path for r in done.sent("PUT")]
    scale = next(i for i, path in enumerate(puts) if "/autoscaleSettings/" in path)
    assert scale < next(i for i, path in enumerate(puts) if "/onlineEndpoints/" in path and "/deployments/" not in path)


def test_the_new_version_begins_with_as_many_replicas_as_serve_now():
    """
    What took eight replicas yesterday is not given to one: the new deployment has as many, and scales from there.
    """
    planned = canary()
    azure, stable = serving(planned)
    azure.deployments[stable]["sku"]["capacity"] = 3

    release(planned, azure, version="4")

    ((_name, made),) = azure.deployments.items()
    assert 3 == made["sku"]["capacity"]


@pytest.mark.parametrize(
    ("bad", "signal", "value"),
    [
        (Measured(errors=12.5), "errors", "12.5%"),
        (Measured(latency=950), "latency_p99", "950 ms"),
        (Measured(availability=98), "availability", "98%"),
    ],
)
def test_a_version_that_breaks_a_promise_is_taken_back(bad, signal, value):
    """
    A bound that breaks moves all of the traffic back, deletes the version, and the run names signal, value and bound.
    """
    planned = canary()
    azure, stable = serving(planned, measured={"4": bad})

    done = release(planned, azure, version="4")

    assert ("Failed", "RolledBack") == (done.status, done.error["code"])
    assert f"{signal} {value} is " in done.error["message"]
    assert "version 3 serves" in done.error["message"]
    assert [10, 0] == steps(azure, stable)
    assert went_back(azure, stable)


def test_a_breach_is_answered_before_the_bake_is_over():
    """
    Nobody waits for the end of an hour's bake while requests fail.
    """
    planned = canary(bake="1h")
    azure, stable = serving(planned, measured={"4": Measured(errors=50)})

    done = release(planned, azure, version="4")

    assert "RolledBack" == done.error["code"]
    assert done.seconds < 600 + 15 * 60
    assert went_back(azure, stable)


@pytest.mark.parametrize("share", [50, 100])
def test_a_breach_at_a_later_step_takes_it_back_too(share):
    """
    What shows only under more traffic, or under all of it, is answered likewise: the old version stands by.
    """
    planned = canary()
    azure, stable = serving(planned, measured={"4": Measured(latency=950, from_share=share)})

    done = release(planned, azure, version="4")

    assert "RolledBack" == done.error["code"]
    assert share == steps(azure, stable)[-2]
    assert went_back(azure, stable)


def test_only_what_takes_a_version_back_is_watched():
    """
    `rollback_on: [errors]` leaves latency to the alarm.
    """
    planned = canary(rollback_on=["errors"])
    azure, _stable = serving(planned, measured={"4": Measured(latency=950)})

    assert "Succeeded" == release(planned, azure, version="4").status


def test_blue_green_moves_at_once_and_the_old_one_stands_by():
    """
    All of the traffic in one step; a breach within the bake moves it back, and without one the old version goes.
    """
    planned = plan(slo=SLO, rollout={"strategy": "blue-green", "bake": "30m"})
    azure, stable = serving(planned, measured={"5": Measured(errors=5)})

    bad = release(planned, azure, version="5")

    assert "RolledBack" == bad.error["code"]
    assert [100, 0] == steps(azure, stable)
    assert went_back(azure, stable)

    good = release(planned, azure, version="4")

    assert "Succeeded" == good.status
    assert good.seconds > 30 * 60
    assert "4" == azure.tags["serves"]


def test_a_first_version_has_no_steps():
    """
    Where nothing serves there is nothing to go back to: the first version gets the traffic at once.
    """
    azure = Serving(dict(APPROVED), measured={"3": Measured(errors=50)})

    done = release(canary(), azure, version="3")

    assert "Succeeded" == done.status
    assert all({100} == set(traffic.values()) for traffic in azure.shares)
    assert done.seconds < 15 * 60


def test_force_releases_at_once():
    """
    `force: true` moves all of the traffic in one step and watches nothing: somebody is putting out a fire.
    """
    planned = canary()
    azure, stable = serving(planned, measured={"4": Measured(errors=50)})

    done = release(planned, azure, version="4", force=True)

    assert "Succeeded" == done.status
    assert [100, 100] == steps(azure, stable)
    assert done.seconds < 15 * 60
    assert [] == done.sent("POST")


def test_force_means_the_same_without_a_rollout():
    """
    An endpoint that releases at once anyway takes the word too, so that a runbook holds for every endpoint.
    """
    azure = Serving(dict(APPROVED))

    assert "Succeeded" == release(plan(), azure, version="3", force=True).status


def test_no_traffic_is_no_breach_and_is_told():
    """
    Nobody asked anything in the bake: the version takes over, and the result says that nothing was measured.
    """
    planned = canary()
    azure, _stable = serving(planned, measured={"4": Measured(requests=0, latency=9999, errors=100, availability=0)})

    done = release(planned, azure, version="4")

    assert "Succeeded" == done.status
    assert "10%: no requests, so nothing was measured" in done.outputs["Result"]["watched"]


def test_a_log_that_never_had_a_request_is_no_breach():
    """
    Azure makes the table with the first request; without it the version takes over.
    """
    planned = canary(rollback_on=["errors"])
    azure, _stable = serving(planned)
    error = "Failed to resolve table or column expression named 'AmlOnlineEndpointTrafficLog'"
    azure.refuse = _answers("POST", "/logs", (400, {"error": {"message": error}}))

    done = release(planned, azure, version="4")

    assert "Succeeded" == done.status
    assert "no requests" in done.outputs["Result"]["watched"]


@pytest.mark.parametrize(("method", "part"), [("POST", "/logs"), ("GET", "/metrics")])
@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_measure_that_can_not_be_read_takes_a_version_back(method, part, status):
    """
    A version of which nobody knows whether it is good does not stay.
    """
    planned = canary()
    azure, stable = serving(planned)
    azure.refuse = _answers(method, part, (status, {"error": {"message": "no"}}))

    done = release(planned, azure, version="4")

    assert "RolledBack" == done.error["code"]
    assert f"can not be read ({status})" in done.error["message"]
    assert went_back(azure, stable)


def _answers(method: str, part: str, answer: Answer) -> Any:
    return lambda request: answer if request.method == method and part in request.path else None


@pytest.mark.parametrize(
    ("bound", "bad", "good"), [({"above": 3}, 4.5, 3.0), ({"below": 0.25}, 0.1, 0.25), ({"above": 1e-9}, 1e-3, 0.0)]
)
@pytest.mark.parametrize("versioned", [True, False])
def test_a_number_of_ones_own_takes_a_version_back(bound, bad, good, versioned):
    """
    A metric of the team's own beyond its bound in any minute takes the version back, by version or for all of them.
    """
    planned = own(bound)
    how = {"4": Measured(own={"refunds": bad}), "5": Measured(own={"refunds": good})}
    azure, stable = serving(planned, measured=how, versioned=versioned)

    done = release(planned, azure, version="4")

    assert "RolledBack" == done.error["code"]
    assert "refunds " in done.error["message"]
    assert went_back(azure, stable)
    assert "Succeeded" == release(planned, azure, version="5").status


def test_a_number_nobody_publishes_is_no_breach():
    """
    A metric that was never published breaks nothing.
    """
    planned = own({"above": 3})
    azure, _stable = serving(planned)

    assert "Succeeded" == release(planned, azure, version="4").status
