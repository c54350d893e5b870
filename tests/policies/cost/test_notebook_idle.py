"""GP-COST-005 against the limit that a team sets."""

from policies.cost.notebook_idle import RULE
from policies.judge import judge
from policies.resource import Resource
from policies.settings import Settings


def found(inputs, **settings):
    """Messages on a Workbench instance."""
    resource = Resource("urn", "gcp:workbench/instance:Instance", inputs)
    return [f.message for f in judge([resource], Settings.model_validate(settings), [RULE])]


def test_the_clouds_own_time_will_do_where_it_is_short_enough():
    """
    Workbench stops after 180 minutes by itself: too long for a limit of 120, not for one of 240.
    """
    assert ["idle-timeout-seconds is 10800; it must be 1 to 7200"] == found({})
    assert [] == found({}, maxIdleMinutes=240)


def test_other_metadata_change_nothing():
    """
    Metadata without the key leave the cloud's own time.
    """
    assert 1 == len(found({"gceSetup": {"metadata": {"report-event-health": "true"}}}))


def test_a_cluster_is_no_notebook():
    """
    Azure ML's clusters have an idle time of another kind.
    """
    cluster = Resource(
        "urn", "azure-native:machinelearningservices:Compute", {"properties": {"computeType": "AmlCompute"}}
    )

    assert [] == judge([cluster], Settings(), [RULE])
