"""The job that a training run is on Azure: what it runs, reads, writes and is told."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.clouds.azure.workflow import literal, quoted
from components.training import TrainingSpec
from components.training.contract import ARCHIVE, CODE_CHANNEL, HYPERPARAMETERS, archive_of, run_archive
from components.training.launch import archived_program, torchrun

__all__ = [
    "RunPlan",
    "channels",
    "command",
    "commands",
    "declared_paths",
    "each_channel",
    "folders",
    "inputs",
    "job",
    "paths",
    "programs",
]


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
        processes: Of a machine, in a distributed run.
    """

    name: str
    spec: TrainingSpec
    shared_memory_gib: int | None
    has_image: bool
    tags: Mapping[str, str]
    processes: int = 1

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


def channels(plan: RunPlan, asked: str) -> str:
    """Expression of every channel's path: `declared_paths`, and what else the start names."""
    rest = f"coalesce({asked}?['inputs'], json('{{}}'))"
    for channel in sorted(plan.spec.inputs):
        if channel != _variable_like(channel):
            rest = f"removeProperty({rest}, {quoted(channel)})"
    return f"@union({rest}, outputs('declared_paths'))"


def paths(plan: RunPlan, image: str) -> str:
    """
    Expression of the path of every input: the channels, and the code.

    Args:
        plan: What runs.
        image: Expression of the image that the start names; it comes without the code.
    """
    every = "outputs('channels')"
    if not plan.spec.runs_archive:
        return f"@{every}"
    folder = archive_of(plan.name).removesuffix(ARCHIVE)
    code = f"concat(parameters('artifacts'), {quoted('/' + folder)})"
    return f"@if(equals({image}, ''), setProperty({every}, '{CODE_CHANNEL}', {code}), {every})"


def each_channel() -> str:
    """Expression of a list with a text for each channel, its name before the first colon; no path has a quote."""
    text = "string(outputs('channels'))"
    return f"@if(equals({text}, '{{}}'), json('[]'), split({text}, '\",\"'))"


def folders() -> str:
    """Expression of what the shell sets for one of `each_channel`."""
    name = "replace(replace(first(split(item(), ':')), '{', ''), '\"', '')"
    folder = f"concat(toUpper({name}), '=${{{{inputs.', {name}, '}}}}')"
    return f"@concat('INPUT_', {folder}, ' SM_CHANNEL_', {folder})"


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
    told |= {"RUN": "@outputs('run')", HYPERPARAMETERS: "@outputs('told')", "SM_HPS": "@outputs('told')"}
    if spec.checkpoint:
        told["CHECKPOINT_SECONDS"] = str(spec.checkpoint.every.seconds)
    return told


def programs(plan: RunPlan) -> tuple[str, str]:
    """
    What the shell of a node runs: where the blueprint says the image, and where the start says one.

    A job needs a command and never runs the image's entrypoint, so without one the program `train` is run, as
    SageMaker does with an image.
    """
    spec = plan.spec
    # Azure ML starts the processes of MPI itself, and tells each machine its rank and the first one's address
    launch = torchrun(spec.nodes, plan.processes, []) if spec.distributed == "torchrun" else []
    own = shlex.join([*launch, *(spec.command or ["train"])]) if spec.command or launch else "train"
    if not spec.runs_archive:
        return own, own
    code = f"${{{{inputs.{CODE_CHANNEL}}}}}/{ARCHIVE}"
    unpack, program = archived_program(code)
    return shlex.join([*unpack, *launch, *program]) if launch else run_archive(code), own


def commands(plan: RunPlan) -> tuple[str, str]:
    """`programs`, so that the workflow reads no expression into them."""
    known, asked = programs(plan)
    return literal(known), literal(asked)


def command(plan: RunPlan, image: str) -> str:
    """
    Expression of the job's command: the folders, which Azure ML tells a command alone, and then what runs.

    Scripts written for SageMaker's images find the folders by its names too.
    """
    told = {"OUTPUT_DIR": "model", "SM_MODEL_DIR": "model"} | (
        {"CHECKPOINT_DIR": "checkpoint"} if plan.spec.checkpoint else {}
    )
    fixed = " ".join(f"{name}=${{{{outputs.{output}}}}}" for name, output in told.items())
    runs = f"if(equals({image}, ''), outputs('command_known'), outputs('command_asked'))"
    return f"@concat('export {fixed} ', join(body('folders'), ' '), ' && ', {runs})"


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
    if spec.distributed == "mpi":
        body["distribution"] = {"distributionType": "Mpi", "processCountPerInstance": plan.processes}
    elif spec.nodes > 1:
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
