"""Several models on one endpoint of Azure: how each is asked, released, scaled and watched."""

from typing import Any

import pytest
from jsonschema import ValidationError

from components.endpoint import EndpointSpec
from groundplan.serving import azure as tells
from groundplan.testing.component import plan_component
from tests.components.endpoint.azure_plans import SLO, WORKFLOW, plan, release
from tests.truth.azure_serving import Serving
from tests.truth.azure_workflows import Request

MODELS = {"home": "home-risk", "motor": "motor-risk"}
VERSIONS = {"home-risk/1": "Approved", "home-risk/2": "Approved", "motor-risk/1": "Approved", "motor-risk/9": "Pending"}
ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"


def many(**changes: Any) -> Any:
    return plan(model=None, models=MODELS, **changes)


def served(azure: Serving) -> dict[str, str]:
    """Each deployment's version, by what the deployment has of it: the model it loads."""
    return {name: d["properties"]["model"].partition("/models/")[2] for name, d in azure.deployments.items()}


def test_each_model_is_asked_by_its_name():
    """
    All are asked at one address, and a header with the name that the blueprint gives says which one answers.
    """
    azure, planned = Serving(dict(VERSIONS)), many()
    result = planned.document["outputs"]["scorer"]

    release(planned, azure, model="home", version="1")
    release(planned, azure, model="motor", version="1")

    assert {"home": "home-risk/versions/1", "motor": "motor-risk/versions/1"} == served(azure)
    assert {name: f"azureml-model-deployment: {name}" for name in served(azure)} == result["model_headers"]
    assert dict.fromkeys(MODELS, result["url"]) == result["model_urls"]


def test_no_request_is_answered_by_chance():
    """
    No deployment has a share of the traffic: a request that names no model is refused.
    """
    azure, planned = Serving(dict(VERSIONS)), many()

    done = release(planned, azure, model="home", version="1")

    assert {} == azure.traffic
    assert [] == [r for r in done.sent("PUT", "/onlineEndpoints/") if "/deployments/" not in r.path]
    assert {} == planned.one(ENDPOINT).at("properties.traffic")


def test_a_next_version_keeps_the_name():
    """
    A release renews the model's own deployment with as many replicas as serve, and touches no other.
    """
    azure, planned = Serving(dict(VERSIONS)), many()
    release(planned, azure, model="home", version="1")
    release(planned, azure, model="motor", version="1")
    azure.deployments["home"]["sku"]["capacity"] = 3
    before = azure.deployments["motor"]

    done = release(planned, azure, model="home", version="2")

    assert "Succeeded" == done.status
    assert {"model": "home", "version": "2", "deployment": "home"} == done.outputs["Result"]
    assert {"home": "home-risk/versions/2", "motor": "motor-risk/versions/1"} == served(azure)
    assert 3 == azure.deployments["home"]["sku"]["capacity"]
    assert before is azure.deployments["motor"]
    assert [] == done.sent("DELETE")


def test_a_version_that_does_not_come_up_is_taken_back():
    """
    The deployment is put back as it was, the version before serves, and the release fails with both said.
    """
    azure, planned = Serving(dict(VERSIONS), bad={"2"}), many()
    release(planned, azure, model="home", version="1")
    good = azure.deployments["home"]

    done = release(planned, azure, model="home", version="2")

    assert "DeploymentFailed" == done.error["code"]
    assert "version 1 serves" in done.error["message"]
    back = azure.deployments["home"]
    assert (good["properties"], good["tags"], good["sku"]) == (back["properties"], back["tags"], back["sku"])
    assert azure.up["home"]


def test_a_first_version_that_does_not_come_up_leaves_nothing():
    """
    Where nothing was before, nothing stays, also no autoscale setting.
    """
    azure = Serving(dict(VERSIONS), bad={"1"})

    done = release(many(), azure, model="home", version="1")

    assert "DeploymentFailed" == done.error["code"]
    assert ({}, {}) == (azure.deployments, azure.settings)


def test_what_does_not_come_back_is_said_and_left():
    """
    Where putting back fails too, the deployment stays, as some of its replicas may answer; the next release mends it.
    """
    azure, planned = Serving(dict(VERSIONS)), many()
    release(planned, azure, model="home", version="1")
    azure.comes_up = False

    done = release(planned, azure, model="home", version="2")
    again = release(planned, azure, model="home", version="2")

    assert "NotRolledBack" == done.error["code"]
    assert "DeploymentFailed" == again.error["code"]
    assert ["home"] == list(azure.deployments)
    azure.comes_up = True
    assert "Succeeded" == release(planned, azure, model="home", version="2").status


def test_a_release_that_was_stopped_half_way_is_waited_for():
    """
    While a deployment still comes up Azure takes no change of it, so the next release waits, and then takes over.
    """
    azure, planned = Serving(dict(VERSIONS)), many()
    release(planned, azure, model="home", version="1")
    azure.ready["home"] = azure.clock.now.timestamp() + 1800

    done = release(planned, azure, model="home", version="2")

    assert "Succeeded" == done.status
    assert {"home": "home-risk/versions/2"} == served(azure)


def test_a_release_that_never_settles_ends():
    """
    A deployment on which something goes on for hours fails the release, and nothing is put.
    """
    azure, planned = Serving(dict(VERSIONS)), many()
    release(planned, azure, model="home", version="1")
    azure.ready["home"] = azure.clock.now.timestamp() + 86_400

    done = release(planned, azure, model="home", version="2")

    assert "NotSettled" == done.error["code"]
    assert [] == done.sent("PUT", "/deployments/")


