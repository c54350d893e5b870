"""GP-COST-014 on days that are over, missing, or none."""

import pytest

from policies.cost.expiry import RULE
from policies.judge import judge
from policies.resource import Resource
from policies.settings import Settings


def found(labels, **settings):
    """Messages on a notebook with labels, on 21 November 2026."""
    notebook = Resource("urn", "gcp:workbench/instance:Instance", {"labels": labels})
    given = Settings.model_validate({"today": "2026-11-21", **settings})
    return [f.message for f in judge([notebook], given, [RULE])]


def test_a_day_that_is_over_fails_also_where_none_is_asked_for():
    """
    Who wrote a day meant it; the day itself is still good.
    """
    assert ["its 'expires' was 2026-11-20"] == found({"expires": "2026-11-20"})
    assert [] == found({"expires": "2026-11-21"})


def test_a_missing_day_fails_only_where_it_is_asked_for():
    """
    Most teams have no use for it.
    """
    assert [] == found({"owner": "ml"})
    assert ["it has no 'expires'"] == found({"owner": "ml"}, requireExpiry=True)


def test_production_stays():
    """
    Nothing in production goes by a label.
    """
    assert [] == found({"expires": "2026-11-20"}, environment="prod", requireExpiry=True)


@pytest.mark.parametrize("key", ["expires", "example.com/expires"])
def test_the_label_is_the_teams_choice(key):
    """
    A key may have dots in it.
    """
    assert [] == found({key: "2027-01-31"}, expiryLabel=key, requireExpiry=True)
