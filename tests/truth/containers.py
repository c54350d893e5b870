"""Plays the machines of training jobs: folders where each cloud has them, and in them what the job starts."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.base import Cloud

__all__ = ["Ran", "archive", "machine_of"]

AZURE_PATH = re.compile(r"azureml://datastores/(\w+)/paths/")


@dataclass(frozen=True)
class Ran:
    """
    What became of a job.

    Attributes:
        said: All that it printed.
        code: Its exit code.
        model: Folder that its model lies in.
    """

    said: str
    code: int
    model: Path


def _start(words: Sequence[str], variables: Mapping[str, str], scratch: Path, model: Path) -> Ran:
    scratch.mkdir(parents=True, exist_ok=True)
    # what an image brings of its own lies beside the machines
    path = f"{scratch.parents[1]}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {"PATH": path, "TMPDIR": str(scratch)}
    env = {**own, **variables}
    done = subprocess.run(list(words), env=env, cwd=scratch, capture_output=True, text=True, timeout=60, check=False)
    return Ran(done.stdout + done.stderr, done.returncode, model)


def _aws(job: Mapping[str, Any], store: Path, root: Path, rank: int) -> Ran:
    """
    As SageMaker prepares a machine.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-train-storage.html, and of the file on the hosts
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """
    home = root / "opt" / "ml"
    for name in ("model", "output", "input/config"):
        (home / name).mkdir(parents=True)
    # sorted as text: the tenth comes before the second
    hosts = sorted(f"algo-{number + 1}" for number in range(job["ResourceConfig"]["InstanceCount"]))
    told = {"current_host": hosts[rank], "hosts": hosts, "network_interface_name": "eth0"}
    (home / "input" / "config" / "resourceconfig.json").write_text(json.dumps(told))
    for channel in job.get("InputDataConfig", []):
        uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
        found, folder = store / uri.removeprefix("s3://"), home / "input" / "data" / channel["ChannelName"]
        alike = sorted(found.parent.glob(f"{found.name}*")) if found.parent.is_dir() and not uri.endswith("/") else []
        assert found.exists() or alike, f"No S3 objects found under S3 URL {uri}"
        if not found.exists():
            for one in alike:  # a prefix is of letters, not of folders
                shutil.copytree(one, folder / one.name)
        elif found.is_dir():
            assert uri.endswith("/"), f"{uri} would bring more than the folder"
            shutil.copytree(found, folder)
        else:
            folder.mkdir(parents=True)
            shutil.copy(found, folder)
    if kept := job.get("CheckpointConfig"):
        folder = store / kept["S3Uri"].removeprefix("s3://")
        folder.mkdir(parents=True, exist_ok=True)
        (root / kept["LocalPath"].strip("/")).symlink_to(folder)
    runs = job["AlgorithmSpecification"]
    words = [*runs["ContainerEntrypoint"], *runs.get("ContainerArguments", [])]
    variables = {name: value.replace("/opt/ml", str(home)) for name, value in job["Environment"].items()}
    return _start([_at_home(text, root) for text in words], variables, root / "tmp", home / "model")


def _at_home(text: str, root: Path) -> str:
    """The text with the folders of a container where the machine's are."""
    for folder in ("/opt/ml", "/run/"):
        text = text.replace(folder, f"{root}{folder}")
    return text


def _gcp(job: Mapping[str, Any], store: Path, root: Path, rank: int) -> Ran:
    """
    As Vertex AI does: buckets under /gcs, where a folder is there once it has a file, and none is made.

    Source: https://cloud.google.com/vertex-ai/docs/training/cloud-storage-file-system, and of the variable on the pools
    https://cloud.google.com/vertex-ai/docs/training/distributed-training#cluster-variables
    """
    root.mkdir(parents=True)
    (root / "gcs").symlink_to(store)
    pools = job["jobSpec"]["workerPoolSpecs"]
    pool, index = (0, 0) if rank == 0 else (1, rank - 1)
    container = pools[pool]["containerSpec"]
    assert not container.get("args")
    cluster = {
        f"workerpool{n}": [f"cmle-training-workerpool{n}-7f-{m}:2222" for m in range(int(one["replicaCount"]))]
        for n, one in enumerate(pools)
    }
    task = {"type": f"workerpool{pool}", "index": index, "trial": ""}
    told = {"cluster": cluster, "environment": "cloud", "task": task}
    variables = {e["name"]: e["value"].replace("/gcs/", f"{root}/gcs/") for e in container["env"]}
    variables["CLUSTER_SPEC"] = json.dumps(told)
    words = [text.replace("/gcs/", f"{root}/gcs/") for text in container["command"]]
    return _start(words, variables, root / "tmp", Path(variables["OUTPUT_DIR"]))


def _azure(job: Mapping[str, Any], store: Path, root: Path, rank: int) -> Ran:
    """
    As Azure ML does: inputs and outputs mounted, and their folders filled into the command alone.

    Source: https://learn.microsoft.com/azure/machine-learning/how-to-read-write-data-v2, and of the variables
    https://learn.microsoft.com/azure/machine-learning/how-to-train-distributed-gpu
    """

    def folder(uri: str) -> Path:
        return store / AZURE_PATH.sub(r"\1/", uri)

    mounted = {f"inputs.{name}": folder(given["uri"]) for name, given in job["inputs"].items()}
    for name, given in job["outputs"].items():
        mounted[f"outputs.{name}"] = folder(given["uri"])
        folder(given["uri"]).mkdir(parents=True, exist_ok=True)
    command = re.sub(r"\$\{\{(\w+\.\w+)\}\}", lambda found: str(mounted[found[1]]), job["command"])
    assert "${{" not in "".join(job["environmentVariables"].values())
    variables = dict(job["environmentVariables"])
    if job.get("distribution", {}).get("distributionType") == "PyTorch":
        nodes = str(job["resources"]["instanceCount"])
        assert job["distribution"]["processCountPerInstance"] == 1
        variables |= {"MASTER_ADDR": "10.0.0.4", "MASTER_PORT": "6105", "NODE_RANK": str(rank), "WORLD_SIZE": nodes}
        variables |= {"RANK": str(rank), "LOCAL_RANK": "0"}
    return _start(
        ["sh", "-c", command],
        variables,
        root / "tmp",
        mounted[f"outputs.{next(iter(job['outputs']))}"],
    )


def archive(path: Path, program: str, folder: str = "") -> None:
    """Pack a program as docs/containers.md says, in a folder of the archive where one is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as tar:
        for name, content in (("trainer/__init__.py", ""), ("trainer/task.py", program)):
            member = tarfile.TarInfo(folder + name)
            member.size = len(content.encode())
            tar.addfile(member, io.BytesIO(content.encode()))


MACHINES: Mapping[Cloud, Callable[[Mapping[str, Any], Path, Path, int], Ran]] = {
    Cloud.AWS: _aws,
    Cloud.GCP: _gcp,
    Cloud.AZURE: _azure,
}


def machine_of(cloud: Cloud, job: Mapping[str, Any], store: Path, root: Path, rank: int = 0) -> Ran:
    """
    Run what a job starts, on a machine of its own.

    Args:
        cloud: Whose job it is.
        job: What the cloud was sent.
        store: Folder with a folder for each bucket, or datastore of Azure ML.
        root: Where the machine's files are; it must not exist. Programs of `bin` beside it are those of the image.
        rank: Which of the job's machines it is.
    """
    return MACHINES[cloud](job, store, root, rank)
