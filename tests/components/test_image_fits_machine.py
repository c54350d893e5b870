"""A framework's image runs on the machine that a component picks, on every cloud; an own image is its owner's."""

import json
import re
from functools import cache
from typing import Any

import pytest

from components.base import Spec
from components.batch import BatchSpec
from components.catalog import NoMachine, accelerators
from components.catalog.machines import kinds
from components.endpoint import EndpointSpec
from components.training import TrainingSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component

REGION = {"aws": "us-east-1", "gcp": "us-central1", "azure": "eastus"}
SPECS: dict[str, tuple[type[Spec], dict[str, Any]]] = {
    "training": (TrainingSpec, {"restartable": True, "command": ["train"]}),
    "endpoint": (EndpointSpec, {"model": "chat"}),
    "batch": (BatchSpec, {"model": "chat", "input": "data/in/", "output": "data/out/"}),
}
ONE, EIGHT = {"gpu_memory": "90GiB"}, {"gpu_memory": "90GiB", "count": 8}
REQUESTS = {"min": 1, "max": 2, "target": {"requests_per_replica": "10/s"}}


@cache
def _plan(capability: str, cloud: str, fields: str) -> Planned:
    kind, given = SPECS[capability]
    spec = kind.model_validate({**given, **json.loads(fields)})
    return plan_component(capability, cloud, spec, name="scorer", region=REGION[cloud])


def _cards(capability: str, cloud: str, **fields: Any) -> set[str]:
    """The cards of the machines that a plan names."""
    text = json.dumps(_plan(capability, cloud, json.dumps(fields)).document)
    known = {m.name: m.accelerator for m in kinds(cloud).values() if m.accelerator and not m.name.startswith("n1-")}
    return {card for name, card in known.items() if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text)}


def _is_blackwell(card: str) -> bool:
    return accelerators()[card].compute_capability in {"10.0", "10.3", "12.0"}


@pytest.mark.parametrize(
    ("capability", "cloud", "machine", "runtime", "card"),
    [
        ("training", "gcp", EIGHT, "pytorch", "H200"),
        ("training", "gcp", {"gpu_memory": "40GiB", "count": 8}, "pytorch", "A100-40GB"),
        ("training", "aws", {"gpu_memory": "80GiB"}, "pytorch", "H100"),
        ("training", "azure", {"gpu_memory": "80GiB"}, "pytorch", "A100-80GB"),
        ("endpoint", "gcp", EIGHT, "tensorflow", "H200"),
        ("endpoint", "gcp", EIGHT, "vllm", "H200"),
        ("endpoint", "gcp", ONE, "triton", "RTX-PRO-6000"),
        ("endpoint", "aws", {"gpu_memory": "80GiB"}, "pytorch", "H100"),
        ("endpoint", "aws", ONE, "vllm", "RTX-PRO-6000"),
        ("endpoint", "aws", ONE, "triton", "RTX-PRO-6000"),
        ("batch", "gcp", EIGHT, "pytorch", "H200"),
        ("batch", "aws", {"gpu_memory": "40GiB", "count": 4}, "pytorch", "L40S"),
        ("batch", "azure", {"gpu_memory": "80GiB"}, "pytorch", "A100-80GB"),
    ],
)
def test_a_machine_is_picked_that_the_image_runs_on(capability, cloud, machine, runtime, card):
    """
    Blackwell, the cheapest card of its memory, is taken where the image has code for it, and nowhere else.
    """
    assert {card} == _cards(capability, cloud, machine=machine, runtime=runtime)


@pytest.mark.parametrize(
    ("capability", "image"), [("training", {"image": "own:1"}), ("training", {}), ("endpoint", {})]
)
def test_an_own_image_takes_whatever_is_cheapest(capability, image):
    """
    Which CUDA an image of one's own has is not ours to know: nothing is passed over, on demand or on spot.
    """
    extra = {"command": []} if capability == "training" else {}

    assert {"RTX-PRO-6000"} == _cards(capability, "gcp", machine=EIGHT, **image, **extra)


@pytest.mark.parametrize(
    ("capability", "cloud", "fields", "says"),
    [
        ("training", "gcp", {"machine": {"accelerator": "B200", "count": 8}}, "H200, count: 8"),
        ("training", "aws", {"machine": {"type": "ml.p6-b200.48xlarge"}}, "H200, count: 8"),
        (
            "training",
            "aws",
            {"machine": {"accelerator": "B200", "count": 8}, "nodes": 2, "interconnect": "rdma"},
            "H200, count: 8",
        ),
        ("endpoint", "gcp", {"machine": {"type": "g4-standard-48"}, "scale": REQUESTS}, "A100-80GB, count: 1"),
        ("endpoint", "aws", {"machine": {"type": "ml.p2.xlarge"}, "scale": REQUESTS}, "T4, count: 1"),
        ("batch", "aws", {"machine": {"accelerator": "RTX-PRO-6000"}}, "L40S, count: 1"),
        ("batch", "azure", {"machine": {"type": "Standard_ND96isr_MI300X_v5"}}, "A100-80GB, count: 8"),
    ],
)
def test_a_card_that_the_image_has_no_code_for_is_refused(capability, cloud, fields, says):
    """
    By type or by accelerator: the message has the image, the limit with its source, and a machine that it runs on.
    """
    with pytest.raises(NoMachine, match=rf"{cloud}'s image of pytorch .*is not known to run on .*{re.escape(says)}"):
        _plan(capability, cloud, json.dumps({"runtime": "pytorch", **fields}))


def test_models_that_share_machines_are_all_held_against_them():
    """
    One framework whose image does not run on a card keeps the machine from all of the endpoint's models.
    """
    models = {"models": {"a": "a", "b": "b"}, "model": None}

    assert {"H200"} == _cards("endpoint", "aws", machine=EIGHT, **models, runtimes={"a": "pytorch", "b": "tensorflow"})
    assert any(map(_is_blackwell, _cards("endpoint", "aws", machine=EIGHT, **models)))


@pytest.mark.parametrize(("machine", "driver"), [({"gpu_memory": "16GiB"}, "gpu-3-1"), (ONE, "gpu-4-1")])
def test_sagemaker_has_a_driver_for_the_card(machine, driver):
    """
    Blackwell needs a newer driver than the image alone would ask for.
    """
    text = json.dumps(_plan("endpoint", "aws", json.dumps({"machine": machine, "runtime": "triton"})).document)

    assert {driver} == set(re.findall(r"sagemaker-inference-(gpu-\d-\d)", text))
