"""Distributed training, executed: what each machine of a job starts, as each cloud starts it."""

from __future__ import annotations

import json
import threading
from functools import cache
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from components.base import Cloud
from components.training import TrainingSpec
from components.training.launch import LONGEST_WORD
from groundplan.testing import Planned
from groundplan.testing.component import plan_component
from tests.truth import aws_sagemaker, azure_ml, gcp_project
from tests.truth.aws_states import run as run_states
from tests.truth.azure_workflows import run as run_workflow
from tests.truth.containers import Ran, archive, machine_of

every_cloud = pytest.mark.parametrize("cloud", Cloud)
CPU, GPUS = {"cpu": 4}, {"accelerator": "A100-80GB", "count": 8}
MASTER = {
    Cloud.AWS: ("algo-1", "29500"),
    Cloud.GCP: ("cmle-training-workerpool0-7f-0", "2222"),
    Cloud.AZURE: ("10.0.0.4", "6105"),
}
# a launcher that says how it was started, and starts nothing
TELLS = """#!/usr/bin/env python3
import json, os, sys
print(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]))
"""


@cache
def _plan(cloud: Cloud, fields: str) -> Planned:
    return plan_component("training", cloud, TrainingSpec.model_validate_json(fields), name="net")


def _job(cloud: Cloud, start: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    given = {"spot": False, "image": "own:1", "command": ["python", "train.py", "--eta", "0.1 'x' $HOME"], **fields}
    planned = _plan(cloud, json.dumps({key: value for key, value in given.items() if value is not None}))
    start = start or {}
    if cloud is Cloud.AWS:
        definition = json.loads(planned.one("aws:sfn/stateMachine:StateMachine").inputs["definition"])
        ended = run_states(definition, start, aws_sagemaker.FakeSageMaker([aws_sagemaker.Job()]))
        return ended.called("CreateTrainingJob")[0]
    if cloud is Cloud.GCP:
        project = gcp_project.Project([gcp_project.Job()])
        project.run(planned.one("gcp:workflows/workflow:Workflow").inputs["sourceContents"], start)
        return project.sent[0]
    jobs, workflow = azure_ml.Jobs(), planned.one("azure-native:logic:Workflow")
    done = run_workflow(workflow.inputs["definition"], workflow.inputs["parameters"], start, jobs)
    assert "Succeeded" == done.status, done.error
    return next(iter(jobs.bodies.values()))


def _brings(root: Path, **programs: str) -> None:
    """Put programs into the image."""
    (root / "bin").mkdir(parents=True, exist_ok=True)
    for name, text in programs.items():
        path = root / "bin" / name
        path.write_text(text)
        path.chmod(0o755)


def _started(cloud: Cloud, job: dict[str, Any], root: Path, rank: int = 0) -> tuple[list[str], str, dict[str, str]]:
    """Arguments, folder and variables of the launcher on one machine."""
    _brings(root, torchrun=TELLS, mpirun=TELLS)
    ran = machine_of(cloud, job, root / "store", root / f"machine-{rank}", rank)
    assert 0 == ran.code, ran.said
    return json.loads(ran.said)


def _options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Options with their values, and the words after them."""
    end = words.index("--no_python") + 1
    return {name: value for name, _, value in (word.partition("=") for word in words[:end])}, words[end:]


COMMAND = ["python", "train.py", "--eta", "0.1 'x' $HOME"]


@every_cloud
@pytest.mark.parametrize("rank", [0, 1, 2])
def test_each_machine_starts_a_process_an_accelerator_under_its_own_rank(cloud, rank, tmp_path):
    """
    Of three machines of eight GPUs, each starts eight processes of the command, word for word, and all know the first.
    """
    words, _folder, _env = _started(cloud, _job(cloud, machine=GPUS, nodes=3, distributed="torchrun"), tmp_path, rank)

    options, program = _options(words)
    address, port = MASTER[cloud]
    assert COMMAND == program
    assert {
        "--nnodes": "3",
        "--nproc_per_node": "8",
        "--node_rank": str(rank),
        "--master_addr": address,
        "--master_port": port,
        "--no_python": "",
    } == options


@every_cloud
@pytest.mark.parametrize(("machine", "each"), [(CPU, "1"), (GPUS, "8")], ids=["cpu", "gpus"])
def test_one_machine_needs_no_peers(cloud, machine, each, tmp_path):
    """
    On one machine torchrun is its own meeting place; without an accelerator it starts one process.
    """
    words, _folder, _env = _started(cloud, _job(cloud, machine=machine, distributed="torchrun"), tmp_path)

    options, program = _options(words)
    assert {"--standalone": "", "--nproc_per_node": each, "--no_python": ""} == options
    assert COMMAND == program


@every_cloud
def test_machines_without_accelerators_start_one_process_each(cloud, tmp_path):
    """
    Two CPU machines are two processes.
    """
    words, _folder, _env = _started(cloud, _job(cloud, machine=CPU, nodes=2, distributed="torchrun"), tmp_path, 1)

    assert ("1", "1") == tuple(_options(words)[0][name] for name in ("--nproc_per_node", "--node_rank"))


def test_ranks_follow_the_hosts_and_not_their_numbers(tmp_path):
    """
    Among twelve machines of SageMaker every one has a rank of its own, though their names sort as text.
    """
    job = _job(Cloud.AWS, machine=CPU, nodes=12, distributed="torchrun")

    ranks = [_options(_started(Cloud.AWS, job, tmp_path, rank)[0])[0]["--node_rank"] for rank in (0, 1, 4, 11)]

    assert ["0", "1", "4", "11"] == ranks


def _artifacts(cloud: Cloud, root: Path, fields: dict[str, Any]) -> Path:
    if cloud is Cloud.AZURE:
        return root / "store" / "artifacts"
    kind, key = {Cloud.AWS: ("aws:s3/bucket:Bucket", "bucket"), Cloud.GCP: ("gcp:storage/bucket:Bucket", "name")}[cloud]
    name = _plan(cloud, json.dumps({"spot": False, **fields})).one(kind, "artifacts").inputs[key]
    return root / "store" / name


@every_cloud
def test_a_runtime_starts_its_module_in_the_folder_of_the_code(cloud, tmp_path):
    """
    A runtime without a command runs `trainer.task` in each process, once a machine has unpacked the archive.
    """
    fields = {"runtime": "pytorch", "machine": GPUS, "nodes": 2, "distributed": "torchrun"}
    archive(_artifacts(cloud, tmp_path, fields) / "code" / "net" / "trainer.tar.gz", "", "net-1.0/")

    words, folder, _env = _started(cloud, _job(cloud, image=None, command=None, **fields), tmp_path, 1)

    assert ["python3", "-m", "trainer.task"] == _options(words)[1]
    assert (Path(folder) / "trainer" / "task.py").is_file()


@every_cloud
def test_an_image_that_a_start_names_is_launched_too(cloud, tmp_path):
    """
    In the place of a framework's image, one of your own starts its program `train` in each process.
    """
    fields = {"runtime": "pytorch", "machine": GPUS, "nodes": 2, "distributed": "torchrun"}
    job = _job(cloud, {"image": "mine:2"}, image=None, command=None, **fields)

    words, _folder, _env = _started(cloud, job, tmp_path, 1)

    assert (["train"], "1") == (_options(words)[1], _options(words)[0]["--node_rank"])


@every_cloud
def test_the_contract_holds_in_a_distributed_run(cloud, tmp_path):
    """
    The launcher, and so each process, finds the variables of every run.
    """
    spec = {"machine": CPU, "nodes": 2, "distributed": "torchrun", "hyperparameters": {"eta": 0.1}}
    _words, _folder, env = _started(cloud, _job(cloud, {"run": "try-7"}, **spec), tmp_path, 1)

    assert ("try-7", {"eta": 0.1}) == (env["RUN"], json.loads(env["HYPERPARAMETERS"]))
    assert env["OUTPUT_DIR"]


@pytest.mark.parametrize(
    ("machine", "nodes", "fabric", "rdma"),
    [(GPUS, 2, "efa", "1"), (GPUS, 1, None, None), ({"accelerator": "A10G"}, 2, None, None)],
    ids=["p4de", "one machine", "no adapter"],
)
def test_machines_with_an_elastic_fabric_adapter_use_it(machine, nodes, fabric, rdma, tmp_path):
    """
    Several machines that have EFA are told to use it; where there is none, NCCL is left to find its way.
    """
    _words, _folder, env = _started(
        Cloud.AWS, _job(Cloud.AWS, machine=machine, nodes=nodes, distributed="torchrun"), tmp_path
    )

    assert (fabric, rdma) == (env.get("FI_PROVIDER"), env.get("FI_EFA_USE_DEVICE_RDMA"))


def test_the_authors_own_word_on_the_network_counts(tmp_path):
    """
    A variable of the blueprint that says which network to take is not overwritten.
    """
    own = {"NCCL_SOCKET_IFNAME": "lo", "FI_PROVIDER": "tcp"}
    job = _job(Cloud.AWS, machine=GPUS, nodes=2, distributed="torchrun", environment=own)

    _words, _folder, env = _started(Cloud.AWS, job, tmp_path, 1)

    assert own | {"GLOO_SOCKET_IFNAME": "eth0"} == {name: env[name] for name in (*own, "GLOO_SOCKET_IFNAME")}


@pytest.mark.parametrize("distributed", ["torchrun", "mpi"])
@pytest.mark.parametrize("fields", [{}, {"image": None, "command": None, "runtime": "pytorch"}], ids=["image", "code"])
def test_every_word_fits_sagemaker(distributed, fields):
    """
    No word that stands before the program is longer than SageMaker takes, and there are not too many.
    """
    job = _job(Cloud.AWS, machine=GPUS, nodes=64, distributed=distributed, **fields)

    words = job["AlgorithmSpecification"]["ContainerEntrypoint"]
    assert max(map(len, words)) <= LONGEST_WORD
    assert len(words) <= 100
    assert not [word for word in words if "\n" in word]


@pytest.mark.parametrize("nodes", [1, 3])
def test_azure_starts_the_processes_of_mpi_itself(nodes, tmp_path):
    """
    On Azure a run of MPI is one job of the distribution Mpi, and its command the author's.
    """
    job = _job(Cloud.AZURE, machine=GPUS, nodes=nodes, distributed="mpi")

    _brings(tmp_path, python=TELLS)
    ran = machine_of(Cloud.AZURE, job, tmp_path / "store", tmp_path / "machine")
    assert {"distributionType": "Mpi", "processCountPerInstance": 8} == job["distribution"]
    assert nodes == job["resources"]["instanceCount"]
    assert COMMAND[1:] == json.loads(ran.said)[0]


# Within these machines a host is a folder: what ssh runs there finds the folder's files.
SSHD = '#!/bin/sh\ntouch "$(dirname "$TMPDIR")/up"\n'
SSH = """#!/bin/sh
while [ "$1" = -o ]; do shift 2; done
host="$1"; shift
home="$(dirname "$(dirname "$TMPDIR")")"
[ -e "$home/$host/up" ] || exit 255
sh -c "$(printf %s "$*" | sed "s#$home/algo-1/#$home/$host/#g")"
"""
MPIRUN = """#!/usr/bin/env python3
import json, os, subprocess, sys
print(json.dumps(sys.argv[1:]), flush=True)
end = next((n for n, word in enumerate(sys.argv) if word == "sh"), None)
sys.exit(subprocess.run(sys.argv[end:]).returncode if end else 0)
"""


def _of_mpi(root: Path, program: str, nodes: int) -> dict[str, Ran]:
    """Run all machines of a job of MPI at once."""
    _brings(root, sshd=SSHD, ssh=SSH, mpirun=MPIRUN, sleep=f"#!/bin/sh\nexec {which('sleep')} 0.05\n", python=program)
    job = _job(Cloud.AWS, machine=GPUS, nodes=nodes, distributed="mpi")
    ran: dict[str, Ran] = {}

    def machine(rank: int) -> None:
        ran[f"algo-{rank + 1}"] = machine_of(Cloud.AWS, job, root / "store", root / f"algo-{rank + 1}", rank)

    threads = [threading.Thread(target=machine, args=(rank,)) for rank in range(nodes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ran


@pytest.mark.parametrize("code", [0, 3])
def test_the_first_machine_starts_mpi_on_all_and_tells_them_the_end(code, tmp_path):
    """
    On SageMaker the first machine waits for the others, starts all processes, and each machine ends as they did.
    """
    ran = _of_mpi(tmp_path, f'#!/bin/sh\necho "$RUN" >"$TMPDIR/ran"; exit {code}\n', 3)

    words = json.loads(ran["algo-1"].said.splitlines()[0])
    assert ["24", "algo-1:8,algo-2:8,algo-3:8"] == [words[words.index(name) + 1] for name in ("-np", "--host")]
    assert COMMAND == words[-len(COMMAND) :]
    assert {"algo-1": code, "algo-2": code, "algo-3": code} == {host: one.code for host, one in ran.items()}
    assert (tmp_path / "algo-1" / "tmp" / "ran").read_text().strip()


def test_a_machine_that_never_comes_up_ends_the_job(tmp_path):
    """
    The first machine gives up on one that ssh does not reach, so the job fails instead of waiting for its last hour.
    """
    _brings(tmp_path, sshd=SSHD, ssh="#!/bin/sh\nexit 255\n", mpirun=MPIRUN, sleep="#!/bin/sh\n")
    job = _job(Cloud.AWS, machine=GPUS, nodes=2, distributed="mpi")

    ran = machine_of(Cloud.AWS, job, tmp_path / "store", tmp_path / "algo-1", 0)

    assert (1, True) == (ran.code, "algo-1: no ssh" in ran.said)


@every_cloud
@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("fields", [{}, {"image": None, "command": None, "runtime": "pytorch"}], ids=["image", "code"])
def test_a_machine_whose_processes_fail_fails(cloud, rank, fields, tmp_path):
    """
    The exit code of a launcher is that of its container, on the first machine and on any other, which is what ends a
    job on every cloud.
    """
    given = {"machine": GPUS, "nodes": 2, "distributed": "torchrun", **fields}
    if "runtime" in fields:
        spec = {key: value for key, value in given.items() if value is not None}
        archive(_artifacts(cloud, tmp_path, spec) / "code" / "net" / "trainer.tar.gz", "")
    _brings(tmp_path, torchrun="#!/bin/sh\nexit 7\n")

    ran = machine_of(cloud, _job(cloud, **given), tmp_path / "store", tmp_path / f"machine-{rank}", rank)

    assert ran.code == 7, ran.said


def test_mpi_on_one_machine_needs_no_doors(tmp_path):
    """
    One machine of eight GPUs starts eight processes, and no ssh.
    """
    words, _folder, _env = _started(Cloud.AWS, _job(Cloud.AWS, machine=GPUS, distributed="mpi"), tmp_path)

    assert ["--allow-run-as-root", "-np", "8", *COMMAND] == words
