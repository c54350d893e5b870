"""Endpoints on Vertex AI: what is made, and what a release does, on good days and bad ones."""

import json
import re
from functools import cache
from typing import Any

import pytest

from components.endpoint import EndpointSpec
from groundplan.testing.component import plan_component
from tests.truth.gcp_discovery import faults
from tests.truth.gcp_project import Project
from tests.truth.gcp_workflow_engine import Raised

ENDPOINT, WORKFLOW = "gcp:vertex/aiEndpoint:AiEndpoint", "gcp:workflows/workflow:Workflow"
SERVING = {"imageUri": "us-docker.pkg.dev/vertex-ai/prediction/x:1"}
APPROVED = {"labels": {"approval": "approved"}, "artifactUri": "gs://b/models/fraud/1", "containerSpec": SERVING}


@cache
def _plan(fields: str, environment: str = "prod"):
    spec = EndpointSpec.model_validate({"model": "fraud", **json.loads(fields)})
    return plan_component("endpoint", "gcp", spec, name="scorer", environment=environment)


def _planned(environment: str = "prod", **fields: Any):
    return _plan(json.dumps(fields), environment)


def _given(**fields: Any) -> dict[str, Any]:
    source = json.loads(_source(**fields))
    return source["main"]["steps"][0]["given"]["assign"][0]["given"]


def _source(**fields: Any) -> str:
    return _planned(**fields).one(WORKFLOW).inputs["sourceContents"]


def _project(*versions: dict[str, Any], **fields: Any) -> Project:
    project = Project(**fields)
    for version in versions or (APPROVED,):
        project.add_version(_given()["model"], **version)
    return project


def test_it_exists_before_a_first_model_does_and_is_private():
    """
    The endpoint is made empty, under the customer's key, open to the stack's network and to callers IAM lets in.
    """
    endpoint = _planned().one(ENDPOINT)

    assert "/cryptoKeys/" in endpoint.at("encryptionSpec.kmsKeyName")
    assert endpoint.at("privateServiceConnectConfig.enablePrivateServiceConnect")
    assert endpoint.at("privateServiceConnectConfig.enableSecurePrivateServiceConnect")
    assert endpoint.at("privateServiceConnectConfig.pscAutomationConfigs.0.network").startswith(
        "projects/example-project/"
    )
    assert "dedicatedEndpointEnabled" not in endpoint.inputs
    assert "trafficSplit" not in endpoint.inputs


def test_its_id_is_one_that_the_provider_and_the_api_take():
    """
    Nine digits, the first no zero; another salt makes another, as a deleted id is taken for a week.
    """
    spec = EndpointSpec(model="fraud")
    ids = {
        plan_component("endpoint", "gcp", spec, name="scorer", context={"salt": salt}).one(ENDPOINT).at("name")
        for salt in ("", "2")
    }

    assert 2 == len(ids)
    assert all(re.fullmatch("[1-9][0-9]{8}", number) for number in ids)


def test_a_first_release_serves_and_can_be_called_by_name():
    """
    The version gets all the traffic, and the endpoint's name in the network means the address it was given.
    """
    project = _project()

    answer = project.run(_source(), {"version": "1"})

    (model,) = project.deployed
    assert {model["id"]: 100} == project.split
    assert "v1" == model["displayName"]
    assert {f"{answer['url'].split('/')[2]}.": ["10.20.16.5"]} == project.records
    assert "1" == answer["serves"]


def test_a_release_takes_the_version_before_out():
    """
    The new version has all the traffic before the old one goes; a moved address is entered anew.
    """
    project = _project(APPROVED, APPROVED)
    source = _source()
    project.run(source, {"version": "1"})
    project.address = "10.20.16.9"

    project.run(source, {"version": 2})

    assert ["v2"] == [model["displayName"] for model in project.deployed]
    assert [["10.20.16.9"]] == list(project.records.values())
    posts = [url.rpartition(":")[2] for verb, url, _ in project.calls if verb == "POST" and ":" in url[8:]]
    assert ["deployModel", "deployModel", "undeployModel"] == posts


