"""Endpoints on SageMaker: what is made before a model exists, and what a release does, on good days and bad ones."""

import base64
import gzip
import io
import json
import runpy
import sys
import tarfile
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from components.catalog import NoMachine
from components.clouds.aws import bootstrap
from components.endpoint import EndpointSpec
from groundplan.testing import Planned, plan_blueprint
from groundplan.testing.component import plan_component
from tests.truth.aws_sagemaker import FakeSageMaker
from tests.truth.aws_states import Ended, run

ROOT = Path(__file__).parents[3]
MACHINE = "aws:sfn/stateMachine:StateMachine"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
POLICY = "aws:appautoscaling/policy:Policy"
TARGET = "targetTrackingScalingPolicyConfiguration"
HELD = {"Image": "i", "ModelDataUrl": "s3://b/m.tar.gz", "Environment": {"A": "1"}}


@cache
def _plan(fields: str, region: str | None) -> Planned:
    given = {"model": "fraud", "machine": {"cpu": 4, "memory": "8GiB"}, "scale": {"min": 2, "max": 8}}
    spec = EndpointSpec.model_validate({**given, **json.loads(fields)})
    return plan_component("endpoint", "aws", spec, name="scorer", region=region)


def _planned(region: str | None = None, **fields: Any) -> Planned:
    return _plan(json.dumps(fields), region)


def _run(given: dict[str, Any], cloud: FakeSageMaker, **fields: Any) -> Ended:
    return run(json.loads(_planned(**fields).one(MACHINE).inputs["definition"]), given, cloud)


def test_an_endpoint_starts_without_a_version():
    """
    It is made with a model of AWS's own image and our code, isolated, in the network: no version is needed.
    """
    planned = _planned()
    model = planned.one("aws:sagemaker/model:Model")
    code = planned.one("aws:s3/bucketObjectv2:BucketObjectv2")

    assert model.inputs["enableNetworkIsolation"]
    assert 2 == len(model.at("vpcConfig.subnets"))
    assert "/sagemaker-scikit-learn:" in model.at("primaryContainer.image")
    assert model.at("primaryContainer.modelDataUrl").endswith(code.inputs["key"])
    assert "/opt/ml/model/code" == model.at("primaryContainer.environment.SAGEMAKER_SUBMIT_DIRECTORY")


def test_a_model_waits_for_its_network_and_its_rights():
    """
    It fetches its data through the network at once, with the serve role: way, rules and rights are there before it.
    """
    needed = {urn.rpartition("::")[2] for urn in _planned().one("aws:sagemaker/model:Model").needs}

    assert {"s3", "private-az1-routes", "private-az2-routes", "workload-to-s3", "serve-policy"} <= needed


def test_the_first_model_is_the_same_bytes_each_time():
    """
    The archive does not change from one plan to the next, and holds the code where the image looks for it.
    """
    archive = _planned().one("aws:s3/bucketObjectv2:BucketObjectv2").inputs["contentBase64"]

    assert archive == bootstrap.archive()
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(base64.b64decode(archive)))) as tar:
        assert ["code/inference.py"] == tar.getnames()


def _inference(monkeypatch: pytest.MonkeyPatch, modules: dict[str, Any]) -> dict[str, Any]:
    for name, value in modules.items():
        monkeypatch.setitem(sys.modules, name, value)
    return runpy.run_path(str(ROOT / "components/clouds/aws/bootstrap/inference.py"))


def test_before_a_release_every_request_is_answered_with_503(monkeypatch):
    """
    On the scikit-learn image a request gets status 503 and JSON that says that no version is released yet.
    """
    framework = ModuleType("sagemaker_containers.beta.framework")
    vars(framework)["worker"] = SimpleNamespace(Response=lambda **fields: fields)
    parents = ["sagemaker_containers", "sagemaker_containers.beta"]
    modules = {name: ModuleType(name) for name in parents} | {framework.__name__: framework}
    code = _inference(monkeypatch, modules)

    answer = code["transform_fn"](code["model_fn"]("/opt/ml/model"), b"{}", "application/json", "*/*")

    assert 503 == answer["status"]
    assert "no version released yet" == json.loads(answer["response"])["error"]


def test_the_deep_learning_images_answer_the_same(monkeypatch):
    """
    Where AWS has no scikit-learn image, the PyTorch one's server is told the same status and text.
    """

    class Told(Exception):
        pass

    errors = ModuleType("sagemaker_inference.errors")
    vars(errors)["BaseInferenceToolkitError"] = Told
    package = ModuleType("sagemaker_inference")
    vars(package)["errors"] = errors
    code = _inference(monkeypatch, {"sagemaker_inference": package, "sagemaker_inference.errors": errors})

    with pytest.raises(Told) as told:
        code["transform_fn"](None, b"", "", "")

    assert (503, "no version released yet") == (told.value.args[0], json.loads(told.value.args[1])["error"])


