"""The job that a training run is on Azure: what it runs, reads, writes and is told."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.clouds.azure_workflow import literal, quoted
from components.naming import digest
from components.training import TrainingSpec

__all__ = ["RunPlan", "commands", "declared_paths", "inputs", "job", "paths"]

PACKAGE = "trainer_package"
"""Input that a framework's code comes by; no channel of a blueprint can have the name."""


@dataclass(frozen=True)
class RunPlan:
    """
    What a run is made of.

    Attributes:
        name: Of the training.
        spec: What is asked.
        shared_memory_gib: Memory that the processes of a machine share; None for Azure's own 2 GiB.
        has_image: Whether a start may leave the image out.
        tags: Of the job.
    """

    name: str
    spec: TrainingSpec
    shared_memory_gib: int | None
    has_image: bool
    tags: Mapping[str, str]

    @property
    def is_packaged(self) -> bool:
        """Whether a framework's image runs the Python package in the artifact store, as on Vertex AI."""
        return self.spec.runtime is not None and not self.spec.command

    @property
    def environment(self) -> str:
        """Environment that the images are versions of."""
        return f"train-{self.name}"

    @property
    def checkpoints(self) -> str:
        """Path in the artifact store under which each run has its checkpoint."""
        asked = self.spec.checkpoint.path if self.spec.checkpoint else None
        return (asked or f"checkpoints/{self.name}").strip("/")


def _variable_like(channel: str) -> str:
    """A channel's name as an input of Azure ML has it; no two channels come to the same."""
    return channel.replace("-", "_")


def declared_paths(plan: RunPlan, asked: str) -> dict[str, str]:
    """Channel of the blueprint to an expression of its path: what the start says, or else the blueprint."""
    said = f"coalesce({asked}?['inputs'], json('{{}}'))"
    return {
        _variable_like(channel): f"@coalesce({said}?[{quoted(channel)}], {quoted(path)})"
        for channel, path in sorted(plan.spec.inputs.items())
    }


def paths(plan: RunPlan, asked: str, image: str) -> str:
    """
    Expression of every channel's path: `declared_paths`, and what else the start names.

    Args:
        plan: What runs.
        asked: Expression of the start's body.
        image: Expression of the image that the start names; it comes without the package.
    """
    rest = f"coalesce({asked}?['inputs'], json('{{}}'))"
    for channel in sorted(plan.spec.inputs):
        if channel != _variable_like(channel):
            rest = f"removeProperty({rest}, {quoted(channel)})"
    every = f"union({rest}, outputs('declared_paths'))"
    if not plan.is_packaged:
        return f"@{every}"
    package = f"concat(parameters('artifacts'), {quoted(f'/code/{plan.name}/')})"
    return f"@if(equals({image}, ''), setProperty({every}, '{PACKAGE}', {package}), {every})"


def inputs() -> str:
    """
    Expression of the job's inputs.

    The language has no loop over an object's members, so the object's text is rewritten: every value is a
    path without quotes, so `","` stands between two members and `":"` within one, and nowhere else.
    """
    opened = '":{"jobInputType":"uri_folder","mode":"ReadOnlyMount","uri":"'
    split = "replace(string(outputs('paths')), '\",\"', '\"},\"')"
    rooted = f"replace({split}, '\":\"', concat('{opened}', parameters('data'), '/'))"
    closed = f"concat(substring({rooted}, 0, sub(length({rooted}), 1)), '}}}}')"
    absolute = f"replace({closed}, concat('\"uri\":\"', parameters('data'), '/azureml://'), '\"uri\":\"azureml://')"
    return f"@json(replace({absolute}, '{{}}}}', '{{}}'))"


def _environment_variables(spec: TrainingSpec) -> dict[str, str]:
    told = {name: literal(value) for name, value in spec.environment.items()}
    told["SM_HPS"] = "@{string(outputs('hyperparameters'))}"
    for name, told_as in _told_as(spec).items():
        told[told_as] = f"@{{string(outputs('hyperparameters')?[{quoted(name)}])}}"
    if spec.checkpoint:
        told["CHECKPOINT_SECONDS"] = str(spec.checkpoint.every.seconds)
    return told


