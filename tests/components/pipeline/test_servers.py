"""Pipelines whose endpoint a server of the cloud's own serves: a version is registered so that a release takes it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from groundplan.testing import Planned, plan_blueprint

DEFINITIONS = {
    "aws": ("aws:sfn/stateMachine:StateMachine", "definition"),
    "gcp": ("gcp:workflows/workflow:Workflow", "sourceContents"),
    "azure": ("azure-native:logic:Workflow", "definition"),
}


@cache
def _plan(cloud: str, runtime: str) -> Planned:
    machine = {"gpu_memory": "16GiB"}
    blueprint = {
        "apiVersion": "groundplan/v1",
        "name": "chat",
        "owner": "ml",
        "training": {"tuned": {"runtime": "pytorch", "machine": machine, "spot": False}},
        "endpoints": {"scorer": {"model": "tuned", "runtime": runtime, "machine": machine}},
        "pipelines": {"nightly": {"train": "tuned", "deploy": "scorer"}},
        "environments": {"prod": {}},
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "chat.yaml"
        path.write_text(json.dumps(blueprint))
        return plan_blueprint(path, "prod", cloud)


def _pipeline(cloud: str, runtime: str) -> str:
    kind, key = DEFINITIONS[cloud]
    found = next(made for made in _plan(cloud, runtime).all(kind) if "nightly" in made.name).inputs[key]
    return found if isinstance(found, str) else json.dumps(found)


@pytest.mark.parametrize(("runtime", "kind"), [("triton", "triton_model"), ("onnx", "triton_model")])
def test_azure_registers_what_triton_serves_as_such(runtime, kind):
    """
    A version for an endpoint of Triton has the type that its release asks for.
    """
    assert f'"modelType": "{kind}"' in _pipeline("azure", runtime)


def test_azure_registers_other_versions_as_plain_files():
    """
    A framework's version stays a folder of files.
    """
    assert '"modelType": "custom_model"' in _pipeline("azure", "pytorch")


def test_sagemaker_leaves_the_image_of_a_server_to_the_release():
    """
    A version is registered without an image, so that the release names it, with what the server is told.
    """
    states = json.loads(_pipeline("aws", "vllm"))["States"]
    (container,) = states["Register"]["Arguments"]["InferenceSpecification"]["Containers"]

    assert ["ModelDataUrl"] == list(container)


def test_vertex_ai_registers_with_what_trained_it():
    """
    The registry knows no server: a version is registered with the training's framework, and the release replaces it.
    """
    source = _pipeline("gcp", "vllm")

    assert '"runtime":"pytorch"' in source
    assert '"runtime":"vllm"' not in source
