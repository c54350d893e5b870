"""Shadows on Azure: a copy of the traffic for a version that does not serve."""

from typing import Any

import pytest
from jsonschema import ValidationError

from groundplan.testing import Planned
from tests.components.endpoint.azure_plans import (
    APPROVED,
    ROLLOUT,
    SLO,
    canary,
    plan,
    release,
    serving,
)
from tests.truth.azure_serving import Serving


def shadowed(**changes: Any) -> Planned:
    return plan(slo=SLO, rollout={**ROLLOUT, "bake": "1m"}, shadow={"sample": "20%"}, **changes)


def shadow(planned: Planned) -> tuple[Serving, str]:
    """An endpoint on which version 3 serves and 4 is the shadow."""
    azure, stable = serving(planned)
    done = release(planned, azure, shadow="4")
    assert "Succeeded" == done.status, done.error
    return azure, stable


def test_a_shadow_sees_a_copy_of_the_traffic():
    """
    The version gets a copy of the sample, none of the traffic, and the endpoint says which one it is.
    """
    azure, stable = shadow(shadowed())

    assert {stable: 100} == azure.traffic
    assert {"shadow": 20} == azure.mirrored
    assert "4" == azure.deployments["shadow"]["tags"]["version"]
    assert ("3", "4") == (azure.tags["serves"], azure.tags["shadow"])


def test_another_shadow_takes_the_place_of_the_last():
    """
    There is one shadow: a start names another, and the last one goes first.
    """
    planned = shadowed()
    azure, stable = shadow(planned)
    azure.delete_seconds = 300

    done = release(planned, azure, shadow="5")

    assert "Succeeded" == done.status, done.error
    assert {stable, "shadow"} == set(azure.deployments)
    assert "5" == azure.deployments["shadow"]["tags"]["version"] == azure.tags["shadow"]


def test_an_empty_name_takes_the_shadow_away():
    """
    `{"shadow": ""}` ends the copying and deletes the version; a second time it does nothing.
    """
    planned = shadowed()
    azure, stable = shadow(planned)

    done, again = release(planned, azure, shadow=""), release(planned, azure, shadow="")

    assert ["Succeeded", "Succeeded"] == [done.status, again.status]
    assert {stable: 100} == azure.traffic
    assert {} == azure.mirrored
    assert [stable] == list(azure.deployments)
    assert 1 == len(azure.settings)
    assert "shadow" not in azure.tags
    assert [] == again.sent("PUT") + again.sent("DELETE")


def test_a_release_takes_the_shadow_away():
    """
    Azure mirrors only beside one version that serves, so a release ends a shadow before it begins.
    """
    planned = shadowed()
    azure, _stable = shadow(planned)

    done = release(planned, azure, version="5")

    assert "Succeeded" == done.status, done.error
    assert {} == azure.mirrored
    assert "shadow" not in azure.deployments
    assert "5" == azure.tags["serves"]


def test_a_shadow_has_to_be_approved_too():
    """
    A shadow sees what customers send, so it is a version that somebody approved.
    """
    planned = shadowed()
    azure, _stable = serving(planned)
    azure.models["4"] = "Pending"

    assert "NotApproved" == release(planned, azure, shadow="4").error["code"]


def test_nothing_can_be_shadowed_where_nothing_serves():
    """
    Without a version that serves there is nothing to copy, and the run says so.
    """
    done = release(shadowed(), Serving(dict(APPROVED)), shadow="4")

    assert "NothingServes" == done.error["code"]
    assert [] == done.sent("PUT")


def test_a_shadow_that_does_not_come_up_changes_nothing():
    """
    The version that serves goes on, and what failed is deleted.
    """
    planned = shadowed()
    azure, stable = serving(planned)
    azure.comes_up = False

    done = release(planned, azure, shadow="4")

    assert "DeploymentFailed" == done.error["code"]
    assert [stable] == list(azure.deployments)
    assert {} == azure.mirrored


@pytest.mark.parametrize("start", [{"shadow": "4", "version": "5"}, {}, {"shadow": "not a version"}])
def test_a_start_is_of_a_release_or_of_a_shadow(start):
    """
    A start that says both, or neither, or nonsense, starts nothing.
    """
    with pytest.raises(ValidationError):
        release(shadowed(), Serving(dict(APPROVED)), **start)


def test_an_endpoint_without_shadow_refuses_one():
    """
    A shadow that the blueprint does not know of is none.
    """
    with pytest.raises(ValidationError, match="shadow"):
        release(canary(), Serving(dict(APPROVED)), shadow="4")


def test_a_shadow_without_an_image_is_refused_where_none_is_known():
    """
    An endpoint that knows no image takes one with the shadow; to take it away needs none.
    """
    planned = shadowed(image=None)
    azure = Serving(dict(APPROVED))
    release(planned, azure, version="3", image="own:1")

    with pytest.raises(ValidationError):
        release(planned, azure, shadow="4")

    assert "Succeeded" == release(planned, azure, shadow="4", image="own:1").status
    assert "Succeeded" == release(planned, azure, shadow="").status


def test_more_than_azure_mirrors_is_refused():
    """
    A sample above 50% is refused with the limit and the nearest there is.
    """
    with pytest.raises(ValueError, match=r"(?s)60%.*50%.*how-to-safely-rollout.*Write 50%"):
        plan(shadow={"sample": "60%"})