def _told_as(spec: TrainingSpec) -> dict[str, str]:
    """Hyper-parameter to the environment variable that tells it; no two share one."""
    names: dict[str, str] = {}
    for name in sorted(spec.hyperparameters):
        plain = "SM_HP_" + re.sub(r"[^A-Z0-9]", "_", name.upper())
        names[name] = f"{plain}_{digest(name)}" if plain in names.values() else plain
    return names


def commands(plan: RunPlan) -> tuple[str, str]:
    """
    What the shell of a node runs: where the blueprint says the image, and where the start says one.

    A job needs a command and never runs the image's entrypoint, so without one the program `train` is run, as
    SageMaker does with an image. Where a channel, the model and the checkpoint lie is told as SageMaker tells it.
    """
    spec = plan.spec
    told = {"SM_MODEL_DIR": "${{outputs.model}}"}
    for channel in sorted(spec.inputs):
        told[f"SM_CHANNEL_{_variable_like(channel).upper()}"] = f"${{{{inputs.{_variable_like(channel)}}}}}"
    if spec.checkpoint:
        told["CHECKPOINT_DIR"] = "${{outputs.checkpoint}}"
    exports = "export " + " ".join(f"{name}={value}" for name, value in told.items())
    arguments = " ".join(
        ["", *(f'{shlex.quote("--" + name)}="${told_as}"' for name, told_as in _told_as(spec).items())]
    )
    own = f"{exports} && {shlex.join(spec.command) if spec.command else 'train'}{arguments}"
    if not plan.is_packaged:
        return literal(own), literal(own)
    unpack = f'cd "$(mktemp -d)" && tar -xzf ${{{{inputs.{PACKAGE}}}}}/trainer.tar.gz --strip-components=1'
    return literal(f"{exports} && {unpack} && python -m trainer.task{arguments}"), literal(own)


def job(plan: RunPlan, machines: str) -> dict[str, Any]:
    """
    Body of the job: the ARM model `CommandJob`.

    Args:
        plan: What runs.
        machines: Name of the parameter that holds the cluster's ARM id.
    """
    spec = plan.spec
    resources: dict[str, Any] = {"instanceCount": spec.nodes}
    if plan.shared_memory_gib:
        resources["shmSize"] = f"{plan.shared_memory_gib}g"
    body: dict[str, Any] = {
        "jobType": "Command",
        "displayName": "@outputs('run')",
        "experimentName": plan.name,
        "command": "@outputs('command')",
        "environmentId": "@outputs('environment')",
        "computeId": f"@parameters('{machines}')",
        "environmentVariables": _environment_variables(spec),
        "identity": {"identityType": "Managed", "resourceId": "@parameters('train-identity')"},
        "inputs": "@outputs('inputs')",
        "outputs": _outputs(plan),
        "limits": {"jobLimitsType": "Command", "timeout": f"PT{spec.max_run.seconds}S"},
        "resources": resources,
        "tags": {**literal(dict(plan.tags)), "run": "@outputs('run')"},
    }
    if spec.nodes > 1:
        # one process a machine: it finds its peers by MASTER_ADDR, NODE_RANK and WORLD_SIZE
        body["distribution"] = {"distributionType": "PyTorch", "processCountPerInstance": 1}
    return {"properties": body}


def _outputs(plan: RunPlan) -> dict[str, Any]:
    def folder(path: str) -> dict[str, str]:
        uri = f"@concat(parameters('artifacts'), {quoted('/' + path.strip('/') + '/')}, outputs('run'))"
        return {"jobOutputType": "uri_folder", "mode": "ReadWriteMount", "uri": uri}

    written = {"model": folder(f"runs/{plan.name}")}
    if plan.spec.checkpoint:
        # not of the job but of the run: on-demand goes on where spot stopped
        written["checkpoint"] = folder(plan.checkpoints)
    return written
