"""What goes wrong in a rollout on Azure: deployments, traffic, and runs that die half-way."""

from typing import Any

import pytest

from groundplan.testing import Planned
from tests.components.endpoint.azure_plans import (
    APPROVED,
    ROLLOUT,
    SLO,
    canary,
    plan,
    release,
    serving,
    steps,
    went_back,
)
from tests.truth.azure_serving import Measured, Serving
from tests.truth.azure_workflows import Answer, Request


def test_a_version_that_does_not_come_up_gets_no_traffic():
    """
    A deployment that fails is deleted with its autoscaling; no step is made.
    """
    planned = canary()
    azure, stable = serving(planned)
    azure.comes_up = False

    done = release(planned, azure, version="4")

    assert "DeploymentFailed" == done.error["code"]
    assert [] == steps(azure, stable)
    assert [stable] == list(azure.deployments)


def test_a_deployment_that_never_ends_is_given_up():
    """
    After three hours the release gives up; what serves goes on, and a later start clears the other away.
    """
    planned = canary()
    azure, stable = serving(planned, delete_seconds=600)
    azure.up_seconds = 4 * 3600

    late = release(planned, azure, version="4")

    assert "DeploymentFailed" == late.error["code"]
    assert {stable: 100} == azure.traffic

    azure.up_seconds = 600
    assert "Succeeded" == release(planned, azure, version="4").status
    assert "4" == azure.tags["serves"]


@pytest.mark.parametrize("share", [10, 100])
def test_traffic_that_does_not_move_goes_back(share):
    """
    When Azure refuses a step, the version is taken back, and the run says which step it was.
    """
    planned = canary()
    azure, stable = serving(planned)

    def fails(request: Request) -> Answer | None:
        if _is_step(request, share, stable):
            azure.taken = False
            return 200, request.body
        return None

    azure.refuse = fails

    done = release(planned, azure, version="4")

    assert "RolledBack" == done.error["code"]
    assert f"did not move to {share}%" in done.error["message"]
    assert went_back(azure, stable)


def _is_step(request: Request, share: int, stable: str) -> bool:
    if request.method != "PUT" or "/deployments/" in request.path or "/onlineEndpoints/" not in request.path:
        return False
    return (
        request.body["properties"]["traffic"].get(stable) == 100 - share
        and len(request.body["properties"]["traffic"]) == 2
    )


def _step_refused(share: int, stable: str, answer: Answer) -> Any:
    return lambda request: answer if _is_step(request, share, stable) else None


@pytest.mark.parametrize("status", [400, 409, 500])
def test_a_step_that_azure_answers_with_an_error_goes_back(status):
    """
    A refused request ends the steps, not the way back.
    """
    planned = canary()
    azure, stable = serving(planned)
    azure.refuse = _step_refused(50, stable, (status, {"error": {"code": "No"}}))

    done = release(planned, azure, version="4")

    assert "RolledBack" == done.error["code"]
    assert "50%" in done.error["message"]
    assert went_back(azure, stable)


def test_the_way_back_is_tried_until_it_is_taken():
    """
    An endpoint that is busy with the last step takes the way back a little later.
    """
    planned = canary()
    azure, stable = serving(planned, measured={"4": Measured(errors=9)})
    busy = iter([(409, {"error": {"code": "Conflict"}})] * 3)

    def refuses(request: Request) -> Answer | None:
        back = request.method == "PUT" and request.body.get("properties", {}).get("traffic") == {stable: 100}
        return next(busy, None) if back else None

    azure.refuse = refuses

    done = release(planned, azure, version="4")

    assert "RolledBack" == done.error["code"]
    assert went_back(azure, stable)


def test_a_way_back_that_is_never_taken_is_told():
    """
    When Azure takes no change any more, nothing is deleted, and the run says that the traffic is not back.
    """
    planned = canary()
    azure, stable = serving(planned, measured={"4": Measured(errors=9)})
    azure.traffic_moves = {stable: 100}

    done = release(planned, azure, version="4")

    assert "NotRolledBack" == done.error["code"]
    assert 2 == len(azure.deployments)


