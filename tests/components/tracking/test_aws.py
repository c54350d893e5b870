"""Tracking on SageMaker: what the engine gets."""

from components.foundation import FoundationSpec
from components.tracking import TrackingSpec
from groundplan.testing.component import plan_component
from tests.truth.aws_iam import as_list, statements

SPEC = TrackingSpec(experiments=["fraud"])
GROUND = FoundationSpec(tracking=True)
APP = "aws:sagemaker/mlflowApp:MlflowApp"


def _actions(policy: str) -> set[str]:
    return {action for statement in statements(policy) for action in as_list(statement["Action"])}


def test_the_app_keeps_its_artifacts_in_the_stacks_store():
    """
    Artifacts lie in the artifact store, under a role that reaches nothing else.
    """
    planned = plan_component("tracking", "aws", SPEC, foundation=GROUND)
    app = planned.one(APP)
    store = planned.one("aws:s3/bucket:Bucket", "artifacts").inputs["bucket"]
    role = planned.one("aws:iam/rolePolicy:RolePolicy", "tracking-app-policy").inputs["policy"]

    assert f"s3://{store}/mlflow" == app.at("artifactStoreUri")
    assert "AutoModelRegistrationDisabled" == app.at("modelRegistrationMode")
    assert {f"arn:aws:s3:::{store}/mlflow/*"} == set(as_list(statements(role)[0]["Resource"]))


def test_who_trains_logs_and_who_submits_looks():
    """
    Both may log to this one app; only who submits may open it.
    """
    planned = plan_component("tracking", "aws", SPEC, foundation=GROUND)
    logs, opens = (
        planned.one("aws:iam/rolePolicy:RolePolicy", f"tracking-{what}").inputs["policy"] for what in ("log", "open")
    )

    assert "sagemaker:CallMlflowAppApi" in _actions(logs) & _actions(opens)
    assert "sagemaker:CreatePresignedMlflowAppUrl" in _actions(opens) - _actions(logs)
    assert planned.one(APP).outputs["arn"] == statements(opens)[0]["Resource"]


def test_the_app_is_reached_privately():
    """
    The network has an endpoint for MLflow, which does not carry Amazon's usual name.
    """
    planned = plan_component("tracking", "aws", SPEC, foundation=GROUND)
    services = {e.at("serviceName") for e in planned.all("aws:ec2/vpcEndpoint:VpcEndpoint")}

    assert "aws.sagemaker.us-east-1.experiments" in services
    bare = plan_component("foundation", "aws", FoundationSpec())
    assert "aws.sagemaker.us-east-1.experiments" not in {
        e.at("serviceName") for e in bare.all("aws:ec2/vpcEndpoint:VpcEndpoint")
    }
