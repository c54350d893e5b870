"""Tracking on Azure ML: what the engine gets."""

from components.tracking import TrackingSpec
from groundplan.testing.component import plan_component

SPEC = TrackingSpec(experiments=["fraud"])


def test_the_workspace_tracks_and_nothing_else_is_made():
    """
    Beside the foundation's resources there is a role, and who has it.
    """
    planned = plan_component("tracking", "azure", SPEC)
    made = {r.type for r in planned if "Tracking$" in r.urn}

    assert {"azure-native:authorization:RoleAssignment", "azure-native:authorization:RoleDefinition"} == made


def test_who_trains_and_who_submits_may_log():
    """
    Both file runs in this workspace, and may do nothing else there by this role.
    """
    planned = plan_component("tracking", "azure", SPEC)
    role = planned.one("azure-native:authorization:RoleDefinition", "track-role")
    given = [a for a in planned.all("azure-native:authorization:RoleAssignment") if a.name.endswith("-tracks")]

    assert {"submit-tracks", "train-tracks"} == {assignment.name for assignment in given}
    assert all("/workspaces/" in assignment.at("scope") for assignment in given)
    assert all("/experiments/" in a or a.endswith("workspaces/read") for a in role.at("permissions.0.actions"))
