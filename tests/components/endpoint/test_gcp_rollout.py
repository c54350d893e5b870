"""Rollouts on Vertex AI: traffic in steps, and what takes a version back."""

import pytest

from tests.components.endpoint.gcp_serving import CANARY, names, rolled_back, serving, shares, source
from tests.truth.gcp_traffic import Behaviour
from tests.truth.gcp_workflow_engine import Raised


def test_a_good_version_takes_over_step_by_step():
    """
    It has each share for the bake time and as long as its last minute may take to be seen, then all of the traffic.
    """
    release = source()
    project = serving(release)
    began = project.engine.now

    answer = project.run(release, {"version": "2"})

    assert [10, 50, 100] == shares(project)
    assert ["v2"] == names(project)
    assert ("2", "1", [10, 50, 100], []) == tuple(answer[k] for k in ("serves", "previous", "watched", "unmeasured"))
    assert 3 * 11 * 60 <= project.engine.now - began < 3 * 11 * 60 + 600
    changed = [split for at, split in project.traffic.splits if at > began]
    assert all(100 == sum(share for _, share in split.values()) for split in changed)


def test_a_candidate_is_deployed_beside_without_traffic_and_as_large_as_asked():
    """
    While it starts the stable version has all of the traffic; it has the endpoint's replicas from the first step on.
    """
    release = source(scale={"min": 2, "max": 4})
    project = serving(release)

    project.run(release, {"version": "2"})

    (request,) = project.bodies(":deployModel")
    assert "trafficSplit" not in request
    assert 2 == request["deployedModel"]["dedicatedResources"]["minReplicaCount"]


@pytest.mark.parametrize("family", ["", "private_"])
@pytest.mark.parametrize(
    ("second", "signal", "value"),
    [
        (Behaviour(refused=0.03), "errors", "3"),
        (Behaviour(failed=0.008), "availability", "99.2"),
        (Behaviour(milliseconds=450), "latency_p99", "500"),
    ],
)
def test_a_bad_version_is_taken_back(family, second, signal, value):
    """
    Whatever of the promise it breaks, the former version has all of the traffic again, and the release fails, telling
    what broke it, by how much, and what serves.
    """
    release = source()
    project = serving(release, second, family=family)

    told = rolled_back(project, release)

    assert (signal, value, "2", "1") == tuple(told[k] for k in ("signal", "value", "version", "serves"))
    assert "at 10% of the traffic" in told["message"]
    assert "version 1 serves" in told["message"]
    assert [10] == shares(project)


def test_it_is_taken_back_within_minutes_of_being_seen():
    """
    A breach is acted upon at the next look, not at the end of the step.
    """
    release = source({"steps": ["10%"], "bake": "1h"})
    project = serving(release, Behaviour(failed=1.0), late=60)
    rolled_back(project, release)
    shifted = [at for at, _ in project.traffic.splits]

    assert shifted[2] - shifted[1] <= 300


def test_a_version_that_fails_under_more_traffic_is_taken_back_at_that_step():
    """
    Each step is watched, the last one to all of the traffic too.
    """
    release = source()
    for share, seen in ((50, [10, 50]), (100, [10, 50, 100])):
        project = serving(release, Behaviour(refused=0.5), at=share)
        assert share == rolled_back(project, release)["share"]
        assert seen == shares(project)


def test_errors_of_the_stable_version_do_not_take_the_candidate_back():
    """
    Only what the candidate itself answers counts.
    """
    release = source()
    project = serving(release)
    project.traffic.behaves = lambda version, _share: Behaviour(failed=0.5 if version == "1" else 0)

    assert "2" == project.run(release, {"version": "2"})["serves"]


def test_only_what_rollback_on_names_takes_a_version_back():
    """
    What is promised but not named is an alarm's affair.
    """
    release = source({**CANARY, "rollback_on": ["latency_p99"]})

    assert "2" == serving(release, Behaviour(failed=0.5)).run(release, {"version": "2"})["serves"]


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize(
    ("bound", "good", "bad"), [({"above": 3}, 3.0, 3.5), ({"below": 0.25}, 0.25, 0.1)], ids=["above", "below"]
)
def test_a_number_of_ones_own_takes_a_version_back(bound, good, bad, labelled):
    """
    So does a published number beyond its bound, with the version as a label or without.
    """
    release = source({**CANARY, "metrics": {"refunds": bound}}, slo=None)
    fine = serving(release)
    fine.traffic.behaves = lambda _version, _share: Behaviour(numbers={"refunds": good}, labelled=labelled)
    assert "2" == fine.run(release, {"version": "2"})["serves"]

    told = rolled_back(serving(release, Behaviour(numbers={"refunds": bad}, labelled=labelled)), release)

    assert ("refunds", f"{bad:g}") == (told["signal"], told["value"])


def test_blue_green_moves_all_of_the_traffic_and_keeps_the_former_version_standing_by():
    """
    One shift; a breach within the bake time moves it back to the version that still stands.
    """
    release = source({"strategy": "blue-green", "bake": "10m"})
    good = serving(release)
    good.run(release, {"version": "2"})
    assert [100] == shares(good)

    assert 100 == rolled_back(serving(release, Behaviour(failed=0.2)), release)["share"]


def test_without_a_request_a_step_passes_and_the_release_says_so():
    """
    No data is no breach; the shares at which nothing was measured are told.
    """
    release = source()
    project = serving(release, requests=0)

    assert [10, 50, 100] == project.run(release, {"version": "2"})["unmeasured"]


def test_force_releases_at_once():
    """
    No steps, nothing watched: for a version that must serve now, whatever is measured.
    """
    release = source()
    project = serving(release, Behaviour(failed=1.0))

    answer = project.run(release, {"version": "2", "force": True})

    assert [100] == shares(project)
    assert ["v2"] == names(project)
    assert [] == answer["watched"]


def test_force_is_true_or_false():
    """
    Anything else is refused before anything is deployed.
    """
    release = source()
    with pytest.raises(Raised, match="force is true or false"):
        serving(release).run(release, {"version": "2", "force": "yes"})


def test_a_first_release_needs_no_steps():
    """
    Where nothing serves there is nothing to go back to.
    """
    release = source()
    project = serving(release)

    assert [100] == shares(project, "1")
    assert "v1" == project.deployed[0]["displayName"]


def test_the_longest_rollout_is_within_the_limits_of_workflows():
    """
    Ten steps of an hour, watched by all there is: fewer than the 100,000 steps that an execution may have.
    """
    metrics = {f"metric_{n}": {"above": n} for n in range(5)}
    steps = [f"{n}%" for n in range(5, 55, 5)]
    release = source({"steps": steps, "bake": "1h", "metrics": metrics})
    project = serving(release)

    project.run(release, {"version": "2"})

    assert 50_000 > project.engine.steps
