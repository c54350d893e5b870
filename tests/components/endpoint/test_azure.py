"""Endpoints on Azure: what a release does, played through against an Azure ML of our own."""

from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import ValidationError

from components.clouds.azure.traffic import RECORDED
from components.endpoint import EndpointSpec
from components.foundation import FoundationSpec
from groundplan.testing.component import plan_component
from tests.components.endpoint.azure_plans import SPEC, WORKFLOW, plan, release
from tests.truth.azure_serving import Serving

ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"


def properties(azure: Serving) -> Mapping[str, Any]:
    """Of the deployment that has the traffic."""
    (name,) = azure.traffic
    return azure.deployments[name]["properties"]


def test_a_first_version_comes_into_service():
    """
    An endpoint without a deployment gets its first one, all of the traffic, and an autoscale setting.
    """
    azure = Serving({"3": "Approved"})

    done = release(plan(), azure, version="3")

    (name,) = azure.deployments
    assert "Succeeded" == done.status
    assert {name: 100} == azure.traffic
    assert name.startswith("v3-")
    assert properties(azure)["model"].endswith("/models/fraud-xgb/versions/3")
    (setting,) = azure.settings.values()
    assert setting["properties"]["targetResourceUri"].endswith(f"/deployments/{name}")


def test_a_next_version_takes_over_and_the_last_goes():
    """
    A release deploys beside what serves, moves the traffic, and then deletes what served and its autoscale setting.
    """
    azure, planned = Serving({"3": "Approved", "4": "Approved"}), plan()
    release(planned, azure, version="3")

    done = release(planned, azure, version="4")

    (name,) = azure.deployments
    assert "Succeeded" == done.status
    assert name.startswith("v4-")
    assert {name: 100} == azure.traffic
    assert 1 == len(azure.settings)


def test_a_version_that_does_not_come_up_leaves_what_serves():
    """
    A deployment that fails is removed; the old one keeps the traffic, and the release says what happened.
    """
    azure, planned = Serving({"3": "Approved", "4": "Approved"}), plan()
    release(planned, azure, version="3")
    (serving,) = azure.deployments
    azure.comes_up = False

    done = release(planned, azure, version="4")

    assert "Failed" == done.status
    assert "DeploymentFailed" == done.error["code"]
    assert [serving] == list(azure.deployments)
    assert {serving: 100} == azure.traffic


def test_traffic_that_does_not_move_keeps_both():
    """
    When Azure refuses the shift, nothing is deleted: what has the traffic goes on.
    """
    azure, planned = Serving({"3": "Approved", "4": "Approved"}), plan()
    release(planned, azure, version="3")
    azure.traffic_moves = False

    done = release(planned, azure, version="4")

    assert "TrafficNotShifted" == done.error["code"]
    assert 2 == len(azure.deployments)


def test_a_version_that_nobody_approved_does_not_serve():
    """
    With manual approval a version without the stage `Approved` is refused before anything is made.
    """
    azure = Serving({"3": "Pending"})

    done = release(plan(), azure, version="3")

    assert "NotApproved" == done.error["code"]
    assert [] == done.sent("PUT")


def test_automatic_approval_asks_for_no_stage():
    """
    With automatic approval every registered version may serve.
    """
    azure = Serving({"3": ""})

    done = release(plan(approval="automatic"), azure, version="3")

    assert "Succeeded" == done.status


def test_a_version_that_is_not_registered_fails_the_release():
    """
    A release of a version that does not exist ends at the look-up.
    """
    done = release(plan(), Serving({}), version="9")

    assert "Failed" == done.status
    assert "404" in done.error["message"]
    assert [] == done.sent("PUT")


def test_two_releases_of_one_endpoint_wait_for_each_other():
    """
    The workflow runs one release at a time, so that none deletes what another is about to shift to.
    """
    trigger = plan().one(WORKFLOW).inputs["definition"]["triggers"]["manual"]

    assert 1 == trigger["runtimeConfiguration"]["concurrency"]["runs"]


