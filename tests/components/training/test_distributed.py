"""What a distributed training must say, and what each cloud makes of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from components.base import Cloud
from components.catalog import NoMachine
from components.parity import Line, lines
from components.training import TrainingSpec
from groundplan.testing import Planned
from groundplan.testing.component import plan_component


def _spec(**fields: Any) -> TrainingSpec:
    given = {"machine": {"accelerator": "A100-80GB", "count": 8}, "spot": False, **fields}
    return TrainingSpec.model_validate(given)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"image": "own:1", "distributed": "torchrun"}, r"Write command: \[python, train.py\], or runtime: pytorch"),
        ({"distributed": "mpi", "nodes": 2}, r"Write command: \[python, train.py\]"),
        ({"runtime": "xgboost", "distributed": "torchrun"}, "is not in the image of runtime: xgboost. Write runtime: "),
        ({"runtime": "sklearn", "distributed": "mpi"}, "Write runtime: pytorch or tensorflow"),
        ({"command": ["torchrun", "train.py"], "distributed": "torchrun"}, "command starts torchrun.*one of them out"),
        ({"command": ["/usr/bin/mpirun", "a"], "distributed": "mpi"}, "command starts /usr/bin/mpirun"),
        ({"command": ["python", "-m", "torch.distributed.run", "a.py"], "distributed": "torchrun"}, "Leave one"),
        (
            {"command": ["a"], "distributed": "mpi", "machine": {"cpu": 4}},
            "starts one process. Write nodes: 2 or more, or leave distributed out",
        ),
    ],
)
def test_what_can_not_be_launched_is_refused_with_what_to_write(fields, says):
    """
    A launcher that has nothing to start, is not there, or would start another launcher is refused.
    """
    with pytest.raises(ValidationError, match=says):
        _spec(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"runtime": "pytorch", "distributed": "torchrun"},
        {"runtime": "tensorflow", "distributed": "mpi", "nodes": 2},
        {"image": "own:1", "command": ["python", "torchrun.py"], "distributed": "torchrun", "nodes": 4},
        {"command": ["python", "train.py"], "distributed": "torchrun", "machine": {"cpu": 4}},
        {"command": ["a"], "distributed": "mpi"},
    ],
)
def test_what_can_be_launched_is_taken(fields):
    """
    A command, or a runtime whose image brings the launcher, is taken, on one machine and on many.
    """
    assert _spec(**fields).distributed == fields["distributed"]


def test_neuron_cores_are_left_to_the_command():
    """
    A Trainium takes several processes, so one an accelerator would leave most of it idle: the plan says what to do.
    """
    spec = _spec(command=["a"], distributed="torchrun", machine={"accelerator": "Trainium", "count": 16})

    with pytest.raises(ValueError, match="start torchrun in command"):
        plan_component("training", "aws", spec, name="net")


def _line(cloud: Cloud, feature: str, **fields: Any) -> Line:
    (line,) = [one for one in lines("training", cloud, [_spec(command=["a"], **fields)]) if one.feature == feature]
    return line


def test_mpi_is_refused_where_nothing_starts_it():
    """
    Vertex AI has no MPI, and the reason names what to write; the other clouds take it.
    """
    refused = {cloud: _line(cloud, "mpi launcher", distributed="mpi", nodes=2) for cloud in Cloud}

    assert [Cloud.GCP] == [cloud for cloud, line in refused.items() if line.refused]
    assert "write distributed: torchrun" in refused[Cloud.GCP].reason


def test_the_interconnect_matters_between_machines_alone():
    """
    One machine needs no fast interconnect, and Vertex AI's want of one refuses nothing.
    """
    one, two = (_line(Cloud.GCP, "fast interconnect between nodes", distributed="torchrun", nodes=n) for n in (1, 2))

    assert (False, True, False) == (one.needed, two.needed, two.refused)


def test_an_interconnect_is_between_machines():
    """
    One machine has nothing to be linked with.
    """
    with pytest.raises(ValidationError, match=r"nodes is 1\. Write nodes: 2 or more"):
        _spec(command=["a"], interconnect="rdma")


def test_where_rdma_is_asked_the_cheapest_machine_that_has_it_is_taken():
    """
    Machines of a wish that several grant differ in their network cards: the wish for RDMA decides.
    """
    wished = {"machine": {"gpu_memory": "16GiB", "count": 8}, "command": ["a"], "nodes": 2}

    def planned(cloud: str, **fields: Any) -> Planned:
        return plan_component("training", cloud, _spec(**wished, **fields), name="net")

    def sagemakers(**fields: Any) -> str:
        definition = planned("aws", **fields).one("aws:sfn/stateMachine:StateMachine").inputs["definition"]
        (found,) = set(re.findall(r'"InstanceType": ?"([^"]+)"', definition))
        return found

    cluster = planned("azure", interconnect="rdma").one("azure-native:machinelearningservices:Compute")
    assert ("ml.g6.48xlarge", "ml.p4d.24xlarge") == (sagemakers(), sagemakers(interconnect="rdma"))
    assert cluster.inputs["properties"]["properties"]["vmSize"] == "Standard_ND96asr_v4"


@pytest.mark.parametrize(
    ("cloud", "machine", "says"),
    [
        (
            "aws",
            {"accelerator": "A10G"},
            r"ml\.g5\.xlarge has no Elastic Fabric Adapter with RDMA \(https://docs\.aws.*nearest is 8 x A100-40GB"
            r" \(ml\.p4d\.24xlarge.*Write machine: \{accelerator: A100-40GB, count: 8\}",
        ),
        ("aws", {"accelerator": "H100"}, r"ml\.p5\.4xlarge has no .*accelerator: H100, count: 8"),
        (
            "azure",
            {"accelerator": "A100-80GB", "count": 4},
            r"Standard_NC96ads_A100_v4 has no InfiniBand \(https://learn.*nearest is 8 x A100-80GB"
            r" \(Standard_ND96amsr_A100_v4",
        ),
        ("azure", {"cpu": 4}, "has no InfiniBand"),
    ],
)
def test_a_machine_without_rdma_is_refused_with_the_nearest_that_has_it(cloud, machine, says):
    """
    The refusal names the machine, its source, and what to write instead.
    """
    with pytest.raises(NoMachine, match=says):
        plan_component("training", cloud, _spec(command=["a"], nodes=2, interconnect="rdma", machine=machine))


def test_vertex_ai_refuses_rdma():
    """
    A custom job can't be placed, so nothing is promised; without the wish the training is taken.
    """
    refused = _line(Cloud.GCP, "rdma between nodes", interconnect="rdma", nodes=2)
    free = _line(Cloud.GCP, "rdma between nodes", nodes=2)

    assert (True, False) == (refused.refused, free.refused)
    assert "leave interconnect out" in refused.reason


def test_a_machine_of_unknown_accelerators_says_how_many_it_has():
    """
    A machine that the catalogue knows by name alone starts as many processes as the blueprint says it has
    accelerators, and is refused where the blueprint does not say.
    """
    name = "Standard_ND128isr_GB200_v6"
    fields = {"command": ["a"], "distributed": "torchrun"}
    bare, said = ({"type": name}, {"type": name, "accelerator": "GB200", "count": 4})

    with pytest.raises(ValueError, match=f"how many {name} has. Write accelerator and count"):
        plan_component("training", "azure", _spec(**fields, machine=bare), name="net")
    planned = plan_component("training", "azure", _spec(**fields, machine=said), name="net")
    assert "--nproc_per_node=4" in str(planned.one("azure-native:logic:Workflow").inputs["definition"])
