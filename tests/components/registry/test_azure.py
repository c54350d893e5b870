"""The model registry on Azure."""

from components.registry import RegistrySpec
from groundplan.testing.component import plan_component

ASSIGNMENT = "azure-native:authorization:RoleAssignment"
ROLE = "azure-native:authorization:RoleDefinition"
SHARED = "azure-native:machinelearningservices:Registry"


def plan(**spec):
    return plan_component("registry", "azure", RegistrySpec.model_validate({"models": ["fraud-xgb", "ranker"], **spec}))


def test_every_model_has_its_entry():
    """
    Each model of the stack is a container that versions are registered in, protected outside dev.
    """
    made = plan().all("azure-native:machinelearningservices:ModelContainer")

    assert {"fraud-xgb", "ranker"} == {m.inputs["name"] for m in made}
    assert {True} == {m.protect for m in made}


def test_approving_is_a_right_of_its_own():
    """
    With manual approval one role may set a version's stage, and it is given to nobody by us.
    """
    planned = plan()
    may = [r.name for r in planned.all(ROLE) if "assets/stage/write" in str(r.inputs["permissions"])]
    guid = planned.one(ROLE, "approver-role").inputs["roleDefinitionId"]

    assert ["approver-role"] == may
    assert not any(a.inputs["roleDefinitionId"].endswith(guid) for a in planned.all(ASSIGNMENT))


def test_automatic_approval_needs_no_approver():
    """
    Where no person approves there is no role for it.
    """
    assert "approver-role" not in [r.name for r in plan(approval="automatic").all(ROLE)]


def test_nothing_is_shared_unless_asked():
    """
    A stack that shares with nobody has no shared registry, which costs.
    """
    assert [] == plan().all(SHARED)


def test_other_environments_read_a_private_registry():
    """
    Sharing makes a private registry with an entry a model, and an identity an environment that may read it and no more.
    """
    planned = plan(share_with=["prod", "staging"])
    shared = planned.one(SHARED)
    reading = {a.name: a.inputs for a in planned.all(ASSIGNMENT) if a.inputs["scope"] == shared.id}

    assert "Disabled" == shared.inputs["publicNetworkAccess"]
    assert {"fraud-xgb", "ranker"} == {
        m.inputs["modelName"] for m in planned.all("azure-native:machinelearningservices:RegistryModelContainer")
    }
    assert {"pipeline-shares", "prod-reads-models", "staging-reads-models"} == set(reading)
    assert 3 == len({inputs["principalId"] for inputs in reading.values()})
    (allowed,) = planned.one(ROLE, "shared-reader-role").inputs["permissions"]
    assert all(action.endswith("/read") for action in allowed["actions"])
    assert "shared-registry-endpoint" in [e.name for e in planned.all("azure-native:network:PrivateEndpoint")]
