"""Steps of groundplan's own on Google Cloud: what a workflow runs them by, and their code in the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
from pulumi_gcp import storage

from components import steps
from components.base import Component
from components.catalog import image
from components.clouds.gcp.duties import REPORTS
from components.clouds.gcp.ground import GcpGround, labels, place
from components.fields import Machine
from components.machine import pick
from components.naming import digest
from components.training.contract import ARCHIVE, SHELL
from components.units import Duration, Size

__all__ = ["MACHINE", "STEP", "code", "reports", "step", "uri"]

STEP = Path(__file__).with_name("step.yaml")
MACHINE = Machine(cpu=4, memory=Size.parse("16GiB"))
LONGEST = Duration.parse("2h")  # waiting for the machine counted
DISK = {"bootDiskType": "pd-ssd", "bootDiskSizeGb": 100}  # the smallest there is


def step(component: Component, archive: pulumi.Output[str]) -> dict[str, Any]:
    """
    The variable `given.step` of a workflow that runs steps (`step.yaml`).

    They run in the image that Vertex AI keeps for training with scikit-learn, as a blueprint's own trainings do: it has
    pandas. Those of prediction are made to serve, and need not have a Python that runs anything else; those of Deep
    Learning Containers lost what conda had brought. Source:
    https://cloud.google.com/deep-learning-containers/docs/release-notes (M128, March 2025) and
    https://github.com/GoogleCloudPlatform/training-data-analyst/pull/2294

    Args:
        component: Whose workflow it is.
        archive: `gs://…` of the code.
    """
    where, ground = place(component), component.need(GcpGround)
    machine = pick(component, MACHINE, "training")
    return {
        "url": f"{where.vertex_url}/v1",
        "parent": where.vertex_parent,
        "bucket": ground.artifacts,
        "image": image(component.cloud, where.region, "sklearn", "training").uri,
        "command": archive.apply(_command),
        "machineSpec": {"machineType": machine.name},
        "diskSpec": DISK,
        "encryptionSpec": {"kmsKeyName": ground.key.of["aiplatform"]},
        "serviceAccount": ground.accounts["train"].email,
        "pscInterfaceConfig": {"networkAttachment": ground.attachment},
        "scheduling": {"strategy": "STANDARD", "timeout": f"{LONGEST.seconds}s"},
        "labels": labels(component, **{component.capability: component.name}),
        "longest": LONGEST.seconds,
    }


def code(component: Component) -> pulumi.Output[str]:
    """
    Put the code of all steps into the artifact store, and say where it is.

    It lies under its own digest, so what runs never changes under a run; in base64, as the provider uploads text alone.
    """
    ground, archive = component.need(GcpGround), steps.archive()
    made = storage.BucketObject(
        f"{component.name}-steps",
        bucket=ground.artifacts,
        name=f"code/steps/{component.section}/{component.name}/{digest(archive, length=12)}/{ARCHIVE}.base64",
        content=archive,
        content_type="text/plain",
        opts=component.child(),
    )
    return pulumi.Output.concat(ground.artifacts_uri, "/", made.name)


def reports(component: Component) -> pulumi.Output[str]:
    """Folder of the component's reports."""
    folder = f"/{REPORTS}{component.section}/{component.name}"
    return pulumi.Output.concat(component.need(GcpGround).artifacts_uri, folder)


def uri(path: str, ground: GcpGround) -> pulumi.Output[str]:
    """A path of the data store as a URI; one of a store of Google Cloud stays as it is."""
    whole = path.rstrip("/")
    return pulumi.Output.from_input(whole) if "://" in whole else pulumi.Output.concat(ground.data_uri, "/", whole)


def _command(archive: str) -> list[str]:
    path = archive.replace("gs://", "/gcs/")
    return [*SHELL, f'cd "$(mktemp -d)" && base64 -d {path} | tar -xz && exec python3 -m trainer.task']