def test_a_release_puts_a_version_into_service():
    """
    A release makes a model of the version, a configuration as the blueprint asks, and waits until it serves.
    """
    cloud = FakeSageMaker()

    ended = _run({"version": "12"}, cloud)

    (model,) = ended.called("CreateModel")
    (configuration,) = ended.called("CreateEndpointConfig")
    (update,) = ended.called("UpdateEndpoint")
    assert "" == ended.error
    assert model["PrimaryContainer"]["ModelPackageName"].endswith(":model-package/example-prod-fraud/12")
    assert model["EnableNetworkIsolation"]
    assert "ml.c5.xlarge" == configuration["ProductionVariants"][0]["InstanceType"]
    assert update["EndpointConfigName"] == cloud.configuration == ended.output["configuration"]
    assert ended.states.count("Wait") >= 2


def test_a_release_keeps_what_the_autoscaler_decided():
    """
    An update does not scale the endpoint back to its minimum, and does take over the capture of the blueprint.
    """
    (update,) = _run({"version": 12}, FakeSageMaker()).called("UpdateEndpoint")

    assert update["RetainAllVariantProperties"]
    assert [{"VariantPropertyType": "DataCaptureConfig"}] == update["ExcludeRetainedVariantProperties"]


def test_a_release_that_sagemaker_took_back_fails():
    """
    SageMaker reports a rolled back endpoint as in service; the release says that it failed, and why.
    """
    ended = _run({"version": "12"}, FakeSageMaker(rolls_back=True))

    assert "RolledBack" == ended.error
    assert "serves at-first again" in ended.cause
    assert "ping health check" in ended.cause


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_a_version_that_nobody_approved_is_not_released(status):
    """
    Only an approved version comes into service.
    """
    ended = _run({"version": "12"}, FakeSageMaker(approval=status))

    assert "NotApproved" == ended.error
    assert status in ended.cause
    assert [] == ended.called("CreateModel")


def test_an_unknown_version_is_said_to_be_one():
    """
    A version that does not exist ends the release before it changes anything.
    """
    ended = _run({"version": "99"}, FakeSageMaker())

    assert "NoVersion" == ended.error
    assert "no version 99" in ended.cause
    assert [] == ended.called("CreateEndpointConfig")


def test_a_second_release_at_once_is_refused():
    """
    While the endpoint is moving, a release does nothing.
    """
    ended = _run({"version": "12"}, FakeSageMaker(status="Updating"))

    assert "NotReady" == ended.error
    assert [] == ended.called("CreateModel")


def test_a_version_of_another_account_is_named_by_its_arn():
    """
    A version that another environment shares is released by its ARN.
    """
    arn = "arn:aws:sagemaker:us-east-1:999988887777:model-package/example-dev-fraud/12"

    (model,) = _run({"version": arn}, FakeSageMaker()).called("CreateModel")

    assert arn == model["PrimaryContainer"]["ModelPackageName"]


def test_a_release_may_name_another_image():
    """
    With an image, the version's files and environment are served by it.
    """
    (model,) = _run({"version": "12", "image": "serve:2"}, FakeSageMaker()).called("CreateModel")

    container = model["PrimaryContainer"]
    assert container["Image"].endswith("/example-prod/serve:2")
    assert {"Image", "ModelDataUrl", "Environment"} == set(container)


def test_a_version_without_an_image_is_served_by_the_blueprints():
    """
    A version that was registered without an image is served by the endpoint's own.
    """
    cloud = FakeSageMaker(container={key: value for key, value in HELD.items() if key != "Image"})

    (model,) = _run({"version": "12"}, cloud, runtime="xgboost").called("CreateModel")

    assert "/sagemaker-xgboost:" in model["PrimaryContainer"]["Image"]


def test_an_empty_release_applies_the_blueprint_to_what_serves():
    """
    With `{}` the model that serves stays, on the machines and with the capture that the blueprint asks for by now.
    """
    ended = _run({}, FakeSageMaker(), capture={"sample": "50%", "retain": "7d"})

    (configuration,) = ended.called("CreateEndpointConfig")
    assert [] == ended.called("CreateModel")
    assert "the-old-model" == configuration["ProductionVariants"][0]["ModelName"]
    assert 50 == configuration["DataCaptureConfig"]["InitialSamplingPercentage"]
    assert "" == ended.error


@pytest.mark.parametrize("cloud", [{}, {"rolls_back": True}, {"update_refused": ("SageMaker.X", "no quota")}])
def test_the_autoscaler_lets_go_while_the_machine_changes(cloud):
    """
    A scaled variant can't change its kind of machine: it is taken off the autoscaler, and put back whatever came.
    """
    ended = _run({"version": "12"}, FakeSageMaker(instance_type="ml.m5.large", **cloud))
    names = [name for name, _ in ended.calls]

    assert names.index("DeregisterScalableTarget") < names.index("UpdateEndpoint")
    assert names.index("UpdateEndpoint") < names.index("RegisterScalableTarget") < names.index("PutScalingPolicy")
    assert bool(cloud) == bool(ended.error)