@pytest.mark.parametrize(
    ("target", "metric", "above", "below"),
    [
        ({"cpu_utilisation": "60%"}, "CpuUtilizationPercentage", 60, 30),
        ({"requests_per_replica": "200/min"}, "RequestsPerMinute", 200, 100),
        ({"gpu_utilisation": "70%"}, "GpuUtilizationPercentage", 70, 35),
    ],
)
def test_the_autoscaler_holds_what_is_asked(target, metric, above, below):
    """
    Each target becomes a metric of the deployment that adds a replica above it and takes one away well below.
    """
    azure = Serving({"3": "Approved"})
    machine = {"accelerator": "T4"} if "gpu_utilisation" in target else {"cpu": 4}

    release(plan(machine=machine, scale={"min": 2, "max": 8, "target": target}), azure, version="3")

    ((name, deployment),) = azure.deployments.items()
    (profile,) = next(iter(azure.settings.values()))["properties"]["profiles"]
    out, back = profile["rules"]
    assert {"minimum": "2", "maximum": "8", "default": "2"} == profile["capacity"]
    assert 2 == deployment["sku"]["capacity"]
    for rule, operator, threshold, direction in (
        (out, "GreaterThan", above, "Increase"),
        (back, "LessThan", below, "Decrease"),
    ):
        assert metric == rule["metricTrigger"]["metricName"]
        assert (operator, threshold) == (rule["metricTrigger"]["operator"], rule["metricTrigger"]["threshold"])
        assert direction == rule["scaleAction"]["direction"]
        assert rule["metricTrigger"]["metricResourceUri"].endswith(f"/deployments/{name}")
        assert rule["metricTrigger"].get("dividePerInstance", False) == ("requests_per_replica" in target)


def test_a_fixed_number_of_replicas_has_no_autoscaler():
    """
    `min: 3, max: 3` makes three replicas and nothing that would change that.
    """
    azure, planned = Serving({"3": "Approved", "4": "Approved"}), plan(scale={"min": 3, "max": 3})

    release(planned, azure, version="3")
    done = release(planned, azure, version="4")

    assert "Succeeded" == done.status
    assert {} == azure.settings
    assert 3 == next(iter(azure.deployments.values()))["sku"]["capacity"]


def test_a_managed_endpoint_keeps_one_replica():
    """
    Azure has no managed endpoint without a replica, so `min: 0` comes to one.
    """
    azure = Serving({"3": "Approved"})

    release(plan(scale={"min": 0, "max": 1}), azure, version="3")

    assert 1 == next(iter(azure.deployments.values()))["sku"]["capacity"]
    assert {} == azure.settings


def test_an_image_of_your_own_is_asked_as_on_sagemaker():
    """
    An image serves `/ping` and `/invocations` on its port, and finds the version's files under `/opt/ml/model`.
    """
    azure = Serving({"3": "Approved"})

    release(plan(port=9000), azure, version="3", image="fraud-serve:2")

    (made,) = azure.environments.values()
    assert made["properties"]["image"].endswith(".azurecr.io/fraud/fraud-serve:2")
    assert {"path": "/invocations", "port": 9000} == made["properties"]["inferenceConfig"]["scoringRoute"]
    assert "/opt/ml/model" == properties(azure)["modelMountPath"]


def test_a_runtime_serves_with_the_code_beside_the_version():
    """
    A framework's environment serves with the version's own `code/score.py`, which the release registers.
    """
    azure = Serving({"3": "Approved"})

    release(plan(image=None, runtime="sklearn"), azure, version="3")

    (code,) = azure.codes.values()
    assert code["properties"]["codeUri"].endswith("/artifacts/models/fraud-xgb/3/code")
    assert "score.py" == properties(azure)["codeConfiguration"]["scoringScript"]
    assert properties(azure)["environmentId"].startswith("azureml://registries/azureml/environments/sklearn")
    assert "modelMountPath" not in properties(azure)


def test_a_runtime_can_be_released_with_an_image_for_once():
    """
    A release that names an image runs that image, and none of the framework's.
    """
    azure = Serving({"3": "Approved"})

    release(plan(image=None, runtime="sklearn"), azure, version="3", image="mine:1")

    assert {} == azure.codes
    assert "codeConfiguration" not in properties(azure)


def test_a_release_without_any_image_is_refused():
    """
    An endpoint that knows no image refuses a release that names none.
    """
    planned = plan(image=None)

    with pytest.raises(ValidationError, match="image"):
        release(planned, Serving({"3": "Approved"}), version="3")

    assert "Succeeded" == release(planned, Serving({"3": "Approved"}), version="3", image="x:1").status