def test_a_model_that_the_blueprint_no_longer_names_goes_with_the_next_release():
    """
    Its deployment and its autoscale setting would cost on, and nobody would release to them.
    """
    azure = Serving(dict(VERSIONS))
    release(many(), azure, model="motor", version="1")

    release(plan(model=None, models={"home": "home-risk"}), azure, model="home", version="1")

    assert ["home"] == list(azure.deployments)
    assert 1 == len(azure.settings)


def test_only_approved_versions_of_the_models_named_are_released():
    """
    A version that nobody approved is refused before anything is made, and so is a model of another endpoint.
    """
    azure, planned = Serving(dict(VERSIONS)), many()

    assert "NotApproved" == release(planned, azure, model="motor", version="9").error["code"]
    with pytest.raises(ValidationError, match="boat"):
        release(planned, azure, model="boat", version="1")
    with pytest.raises(ValidationError, match="model"):
        release(planned, azure, version="1")
    assert {} == azure.deployments


def test_without_approvals_any_version_is_released():
    """
    With automatic approval the stage is not looked at.
    """
    azure = Serving(dict(VERSIONS))

    assert "Succeeded" == release(many(approval="automatic"), azure, model="motor", version="9").status


def test_each_model_has_its_framework_or_an_image():
    """
    Models that trainings with a runtime make serve with that framework and their own code; others need an image.
    """
    azure = Serving(dict(VERSIONS))
    planned = plan(model=None, models=MODELS, image=None, runtimes={"home": "sklearn"})

    release(planned, azure, model="home", version="1")
    with pytest.raises(ValidationError):
        release(planned, azure, model="motor", version="1")
    release(planned, azure, model="motor", version="1", image="mine:1")

    home, motor = (azure.deployments[name]["properties"] for name in ("home", "motor"))
    assert home["environmentId"].startswith("azureml://registries/azureml/environments/sklearn")
    (code,) = azure.codes.values()
    assert code["properties"]["codeUri"].endswith("/artifacts/models/home-risk/1/code")
    assert "codeConfiguration" not in motor
    assert "/opt/ml/model" == motor["modelMountPath"]


def test_each_model_scales_by_itself():
    """
    Each deployment has a setting of its own, on its own metric.
    """
    azure, planned = Serving(dict(VERSIONS)), many(scale={"min": 1, "max": 3, "target": {"latency": "50ms"}})
    release(planned, azure, model="home", version="1")
    release(planned, azure, model="motor", version="1")

    assert 2 == len(azure.settings)
    for setting in azure.settings.values():
        of = setting["properties"]["targetResourceUri"].rpartition("/")[2]
        rules = [r["metricTrigger"] for p in setting["properties"]["profiles"] for r in p["rules"]]
        assert {of} == {value for rule in rules for d in rule["dimensions"] for value in d["Values"]}


def test_each_model_has_alarms_of_its_own():
    """
    Each promise is watched model by model, also how fast its budget is used up.
    """
    planned = many(slo=SLO)

    for model in MODELS:
        (criterion,) = planned.one("azure-native:monitor:MetricAlert", f"scorer_{model}-latency_p99").at(
            "criteria.allOf"
        )
        assert [{"name": "deployment", "operator": "Include", "values": [model]}] == criterion["dimensions"]
        for name in ("errors", "availability", "burn-errors_fast", "burn-availability_slow"):
            rule = planned.one("azure-native:monitor:ScheduledQueryRule", f"scorer_{model}-{name}")
            (condition,) = rule.at("criteria.allOf")
            assert f"DeploymentName =~ '{model}'" in condition["query"]


def test_which_version_of_each_model_serves_is_told():
    """
    `groundplan serving` names each model's version, and a release under way.
    """
    azure, planned = Serving(dict(VERSIONS)), many()
    release(planned, azure, model="home", version="2")
    release(planned, azure, model="motor", version="1")
    id_ = "/subscriptions/s/onlineEndpoints/e"

    def get(url: str) -> Any:
        path, _, query = url.removeprefix("https://management.azure.com").partition("?")
        return azure(Request("GET", path, query, None, ""), azure.clock)[1]

    assert ({"home": "2", "motor": "1"}, True) == (tells.serving(get, id_).models, tells.serving(get, id_).settled)
    azure.ready["home"] = azure.clock.now.timestamp() + 60
    assert not tells.serving(get, id_).settled


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ({"ab": "m"}, r"models\.ab.*3 to 32 characters.*Write ab-model"),
        ({f"model-{n}": "m" for n in range(21)}, "21 models.*20 deployments"),
    ],
)
def test_models_that_can_be_no_deployment_are_refused(models, said):
    """
    A name that is too short, and more models than an endpoint has deployments.
    """
    spec = EndpointSpec.model_validate({"models": models, "image": "s:1"})

    with pytest.raises(ValueError, match=said):
        plan_component("endpoint", "azure", spec, name="scorer")


def test_releases_of_one_endpoint_wait_for_each_other():
    """
    One at a time, whichever model it is of.
    """
    trigger = many().one(WORKFLOW).inputs["definition"]["triggers"]["manual"]

    assert 1 == trigger["runtimeConfiguration"]["concurrency"]["runs"]
