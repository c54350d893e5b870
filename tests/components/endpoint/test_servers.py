"""Servers of the clouds' own: what each runtime of an endpoint comes to on each cloud, and what it is told."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from components.batch import BatchSpec
from components.catalog import NoImage, image
from components.clouds.azure.deployment import BY_MODEL
from components.endpoint import EndpointSpec
from components.fields import SERVERS
from components.training import TrainingSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.components.endpoint import azure_plans
from tests.truth.aws_sagemaker import FakeSageMaker
from tests.truth.aws_states import Ended, run
from tests.truth.azure_serving import Serving
from tests.truth.gcp_project import Project

CPU, GPU, GPUS = {"cpu": 4, "memory": "16GiB"}, {"gpu_memory": "16GiB"}, {"accelerator": "L4", "count": 4}
MACHINES = {"cpu": CPU, "gpu": GPU}
REGION = {"aws": "us-east-1", "gcp": "us-central1", "azure": "eastus"}
# what a plan says where a cloud has no image of its own for a runtime on such a machine
REFUSED = {
    (
        "aws",
        "vllm",
        "cpu",
    ): r"no prebuilt vllm image for hosting on cpu\. It has hosting on gpu .*Write machine: \{gpu_memory: 24GiB\}",
    (
        "aws",
        "sklearn",
        "gpu",
    ): r"no prebuilt sklearn image for hosting on gpu.*Write machine: \{cpu: 4, memory: 16GiB\}",
    ("gcp", "vllm", "cpu"): "no prebuilt vllm image for hosting on cpu",
    ("gcp", "xgboost", "gpu"): "no prebuilt xgboost image for hosting on gpu",
    ("gcp", "sklearn", "gpu"): "no prebuilt sklearn image for hosting on gpu",
    ("azure", "vllm", "cpu"): "no prebuilt image for vllm: .*Write image: ",
    ("azure", "vllm", "gpu"): "no prebuilt image for vllm: .*Write image: ",
    ("azure", "xgboost", "gpu"): "no prebuilt xgboost image for hosting on gpu",
    ("azure", "sklearn", "gpu"): "no prebuilt sklearn image for hosting on gpu",
}


@cache
def _plan(cloud: str, fields: str) -> Planned:
    spec = EndpointSpec.model_validate({"model": "chat", **json.loads(fields)})
    return plan_component("endpoint", cloud, spec, name="scorer", region=REGION[cloud])


def _planned(cloud: str, **fields: Any) -> Planned:
    return _plan(cloud, json.dumps(fields))


@pytest.mark.parametrize("processor", ["cpu", "gpu"])
@pytest.mark.parametrize("runtime", ["xgboost", "sklearn", "pytorch", "tensorflow", "onnx", "triton", "vllm"])
@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_each_runtime_is_had_or_refused_with_what_to_write(cloud, runtime, processor):
    """
    On each cloud and kind of machine the catalogue has the image, or says why it has none.
    """
    says = REFUSED.get((cloud, runtime, processor))
    if says is None:
        found = image(cloud, REGION[cloud], runtime, "hosting", processor == "gpu")
        assert bool(found.uri) == (found.kind != "by-model")
        return
    with pytest.raises(NoImage, match=says):
        image(cloud, REGION[cloud], runtime, "hosting", processor == "gpu")


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
@pytest.mark.parametrize("runtime", sorted(SERVERS))
@pytest.mark.parametrize("processor", ["cpu", "gpu"])
def test_a_plan_has_the_server_or_says_why_not(cloud, runtime, processor):
    """
    An endpoint with a server is planned wherever the cloud has its image, and refused with the reason elsewhere.
    """
    says = REFUSED.get((cloud, runtime, processor))
    if says:
        with pytest.raises(NoImage, match=says):
            _planned(cloud, runtime=runtime, machine=MACHINES[processor])
    else:
        assert _planned(cloud, runtime=runtime, machine=MACHINES[processor]).resources


@pytest.mark.parametrize("runtime", sorted(SERVERS))
def test_a_server_neither_trains_nor_scores_files(runtime):
    """
    A training or a batch job with a server is refused in the blueprint, with the frameworks that do.
    """
    says = "only answers the requests of an endpoint. Write runtime: xgboost, sklearn, pytorch or"
    with pytest.raises(ValidationError, match=says):
        TrainingSpec.model_validate({"runtime": runtime, "machine": CPU, "spot": False})
    with pytest.raises(ValidationError, match=says):
        BatchSpec.model_validate({"runtime": runtime, "machine": CPU, "model": "m", "input": "a/", "output": "b/"})


def _released(held: dict[str, Any], start: dict[str, Any] | None = None, **fields: Any) -> Ended:
    machine = _planned("aws", **fields).one("aws:sfn/stateMachine:StateMachine")
    definition = json.loads(machine.inputs["definition"])
    return run(definition, {"version": "12", **(start or {})}, FakeSageMaker(container=held))


def _container(held: dict[str, Any], start: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    (sent,) = _released(held, start, **fields).called("CreateModel")
    return sent["PrimaryContainer"]


FILES = {"ModelDataUrl": "s3://b/m.tar.gz"}


def test_vllm_on_sagemaker_is_told_where_its_model_is():
    """
    The image's server finds the version's files, uses all GPUs, and has the name of the model; a version's own words
    go before ours.
    """
    told = {**FILES, "Environment": {"SM_VLLM_MAX_MODEL_LEN": "4096", "SM_VLLM_SERVED_MODEL_NAME": "mine"}}
    container = _container(told, runtime="vllm", machine=GPUS)

    assert container["Image"].endswith("amazonaws.com/vllm:0.30.0-gpu-py312-cu130-ubuntu24.04-sagemaker")
    assert {
        "SM_VLLM_HOST": "0.0.0.0",  # noqa: S104
        "SM_VLLM_MODEL": "/opt/ml/model",
        "SM_VLLM_SERVED_MODEL_NAME": "mine",
        "SM_VLLM_TENSOR_PARALLEL_SIZE": "4",
        "SM_VLLM_MAX_MODEL_LEN": "4096",
    } == container["Environment"]


def test_an_image_of_ones_own_is_told_nothing_of_a_server():
    """
    A release with an image of your own, and a version registered with one, get none of the server's variables.
    """
    own = _container(FILES, {"image": "mine:1"}, runtime="vllm", machine=GPU)
    registered = _container({**FILES, "Image": "i"}, runtime="vllm", machine=GPU)

    assert "Environment" not in own
    assert ["ModelPackageName"] == list(registered)


def test_triton_on_sagemaker_is_told_nothing():
    """
    Triton takes the one model of the version's files; ONNX is served by it as well.
    """
    for runtime in ("triton", "onnx"):
        container = _container(FILES, runtime=runtime, machine=CPU)
        assert container["Image"].endswith("/sagemaker-tritonserver:25.04-py3-cpu")
        assert "Environment" not in container


@pytest.mark.parametrize(
    ("runtime", "machine", "driver"),
    [
        ("vllm", GPU, "al2023-ami-sagemaker-inference-gpu-4-1"),
        ("triton", GPU, "al2-ami-sagemaker-inference-gpu-3-1"),
        ("triton", CPU, None),
        ("pytorch", GPU, None),
    ],
)
def test_the_machine_has_a_driver_for_the_servers_cuda(runtime, machine, driver):
    """
    The first configuration and each release's have the machine image whose driver runs the server; others have none.
    """
    first = _planned("aws", runtime=runtime, machine=machine).one(
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
    )
    (released,) = _released(FILES, runtime=runtime, machine=machine).called("CreateEndpointConfig")

    assert driver == first.inputs["productionVariants"][0].get("inferenceAmiVersion")
    assert driver == released["ProductionVariants"][0].get("InferenceAmiVersion")


def test_only_the_endpoint_that_serves_by_a_server_may_pull_it():
    """
    The role of the models may pull a server's image because of the endpoint; no other stack's may.
    """
    serves, other = (_planned("aws", runtime=runtime, machine=GPU) for runtime in ("vllm", "pytorch"))
    policies = {
        name: " ".join(json.dumps(policy.inputs["policy"]) for policy in planned.all("aws:iam/rolePolicy:RolePolicy"))
        for name, planned in (("serves", serves), ("other", other))
    }

    assert ":repository/vllm" in policies["serves"]
    assert ":repository/vllm" not in policies["other"]
    assert "sagemaker-tritonserver" not in policies["other"]


def _uploaded(**fields: Any) -> dict[str, Any]:
    """What Vertex AI is sent of a version that is released."""
    source = _planned("gcp", **fields).one("gcp:workflows/workflow:Workflow").inputs["sourceContents"]
    given = json.loads(source)["main"]["steps"][0]["given"]["assign"][0]["given"]
    project = Project()
    project.add_version(given["model"], labels={"approval": "approved"}, artifactUri="gs://b/models/chat/1")
    project.run(source, {"version": "1"})
    (upload,) = project.bodies("models:upload")
    return upload["model"]


@pytest.mark.parametrize("runtime", ["onnx", "triton"])
@pytest.mark.parametrize("machine", [CPU, GPU])
def test_triton_on_vertex_ai_is_the_copy_in_the_stacks_own_repository(runtime, machine):
    """
    NVIDIA's image is taken from the stack's repository as it is: it starts by itself, and answers at the routes that
    every image of one's own has.
    """
    model = _uploaded(runtime=runtime, machine=machine)
    container = model["containerSpec"]

    assert re.fullmatch(r"us-central1-docker\.pkg\.dev/[\w-]+/[\w-]+/tritonserver:25\.04-py3", container["imageUri"])
    assert not {"command", "args"} & set(container)
    assert ("/invocations", "/ping", [{"containerPort": 8080}]) == tuple(
        container[key] for key in ("predictRoute", "healthRoute", "ports")
    )
    assert int(container["sharedMemorySizeMb"]) <= 16 * 1024 / 4
    assert "gs://b/models/chat/1" == model["artifactUri"]


@pytest.mark.parametrize(("runtime", "verb"), [("triton", "rawPredict"), ("onnx", "rawPredict"), ("vllm", "predict")])
def test_triton_on_vertex_ai_is_asked_in_its_own_protocol(runtime, verb):
    """
    A request to Triton has no `instances`, so it goes by the call that hands it on as it is.
    """
    source = _planned("gcp", runtime=runtime, machine=GPU).one("gcp:workflows/workflow:Workflow").inputs
    given = json.loads(source["sourceContents"])["main"]["steps"][0]["given"]["assign"][0]["given"]

    assert given["predict_url"].endswith(f":{verb}")


@pytest.mark.parametrize(("machine", "gpus"), [(GPU, 1), (GPUS, 4)])
def test_vllm_on_vertex_ai_takes_the_versions_files_from_the_bucket(machine, gpus):
    """
    A version is uploaded with Google's image, what starts it, its routes, and a wait that a large model needs.
    """
    model = _uploaded(runtime="vllm", machine=machine)
    container = model["containerSpec"]

    assert "/vertex-vision-model-garden-dockers/pytorch-vllm-serve:" in container["imageUri"]
    assert ["python", "-m", "vllm.entrypoints.api_server"] == container["command"]
    assert {"--model=$(AIP_STORAGE_URI)", f"--tensor-parallel-size={gpus}", "--port=8080"} <= set(container["args"])
    assert ("/generate", "/ping", [{"containerPort": 8080}]) == tuple(
        container[key] for key in ("predictRoute", "healthRoute", "ports")
    )
    assert (gpus > 1) == ("sharedMemorySizeMb" in container)
    assert "gs://b/models/chat/1" == model["artifactUri"]


@pytest.mark.parametrize("runtime", sorted(BY_MODEL))
def test_triton_on_azure_needs_neither_environment_nor_code(runtime):
    """
    Azure ML serves a version of the type triton_model by itself: the deployment names its machine and its model.
    """
    planned = azure_plans.plan(image=None, runtime=runtime)
    azure = Serving(dict(azure_plans.APPROVED), types={"3": "triton_model"})
    done = azure_plans.release(planned, azure, version="3")

    assert "Succeeded" == done.status, done.error
    (body,) = azure.deployments.values()
    assert not {"environmentId", "codeConfiguration", "modelMountPath"} & set(body["properties"])
    assert not planned.all("azure-native:machinelearningservices:CodeContainer")


def test_a_version_of_another_type_is_refused_before_anything_is_deployed():
    """
    A version that was registered as plain files has nothing that serves it: the release says so, and stops.
    """
    azure = Serving(dict(azure_plans.APPROVED))

    done = azure_plans.release(azure_plans.plan(image=None, runtime="triton"), azure, version="3")

    assert "Failed" == done.status
    assert "Triton serves versions of the type triton_model" in done.error["message"]
    assert not azure.deployments


def test_the_runtimes_that_azure_serves_by_type_are_those_of_the_catalogue():
    """
    What the release takes for a model of Triton is what the catalogue has no image's name for.
    """
    by_type = {
        runtime
        for runtime in SERVERS - {"vllm"}
        if image("azure", REGION["azure"], runtime, "hosting").kind == "by-model"
    }

    assert BY_MODEL == by_type