class Died(Exception):
    """Somebody cancelled the run, or the region went away."""


def _dies(planned: Planned, azure: Serving, after: int, **body: Any) -> bool:
    """Whether a release died after so many requests; if not, it was over before."""
    left = iter(range(after))

    def dies(_request: Request) -> None:
        if next(left, None) is None:
            raise Died

    azure.refuse = dies
    try:
        release(planned, azure, **body)
    except Died:
        return True
    finally:
        azure.refuse = lambda _request: None
    return False


@pytest.mark.parametrize("bad", [True, False])
@pytest.mark.parametrize("strategy", ["canary", "blue-green", None])
def test_a_release_that_died_anywhere_is_put_in_order_by_the_next(bad, strategy):
    """
    Wherever a release dies, the next one finds what was stable, clears the rest away, and does its own work.
    """
    rollout = {**ROLLOUT, "bake": "1m"} if strategy == "canary" else {"strategy": strategy, "bake": "1m"}
    planned = plan(slo=SLO, rollout=rollout) if strategy else plan()
    for after in range(0, 400, 7 if strategy else 3):
        azure, stable = serving(planned, measured={"4": Measured(errors=50 * bad)}, delete_seconds=120, up_seconds=60)
        if not _dies(planned, azure, after, version="4"):
            break
        azure.comes_up, azure.shares = False, []
        probe = release(planned, azure, version="5")  # comes to no good end, so that what it began with shows
        assert "DeploymentFailed" == probe.error["code"], (after, probe.error)
        assert 100 == azure.traffic.get(azure.tags["stable"]), after
        recorded = azure.deployments[azure.tags["stable"]]["tags"]["version"]
        assert recorded == azure.tags["serves"] == ("3" if stable in azure.traffic else "4"), after

        azure.comes_up = True
        done = release(planned, azure, version="5")

        assert "Succeeded" == done.status, (after, done.error)
        assert "5" == azure.tags["serves"], after
        alive = [name for name in azure.deployments if name not in azure.going]
        assert alive == [name for name, share in azure.traffic.items() if share], after
    else:
        raise AssertionError("the release never came to its end")
    assert after > 10


def test_a_first_release_that_died_does_not_stand_in_the_way():
    """
    What a first release left is taken over or cleared away.
    """
    planned = canary()
    for after in range(0, 60, 2):
        azure = Serving(dict(APPROVED), delete_seconds=60)
        died = _dies(planned, azure, after, version="3")
        assert "Succeeded" == release(planned, azure, version="4").status, after
        assert "4" == azure.tags["serves"]
        if not died:
            break


def test_the_same_version_can_be_released_twice():
    """
    A version takes over from itself: its deployments have different names.
    """
    planned = canary()
    azure, stable = serving(planned)

    done = release(planned, azure, version="3")

    assert "Succeeded" == done.status
    assert stable not in azure.deployments
    assert "3" == azure.tags["serves"]


def test_an_endpoint_of_before_this_record_is_understood():
    """
    Where no tag says what is stable, it is what has the traffic.
    """
    planned = canary()
    azure, stable = serving(planned, measured={"4": Measured(errors=9)})
    azure.tags = {}

    done = release(planned, azure, version="4")

    assert "RolledBack" == done.error["code"]
    assert went_back(azure, stable)


def test_a_version_that_the_endpoint_did_not_note_is_taken_back_by_the_next_start():
    """
    The last word of a release is the endpoint's: without it the former version is kept, and the next start goes there.
    """
    planned = canary()
    azure, stable = serving(planned)

    def fails(request: Request) -> Answer | None:
        if request.method == "PUT" and (request.body.get("tags") or {}).get("serves") == "4":
            azure.taken = False
            return 200, request.body
        return None

    azure.refuse = fails
    done = release(planned, azure, version="4")

    assert "NotRecorded" == done.error["code"]
    assert stable in azure.deployments

    azure.refuse, azure.comes_up = (lambda _request: None), False
    release(planned, azure, version="5")
    assert went_back(azure, stable)
