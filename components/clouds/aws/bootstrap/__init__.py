"""The model that an endpoint is made with, as no endpoint can be made without one: it says that it is none."""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
from contextlib import suppress
from pathlib import Path

from components.catalog import Image, NoImage, NoMachine, image

__all__ = ["CODE_DIR", "archive", "environment", "server_image"]

CODE_DIR = "/opt/ml/model/code"
PROGRAM = "inference.py"
# Source: the size names of https://aws.amazon.com/ec2/instance-types/: families whose processors are Graviton or Grace
ARM_FAMILIES = ("c6g", "c6gd", "c6gn", "c7g", "c8g", "m6g", "m6gd", "m8g", "p6e-gb200", "r6g", "r6gd", "r7gd", "r8g")


def _code() -> bytes:
    return (Path(__file__).parent / PROGRAM).read_bytes()


def archive() -> str:
    """`model.tar.gz` in base64: the same bytes whenever and wherever it is made."""
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        member = tarfile.TarInfo(f"code/{PROGRAM}")
        member.size = len(_code())
        tar.addfile(member, io.BytesIO(_code()))
    return base64.b64encode(gzip.compress(inner.getvalue(), mtime=0)).decode()


def environment(region: str) -> dict[str, str]:
    """
    What the framework images need to serve code that lies in the model, without a download or an install.

    Source: https://github.com/aws/sagemaker-python-sdk (Model, with network isolation);
        https://github.com/aws/sagemaker-scikit-learn-container (serving.py imports the module first).
    """
    return {
        "PYTHONPATH": CODE_DIR,
        "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
        "SAGEMAKER_PROGRAM": PROGRAM,
        "SAGEMAKER_REGION": region,
        "SAGEMAKER_SUBMIT_DIRECTORY": CODE_DIR,
    }


def server_image(region: str, machine: str | None) -> Image:
    """
    The lightest of AWS's own images that can serve the code; it needs no GPU, and runs on machines that have one.

    Raises:
        NoMachine: The machine has an ARM processor, or the region none of these images.
    """
    if machine and machine.split(".")[1] in ARM_FAMILIES:
        raise NoMachine(
            f"{machine} has an ARM processor, and the endpoint starts from an image of AWS that is for x86."
            " Write cpu and memory, or another type."
        )
    for runtime in ("sklearn", "pytorch"):
        with suppress(NoImage):
            return image("aws", region, runtime, "hosting")
    raise NoMachine(f"AWS keeps no image in {region} that an endpoint could start from. Take another region.")