@pytest.mark.parametrize("labels", [{}, {"approval": "pending"}, {"approval": "rejected"}])
def test_only_an_approved_version_is_released(labels):
    """
    A version that nobody approved is refused, and what serves goes on serving.
    """
    project = _project({**APPROVED, "labels": labels})

    with pytest.raises(Raised, match="not approved"):
        project.run(_source(), {"version": "1"})

    assert [] == project.deployed


def test_an_unknown_version_is_refused_by_name():
    """
    The message names the model and the version that is not there.
    """
    with pytest.raises(Raised, match=r"models/example-prod-fraud has no version 9"):
        _project().run(_source(), {"version": "9"})


def test_a_failed_deployment_leaves_the_old_version_serving():
    """
    When Vertex AI can't start the new version, the release fails with its message and nothing is taken out.
    """
    project, source = _project(APPROVED, APPROVED), _source()
    project.run(source, {"version": "1"})
    project.fails = {"deployModel": "Model server never became ready"}

    with pytest.raises(Raised, match="never became ready"):
        project.run(source, {"version": "2"})

    assert ["v1"] == [model["displayName"] for model in project.deployed]
    assert [] == project.bodies("undeployModel")


def test_two_releases_at_once_are_refused():
    """
    A second release does not start while one runs: each would take the other's version out.
    """
    with pytest.raises(Raised, match="another release"):
        _project(running=2).run(_source(), {"version": "1"})


def test_an_endpoint_without_address_is_no_success():
    """
    A version that serves but can't be reached fails the release, with Vertex AI's reason.
    """
    with pytest.raises(Raised, match=r"no private address\. quota"):
        _project(address_error="quota").run(_source(), {"version": "1"})
    with pytest.raises(Raised, match="within ten minutes"):
        _project(address="").run(_source(), {"version": "1"})


def test_an_image_of_the_endpoint_makes_a_servable_version():
    """
    Vertex AI keeps the image with a version: with another image, the same files become a version of their own.
    """
    project, source = _project(), _source(image="serve:2", port=9000)

    project.run(source, {"version": "1"})
    project.run(source, {"version": "1"})

    first, second = project.bodies("models:upload")
    assert "example-prod-scorer_servable" == first["modelId"]
    assert second["parentModel"].endswith("/models/example-prod-scorer_servable")
    container = second["model"]["containerSpec"]
    assert container["imageUri"].endswith("-images/serve:2")
    assert ("/invocations", "/ping", 9000) == (
        container["predictRoute"],
        container["healthRoute"],
        container["ports"][0]["containerPort"],
    )
    assert "gs://b/models/fraud/1" == second["model"]["artifactUri"]
    assert "1" == second["model"]["labels"]["version"]
    assert project.deployed[0]["model"].endswith("/models/example-prod-scorer_servable@2")


def test_the_image_of_a_start_comes_first():
    """
    An image named at the start serves, whatever the endpoint and the version say.
    """
    project = _project()

    project.run(_source(image="serve:2"), {"version": "1", "image": "serve:3"})

    assert project.bodies("models:upload")[0]["model"]["containerSpec"]["imageUri"].endswith("-images/serve:3")


def test_a_version_without_image_asks_for_one():
    """
    Where neither endpoint nor version says what serves, the release says so and stops.
    """
    with pytest.raises(Raised, match="names an image"):
        _project({**APPROVED, "containerSpec": None}).run(_source(), {"version": "1"})


def test_withdrawing_takes_every_version_out():
    """
    Before a stack is destroyed its endpoint is emptied, also where a canary shares the traffic.
    """
    project, source = _project(APPROVED, APPROVED), _source()
    project.run(source, {"version": "1"})
    project.deployed.append({**project.deployed[0], "id": "9000"})
    project.split = {project.deployed[0]["id"]: 90, "9000": 10}

    answer = project.run(source, {"withdraw": True})

    assert [] == project.deployed
    assert answer["serves"] is None


