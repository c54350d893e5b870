"""Plays the machines of training jobs: folders where each cloud has them, and in them what the job starts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.base import Cloud

__all__ = ["Ran", "machine_of"]

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
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {"PATH": path, "TMPDIR": str(scratch)}
    env = {**own, **variables}
    done = subprocess.run(list(words), env=env, cwd=scratch, capture_output=True, text=True, timeout=60, check=False)
    return Ran(done.stdout + done.stderr, done.returncode, model)


def _aws(job: Mapping[str, Any], store: Path, root: Path) -> Ran:
    """
    As SageMaker prepares a machine.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-train-storage.html
    """
    home = root / "opt" / "ml"
    for name in ("model", "output"):
        (home / name).mkdir(parents=True)
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
    at_home = [text.replace("/opt/ml", str(home)) for text in job["AlgorithmSpecification"]["ContainerEntrypoint"]]
    variables = {name: value.replace("/opt/ml", str(home)) for name, value in job["Environment"].items()}
    return _start(at_home, variables, root / "tmp", home / "model")


def _gcp(job: Mapping[str, Any], store: Path, root: Path) -> Ran:
    """
    As Vertex AI does: buckets under /gcs, where a folder is there once it has a file, and none is made.

    Source: https://cloud.google.com/vertex-ai/docs/training/cloud-storage-file-system
    """
    root.mkdir(parents=True)
    (root / "gcs").symlink_to(store)
    container = job["jobSpec"]["workerPoolSpecs"][0]["containerSpec"]
    assert not container.get("args")
    variables = {e["name"]: e["value"].replace("/gcs/", f"{root}/gcs/") for e in container["env"]}
    words = [text.replace("/gcs/", f"{root}/gcs/") for text in container["command"]]
    return _start(words, variables, root / "tmp", Path(variables["OUTPUT_DIR"]))


def _azure(job: Mapping[str, Any], store: Path, root: Path) -> Ran:
    """
    As Azure ML does: inputs and outputs mounted, and their folders filled into the command alone.

    Source: https://learn.microsoft.com/azure/machine-learning/how-to-read-write-data-v2
    """

    def folder(uri: str) -> Path:
        return store / AZURE_PATH.sub(r"\1/", uri)

    mounted = {f"inputs.{name}": folder(given["uri"]) for name, given in job["inputs"].items()}
    for name, given in job["outputs"].items():
        mounted[f"outputs.{name}"] = folder(given["uri"])
        folder(given["uri"]).mkdir(parents=True, exist_ok=True)
    command = re.sub(r"\$\{\{(\w+\.\w+)\}\}", lambda found: str(mounted[found[1]]), job["command"])
    assert "${{" not in "".join(job["environmentVariables"].values())
    return _start(
        ["sh", "-c", command],
        job["environmentVariables"],
        root / "tmp",
        mounted[f"outputs.{next(iter(job['outputs']))}"],
    )


MACHINES: Mapping[Cloud, Callable[[Mapping[str, Any], Path, Path], Ran]] = {
    Cloud.AWS: _aws,
    Cloud.GCP: _gcp,
    Cloud.AZURE: _azure,
}


def machine_of(cloud: Cloud, job: Mapping[str, Any], store: Path, root: Path) -> Ran:
    """
    Run what a job starts, on a machine of its own.

    Args:
        cloud: Whose job it is.
        job: What the cloud was sent.
        store: Folder with a folder for each bucket, or datastore of Azure ML.
        root: Where the machine's files are; it must not exist.
    """
    return MACHINES[cloud](job, store, root)