def test_capture_goes_to_the_stacks_own_store_and_expires():
    """
    Requests and answers are recorded in the capture container, a share of them, and deleted after `retain`.
    """
    azure = Serving({"3": "Approved"})
    planned = plan(capture={"sample": "25%", "retain": "7d"})

    release(planned, azure, version="3")

    collector = properties(azure)["dataCollector"]
    assert {"request", "response"} == set(collector["collections"])
    for name, collection in collector["collections"].items():
        assert 0.25 == collection["samplingRate"]
        assert collection["dataId"].endswith(f"/data/scorer-{name}/versions/1")
        asset = planned.one("azure-native:machinelearningservices:DataVersion", f"scorer-{name}-1")
        assert f"azureml://datastores/capture/paths/scorer/{name}" == asset.at("properties.dataUri")
    rules = {
        rule["name"]: rule["definition"]
        for policy in planned.all("azure-native:storage:ManagementPolicy", "artifacts-lifecycle")
        for rule in policy.at("policy.rules")
    }
    assert ["capture/scorer/"] == rules["capture-7-days-1"]["filters"]["prefixMatch"]
    assert 7 == rules["capture-7-days-1"]["actions"]["baseBlob"]["delete"]["daysAfterModificationGreaterThan"]


def test_capture_that_the_foundation_was_not_told_of_is_refused():
    """
    Records that nothing would delete are not made: the message says what to give the foundation.
    """
    spec = EndpointSpec.model_validate({**SPEC, "capture": {"retain": "7d"}})

    with pytest.raises(ValueError, match=r"captures=\{'scorer': '7d'\}"):
        plan_component("endpoint", "azure", spec, name="scorer", foundation=FoundationSpec())


def test_without_capture_nothing_is_recorded():
    """
    An endpoint that was not asked to record has no collector, no data asset and no right to write.
    """
    azure, planned = Serving({"3": "Approved"}), plan()

    release(planned, azure, version="3")

    assert "dataCollector" not in properties(azure)
    assert [] == planned.all("azure-native:machinelearningservices:DataVersion")
    assert [] == planned.all("azure-native:authorization:RoleAssignment", "serve-captures")


def test_the_endpoint_is_there_before_a_model_and_an_up_moves_no_traffic():
    """
    The endpoint is made without a deployment, private and with Entra tokens only; its traffic is the releases' own.
    """
    planned = plan()
    endpoint = planned.one(ENDPOINT)

    assert "AADToken" == endpoint.at("properties.authMode")
    assert "Disabled" == endpoint.at("properties.publicNetworkAccess")
    assert not endpoint.has("properties.traffic")
    assert [] == planned.all("azure-native:machinelearningservices:OnlineDeployment")


def test_the_release_puts_the_endpoint_as_pulumi_made_it():
    """
    What a release sends of the endpoint equals what Pulumi sent, but for the traffic and the tags that say what
    serves: no `up` sees a difference.
    """
    azure, planned = Serving({"3": "Approved"}), plan()
    made = planned.one(ENDPOINT).inputs

    done = release(planned, azure, version="3")

    sent = [r.body for r in done.sent("PUT") if r.path.endswith(made["endpointName"])]
    assert sent
    for body in sent:
        assert made["location"] == body["location"]
        assert made["tags"] == {key: value for key, value in body["tags"].items() if key not in RECORDED}
        assert made["identity"]["userAssignedIdentities"] == list(body["identity"]["userAssignedIdentities"])
        assert made["properties"] == {key: value for key, value in body["properties"].items() if key != "traffic"}


def test_an_up_never_updates_what_serves():
    """
    An update would send the endpoint without the traffic and the tags of a release, so nothing that can change leads to
    one; new tags come with the next release. Where callers name the model there is no traffic to lose.
    """
    planned, many = plan(), plan(model=None, models={"home": "fraud-xgb"})

    assert ("properties.traffic", "properties.mirrorTraffic", "tags") == tuple(planned.one(ENDPOINT).ignored)
    assert () == tuple(many.one(ENDPOINT).ignored)
