"""Rollouts on Vertex AI that don't end as they should: what fails, what dies half-way, what runs twice."""

import pytest

from tests.components.endpoint.gcp_serving import names, serving, shares, source
from tests.truth.gcp_traffic import Behaviour
from tests.truth.gcp_workflow_engine import Raised

QUERY = "monitoring.projects.location.prometheus.api.v1.query"
PATCH = "aiplatform.projects.locations.endpoints.patch"


def test_a_candidate_that_does_not_start_leaves_the_stable_version_serving():
    """
    The release fails with Vertex AI's message; no request went to the candidate.
    """
    release = source()
    project = serving(release)
    project.fails = {"deployModel": "Model server never became ready"}

    with pytest.raises(Raised, match="never became ready"):
        project.run(release, {"version": "2"})

    assert ["v1"] == names(project)
    assert [] == shares(project)


def test_a_deployment_without_end_is_given_up():
    """
    After two hours the release fails; a deployment that ends later has no traffic, and the next start takes it out.
    """
    release = source()
    project = serving(release)
    project.takes = {"deployModel": 3 * 3600}
    with pytest.raises(Raised, match="TimedOut"):
        project.run(release, {"version": "2"})
    assert {project.deployed[0]["id"]: 100} == project.split

    project.takes = {}
    project.engine.now += 3600
    answer = project.run(release, {"version": "3"})

    assert ["v3"] == names(project)
    assert ("3", "1") == (answer["serves"], answer["previous"])
    assert [] == shares(project)


def test_what_can_not_be_watched_goes_back():
    """
    Where Cloud Monitoring does not answer, nobody would see a breach: the stable version has the traffic again.
    """
    release = source()
    project = serving(release)
    project.broken = {QUERY: [400]}

    with pytest.raises(Raised, match="400"):
        project.run(release, {"version": "2"})

    assert ["v1"] == names(project)
    assert [10] == shares(project)


def test_a_passing_fault_of_an_api_is_tried_again():
    """
    Looks, and shifts of traffic, outlast an overloaded service.
    """
    release = source()
    project = serving(release)
    project.broken = {
        QUERY: [503, 429],
        PATCH: [503],
    }

    assert "2" == project.run(release, {"version": "2"})["serves"]


def test_traffic_that_can_not_be_moved_back_is_told_as_such():
    """
    The worst case has a name of its own, and what a next start does about it.
    """
    release = source()
    project = serving(release, Behaviour(failed=1.0))
    project.broken = {PATCH: []}

    def only_once(_method: str) -> None:
        if shares(project) == [10]:
            project.broken[PATCH] = [500]

    project.before = only_once
    with pytest.raises(Raised, match="a next start moves it back"):
        project.run(release, {"version": "2"})

    project.before, project.broken = lambda _method: None, {}
    assert "1" == project.run(release, {"version": "3"})["previous"]
    assert ["v3"] == names(project)


def test_a_candidate_that_can_not_be_taken_out_does_not_hide_why():
    """
    The release ends as rolled back all the same, and the next one clears up.
    """
    release = source()
    project = serving(release, Behaviour(failed=1.0))
    project.fails = {"undeployModel": "internal error"}

    with pytest.raises(Raised, match="RolledBack"):
        project.run(release, {"version": "2"})

    assert project.split[project.deployed[0]["id"]] == 100
    project.fails = {}
    project.run(release, {"version": "3"})
    assert ["v3"] == names(project)


class _Dies(Exception):
    """The execution is gone: cancelled, or lost with its region."""


@pytest.mark.parametrize("share", [10, 50, 100])
def test_a_release_that_died_between_steps_is_put_back_before_the_next(share):
    """
    Whoever had how much of the traffic: the next start gives it all to the version that was stable, then goes on.
    """
    release = source()
    project = serving(release)

    def dies(method: str) -> None:
        if method == QUERY and share in project.split.values():
            raise _Dies

    project.before = dies
    with pytest.raises(_Dies):
        project.run(release, {"version": "2"})
    assert 2 == len(project.deployed)
    project.before = lambda _method: None
    before = len(project.traffic.splits)

    told = project.run(release, {"version": "3"})

    assert [("1", 100)] == list(project.traffic.splits[before][1].values())
    assert ("3", "1") == (told["serves"], told["previous"])
    assert ["v3"] == names(project)


def test_one_that_died_after_a_release_at_once_keeps_the_new_version():
    """
    What was released for good is stable from its first request on, also where the former is still deployed.
    """
    release = source()
    project = serving(release)

    def dies(method: str) -> None:
        if method.endswith(".undeployModel"):
            raise _Dies

    project.before = dies
    with pytest.raises(_Dies):
        project.run(release, {"version": "2", "force": True})
    project.before = lambda _method: None

    assert "2" == project.run(release, {"version": "3"})["previous"]


def test_releases_follow_each_other():
    """
    Each is watched against the one before, whose name in the endpoint no longer matters.
    """
    release = source()
    project = serving(release)

    project.run(release, {"version": "2"})
    answer = project.run(release, {"version": "3"})
    again = project.run(release, {"version": "3"})

    assert ("2", "3") == (answer["previous"], again["previous"])
    assert ["v3"] == names(project)


def test_two_rollouts_at_once_are_refused():
    """
    A second start while one moves traffic fails, and changes nothing.
    """
    release = source()
    project = serving(release)
    project.running = 2

    with pytest.raises(Raised, match="another release"):
        project.run(release, {"version": "2"})

    assert [] == [verb for verb, _, _ in project.calls if verb != "GET"]


def test_withdrawing_in_the_midst_of_a_rollout_takes_both_out():
    """
    An endpoint that is to go is emptied, whoever has its traffic.
    """
    release = source()
    project = serving(release)
    project.deployed.append({**project.deployed[0], "id": "9000", "displayName": "v2 after 7000"})
    project.split = {project.deployed[0]["id"]: 90, "9000": 10}

    project.run(release, {"withdraw": True})

    assert [] == project.deployed