@pytest.mark.parametrize(
    ("target", "machine", "metric", "value"),
    [
        ({"cpu_utilisation": "60%"}, {"cpu": 4}, "cpu/utilization", 60),
        ({"gpu_utilisation": "70.4%"}, {"accelerator": "L4"}, "accelerator/duty_cycle", 70),
        ({"requests_per_replica": "200/min"}, {"cpu": 4}, "request_count", 200),
        ({"requests_per_replica": "10/s"}, {"accelerator": "L4"}, "request_count", 600),
    ],
)
def test_each_target_is_a_metric_of_vertex_ai(target, machine, metric, value):
    """
    What the autoscaler holds is one of the metrics that Vertex AI documents, in its unit.
    """
    resources = _given(machine=machine, scale={"min": 1, "max": 4, "target": target})["deployed"]["dedicatedResources"]

    assert [{"metricName": f"aiplatform.googleapis.com/prediction/online/{metric}", "target": value}] == resources[
        "autoscalingMetricSpecs"
    ]
    assert (1, 4) == (resources["minReplicaCount"], resources["maxReplicaCount"])


def test_scale_to_zero_is_deployed_by_the_api_that_has_it():
    """
    With min 0 the release calls v1beta1, whose deployments can sleep; with min 1 it calls v1.
    """
    asleep, awake = _given(scale={"min": 0, "max": 2}), _given(scale={"min": 1, "max": 2})

    assert asleep["deploy_url"].endswith("/v1beta1")
    assert awake["deploy_url"].endswith("/v1")
    assert [] == faults(
        "aiplatform.v1beta1", "GoogleCloudAiplatformV1beta1DedicatedResources", asleep["deployed"]["dedicatedResources"]
    )
    project = _project()
    project.run(_source(scale={"min": 0, "max": 2}), {"version": "1"})
    assert 0 == project.deployed[0]["dedicatedResources"]["minReplicaCount"]


def test_less_than_a_request_a_minute_is_refused():
    """
    A rate that Vertex AI can't count is refused, not rounded to something else.
    """
    with pytest.raises(ValueError, match="1/min or more"):
        _planned(scale={"target": {"requests_per_replica": "10/h"}})


def test_capture_goes_to_the_stacks_own_dataset_and_is_deleted_in_time():
    """
    Requests are recorded under the customer's key, at the rate asked for, and no row outlives `retain`.
    """
    planned = _planned(capture={"sample": "20%", "retain": "30d"})

    endpoint, dataset = planned.one(ENDPOINT), planned.one("gcp:bigquery/dataset:Dataset")
    assert f"bq://example-project.{dataset.at('datasetId')}" == endpoint.at(
        "predictRequestResponseLoggingConfig.bigqueryDestination.outputUri"
    )
    assert 0.2 == endpoint.at("predictRequestResponseLoggingConfig.samplingRate")
    assert "/cryptoKeys/" in dataset.at("defaultEncryptionConfiguration.kmsKeyName")
    expiry = planned.one("gcp:bigquery/dataTransferConfig:DataTransferConfig")
    assert "INTERVAL 2592000 SECOND" in expiry.at("params.query")
    assert f"{dataset.at('datasetId')}.request_response_logging" in expiry.at("params.query")


def test_without_capture_nothing_is_recorded():
    """
    No dataset, no logging.
    """
    planned = _planned()

    assert [] == [r for r in planned if "bigquery" in r.type]
    assert "predictRequestResponseLoggingConfig" not in planned.one(ENDPOINT).inputs


@pytest.mark.parametrize(("environment", "protected"), [("dev", False), ("prod", True)])
def test_captured_requests_are_protected_as_the_environment_says(environment, protected):
    """
    Outside dev captured requests refuse to be deleted; a definition, which holds no data, never does.
    """
    planned = _planned(environment, capture={})

    assert planned.one(WORKFLOW).at("deletionProtection") is False
    assert protected == planned.one("gcp:bigquery/dataset:Dataset").protect
