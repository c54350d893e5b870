"""The registry on Vertex AI: registering, approving and sharing versions."""

from functools import cache
from typing import Any

import pytest

from components.clouds.gcp.ground import GcpPlace
from components.registry import RegistrySpec
from groundplan.testing.component import plan_component
from tests.truth.gcp_project import Project
from tests.truth.gcp_workflow_engine import Raised

FILES = "gs://example-prod-artifacts-ea5331"


@cache
def _planned(approval: str = "manual", share_with: tuple[str, ...] = (), environment: str = "prod"):
    spec = RegistrySpec.model_validate({"approval": approval, "share_with": share_with, "models": ["fraud", "churn"]})
    return plan_component("registry", "gcp", spec, environment=environment)


def _source(approval: str = "manual") -> str:
    return _planned(approval).one("gcp:workflows/workflow:Workflow").inputs["sourceContents"]


def _registered(start: dict[str, Any], approval: str = "manual") -> tuple[dict[str, Any], dict[str, Any]]:
    project = Project()
    answer = project.run(_source(approval), start)
    return answer, project.bodies("models:upload")[-1]


def test_a_first_version_makes_the_model_and_the_next_adds_to_it():
    """
    Nobody makes a model by hand: the first version does, the second is a version of it.
    """
    project = Project()

    first = project.run(_source(), {"model": "fraud", "run": "r-1", "runtime": "xgboost"})
    second = project.run(_source(), {"model": "fraud", "run": "r-2", "runtime": "xgboost"})

    made, added = project.bodies("models:upload")
    assert "example-prod-fraud" == made["modelId"]
    assert added["parentModel"].endswith("/models/example-prod-fraud")
    assert ("1", "2") == (first["version"], second["version"])


@pytest.mark.parametrize(
    ("start", "files"),
    [
        ({"run": "r-1"}, f"{FILES}/runs/fraud/r-1/model"),
        ({"artifacts": "models/fraud/1.4/"}, f"{FILES}/models/fraud/1.4/"),
        ({"artifacts": "gs://elsewhere/m"}, "gs://elsewhere/m"),
    ],
)
def test_files_are_those_of_a_run_or_of_a_path(start, files):
    """
    A version's files are where a run left them, or where the start says.
    """
    _, upload = _registered({"model": "fraud", "runtime": "sklearn", **start})

    assert files == upload["model"]["artifactUri"]


@pytest.mark.parametrize(
    ("approval", "state", "aliases"),
    [("manual", "pending", ["candidate"]), ("automatic", "approved", ["candidate", "approved"])],
)
def test_a_version_is_approved_by_a_person_unless_the_registry_does_it(approval, state, aliases):
    """
    With manual approval a version starts as pending; with automatic approval it may serve at once.
    """
    answer, upload = _registered({"model": "fraud", "run": "r", "runtime": "xgboost"}, approval)

    assert state == answer["approval"] == upload["model"]["labels"]["approval"]
    assert aliases == upload["model"]["versionAliases"]


def test_a_start_can_keep_a_version_for_a_person_and_never_approve_one():
    """
    Also where versions are approved by themselves one may have to be seen first; no start approves.
    """
    start = {"model": "fraud", "run": "r", "runtime": "xgboost", "approval": "pending"}
    answer, upload = _registered(start, "automatic")

    assert "pending" == answer["approval"] == upload["model"]["labels"]["approval"]
    assert ["candidate"] == upload["model"]["versionAliases"]
    with pytest.raises(Raised, match="and not approve it"):
        _registered({**start, "approval": "approved"})


def test_an_image_of_your_own_is_one_of_the_stacks():
    """
    An image without a registry is in the stack's repository, and answers on the routes all clouds use.
    """
    _, upload = _registered({"model": "fraud", "run": "r", "image": "fraud-serve:3"})

    assert {
        "imageUri": "us-central1-docker.pkg.dev/example-project/example-prod-images/fraud-serve:3",
        "predictRoute": "/invocations",
        "healthRoute": "/ping",
        "ports": [{"containerPort": 8080}],
    } == upload["model"]["containerSpec"]


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ({"model": "fruad", "run": "r", "runtime": "xgboost"}, "it has churn, fraud|it has fraud, churn"),
        ({"model": "fraud", "runtime": "xgboost"}, "names no files"),
        ({"model": "fraud", "run": "r"}, "what serves"),
        ({"model": "fraud", "run": "r", "runtime": "xgbost"}, "what serves"),
        ({"model": "fraud", "run": "r", "framework": "xgboost"}, "framework"),
    ],
)
def test_a_start_is_checked(start, says):
    """
    What is missing or misspelt is named, with what there is, and nothing is uploaded.
    """
    project = Project()

    with pytest.raises(Raised, match=says):
        project.run(_source(), start)

    assert [] == project.bodies("upload")


def test_a_failed_upload_says_why():
    """
    Files that Vertex AI can't read fail the registration with its message.
    """
    with pytest.raises(Raised, match="no such object"):
        Project(fails={"upload": "no such object"}).run(_source(), {"model": "fraud", "run": "r", "runtime": "xgboost"})


def test_only_the_approvers_role_may_change_a_version():
    """
    Approving is a permission that no account of the stack has: it is in a role for people.
    """
    planned = _planned()

    holders = [
        r.name
        for r in planned
        if r.type.endswith(":IAMCustomRole") and "aiplatform.models.update" in r.inputs["permissions"]
    ]
    assert ["role-approve"] == holders
    granted = {r.inputs["role"] for r in planned if r.type.endswith(":IAMMember") and "role" in r.inputs}
    assert not any("approve" in role for role in granted)


def test_another_environment_reads_and_nothing_else():
    """
    The environment that a registry is shared with may read models, their files and images, in the other project.
    """
    spec = RegistrySpec.model_validate({"share_with": ["prod"], "models": ["fraud"]})
    here = GcpPlace("us-central1", "dev-project", "111", "000000-000000-000000", peers={"prod": "prod-project"})

    planned = plan_component("registry", "gcp", spec, environment="dev", context={"place": here})

    grants = [r for r in planned if r.name.startswith("share-prod-")]
    members = {r.inputs["member"] for r in grants}
    assert 4 == len(grants)
    assert 1 == len(members)
    assert all(m.startswith("serviceAccount:example-prod-pipeline-") for m in members)
    assert all(m.endswith("@prod-project.iam.gserviceaccount.com") for m in members)
    read = next(r for r in planned if r.name == "role-share")
    assert ["aiplatform.models.get", "aiplatform.models.list"] == read.inputs["permissions"]


def test_the_shared_account_is_the_one_the_other_stack_makes():
    """
    The address that dev grants to is the address of the account that prod's own stack has.
    """
    spec = RegistrySpec.model_validate({"share_with": ["prod"], "models": ["fraud"]})
    prod = GcpPlace("us-central1", "prod-project", "222", "000000-000000-000000")
    dev = GcpPlace("us-central1", "dev-project", "111", "000000-000000-000000", peers={"prod": "prod-project"})

    shared = plan_component("registry", "gcp", spec, environment="dev", context={"place": dev})
    theirs = plan_component("registry", "gcp", spec, environment="prod", context={"place": prod})

    granted = next(r for r in shared if r.name == "share-prod-models").inputs["member"]
    account = next(r for r in theirs if r.name == "account-pipeline").inputs["accountId"]
    assert f"serviceAccount:{account}@prod-project.iam.gserviceaccount.com" == granted