def test_a_refused_update_says_why():
    """
    What SageMaker refuses is the release's error.
    """
    ended = _run({"version": "12"}, FakeSageMaker(update_refused=("SageMaker.ResourceLimitExceededException", "0")))

    assert "Refused" == ended.error
    assert "ResourceLimitExceededException" in ended.cause


def test_an_up_never_takes_a_release_back():
    """
    What a release changes is none of Pulumi's business any more.
    """
    planned = plan_blueprint(ROOT / "blueprints/fraud-detection.yaml", "prod", "aws")
    ignored = {r["type"].rpartition(":")[2]: set(r["ignoreChanges"]) for r in planned.document["resources"]}

    assert {"endpointConfigName"} <= ignored["Endpoint"]
    assert {"productionVariants", "dataCaptureConfig"} <= ignored["EndpointConfiguration"]
    assert {"primaryContainer"} <= ignored["Model"]


@pytest.mark.parametrize(
    ("machine", "target", "metric", "value"),
    [
        (
            {"cpu": 4, "memory": "8GiB"},
            {"requests_per_replica": "200/min"},
            "SageMakerVariantInvocationsPerInstance",
            200,
        ),
        ({"cpu": 4, "memory": "8GiB"}, {"requests_per_replica": "10/s"}, "SageMakerVariantInvocationsPerInstance", 600),
        ({"cpu": 4, "memory": "8GiB"}, {"cpu_utilisation": "60%"}, "CPUUtilization", 240),
        ({"accelerator": "A10G", "count": 4}, {"gpu_utilisation": "70%"}, "GPUUtilization", 280),
        ({"accelerator": "A10G"}, None, "GPUUtilization", 60),
    ],
)
def test_the_autoscaler_holds_the_target_in_the_metrics_own_unit(machine, target, metric, value):
    """
    Requests are counted a minute and machine; utilisation sums over the vCPUs, or GPUs, of a machine.
    """
    scale = {"min": 1, "max": 4, **({"target": target} if target else {})}
    policy = _planned(machine=machine, scale=scale).one(POLICY)
    held = policy.at(TARGET)
    used = held.get("customizedMetricSpecification", {}).get("metricName")

    assert value == held["targetValue"]
    assert metric == (used or held["predefinedMetricSpecification"]["predefinedMetricType"])


def test_an_autoscaler_without_a_metric_is_refused():
    """
    SageMaker measures NVIDIA GPUs alone; the message says which target there is instead.
    """
    with pytest.raises(NoMachine, match="requests_per_replica"):
        _planned(machine={"accelerator": "Inferentia2"})


def test_what_is_captured_has_an_end_and_a_key():
    """
    Requests go to a bucket of the endpoint's own, under the stack's key, and expire; the serve role may write there.
    """
    planned = _planned(capture={"sample": "12.5%", "retain": "30d"})
    capture = planned.one(CONFIGURATION).at("dataCaptureConfig")
    rules = {r["id"]: r for r in planned.one(LIFECYCLE, "scorer-capture-lifecycle").at("rules")}
    granted = planned.one("aws:iam/rolePolicy:RolePolicy", "scorer-capture").at("policy")

    assert 13 == capture["initialSamplingPercentage"]
    assert ["Input", "Output"] == [o["captureMode"] for o in capture["captureOptions"]]
    assert ":key/" in capture["kmsKeyId"]
    assert 30 == rules["captured"]["expiration"]["days"]
    assert capture["destinationS3Uri"].split("/")[2] in granted


def test_a_machine_with_its_own_disk_gets_no_volume_key():
    """
    A GPU machine's local disks are encrypted by its hardware; the configuration asks for no key there.
    """
    assert not _planned(machine={"accelerator": "T4"}).one(CONFIGURATION).has("kmsKeyArn")
    assert _planned().one(CONFIGURATION).has("kmsKeyArn")


def test_a_region_without_the_light_image_takes_another():
    """
    Where AWS keeps no scikit-learn image, an endpoint starts from the PyTorch one.
    """
    model = _planned(region="ap-east-2", machine={"type": "ml.m5.large"}).one("aws:sagemaker/model:Model")

    assert "/pytorch-inference:" in model.at("primaryContainer.image")


def test_an_arm_machine_is_refused():
    """
    AWS's images for x86 don't run on Graviton, and the message says what to write.
    """
    with pytest.raises(NoMachine, match="ARM"):
        _planned(
            machine={"type": "ml.c7g.large"}, scale={"min": 1, "max": 1, "target": {"requests_per_replica": "9/min"}}
        )
