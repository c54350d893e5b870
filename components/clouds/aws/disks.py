"""Local disks of SageMaker's machines: where there is one, its size is fixed and a customer's key is refused."""

from __future__ import annotations

import math

from components.catalog import NoMachine
from components.units import Size

__all__ = ["LOCAL_DISK_GB", "has_local_disk", "has_room", "volume_gib"]

# GB (10**9 bytes) of the NVMe disks of each machine that has any.
# Source: https://karpenter.sh/docs/reference/instance-types/ (label instance-local-nvme, 2026-07), which lists what
# EC2's DescribeInstanceTypes says; dl1 and p6e-gb200: https://aws.amazon.com/ec2/instance-types/
LOCAL_DISK_GB: dict[str, dict[str, int]] = {
    "c5d": {"large": 50, "xlarge": 100, "2xlarge": 200, "4xlarge": 400, "9xlarge": 900, "18xlarge": 1800},
    "c6gd": {"large": 118, "xlarge": 237, "2xlarge": 474, "4xlarge": 950, "8xlarge": 1900, "12xlarge": 2850}
    | {"16xlarge": 3800},
    "dl1": {"24xlarge": 4000},
    "g4dn": {"xlarge": 125, "2xlarge": 225, "4xlarge": 225, "8xlarge": 900, "12xlarge": 900, "16xlarge": 900},
    "g5": {"xlarge": 250, "2xlarge": 450, "4xlarge": 600, "8xlarge": 900, "12xlarge": 3800, "16xlarge": 1900}
    | {"24xlarge": 3800, "48xlarge": 7600},
    "g6": {"xlarge": 250, "2xlarge": 450, "4xlarge": 600, "8xlarge": 900, "12xlarge": 3760, "16xlarge": 1880}
    | {"24xlarge": 3760, "48xlarge": 7520},
    "g6e": {"xlarge": 250, "2xlarge": 450, "4xlarge": 600, "8xlarge": 900, "12xlarge": 3800, "16xlarge": 1900}
    | {"24xlarge": 3800, "48xlarge": 7600},
    "g7": {"2xlarge": 440, "4xlarge": 875, "8xlarge": 930, "12xlarge": 1900, "24xlarge": 3800, "48xlarge": 7600},
    "g7e": {"2xlarge": 1900, "4xlarge": 1900, "8xlarge": 1900, "12xlarge": 3800, "24xlarge": 7600}
    | {"48xlarge": 15200},
    "m5d": {"large": 75, "xlarge": 150, "2xlarge": 300, "4xlarge": 600, "12xlarge": 1800, "24xlarge": 3600},
    "m6gd": {"large": 118, "xlarge": 237, "2xlarge": 474, "4xlarge": 950, "8xlarge": 1900, "12xlarge": 2850}
    | {"16xlarge": 3800},
    "p3dn": {"24xlarge": 1800},
    "p4d": {"24xlarge": 8000},
    "p4de": {"24xlarge": 8000},
    "p5": {"4xlarge": 3800, "48xlarge": 30400},
    "p5e": {"48xlarge": 30400},
    "p5en": {"48xlarge": 30400},
    "p6-b200": {"48xlarge": 30400},
    "p6-b300": {"48xlarge": 30400},
    "p6e-gb200": {"36xlarge": 22500},
    "r5d": {"large": 75, "xlarge": 150, "2xlarge": 300, "4xlarge": 600, "8xlarge": 1200, "12xlarge": 1800}
    | {"16xlarge": 2400, "24xlarge": 3600},
    "r6gd": {"large": 118, "xlarge": 237, "2xlarge": 474, "4xlarge": 950, "8xlarge": 1900, "12xlarge": 2850}
    | {"16xlarge": 3800},
    "r7gd": {"medium": 59, "large": 118, "xlarge": 237, "2xlarge": 474, "4xlarge": 950, "8xlarge": 1900}
    | {"12xlarge": 2850, "16xlarge": 3800},
    "trn1": {"2xlarge": 474, "32xlarge": 7600},
    "trn1n": {"32xlarge": 7600},
    "trn2": {"48xlarge": 7600},
}
LARGEST_VOLUME_GIB = (
    16_384  # of an EBS volume. Source: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
)


def _split(machine: str) -> tuple[str, str]:
    _ml, family, size = machine.split(".")
    return family, size


def has_local_disk(machine: str) -> bool:
    """
    Whether a machine's disk is its own: it is encrypted by the hardware, and refuses a size and a key.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html (VolumeKmsKeyId,
        VolumeSizeInGB)
    """
    return _split(machine)[0] in LOCAL_DISK_GB


def _own_gib(machine: str) -> float:
    family, size = _split(machine)
    return LOCAL_DISK_GB[family].get(size, 0) * 10**9 / 2**30


def has_room(machine: str, wanted: Size) -> bool:
    """Whether the machine's own disk, or a volume, can be so large."""
    return wanted.gib <= (_own_gib(machine) if has_local_disk(machine) else LARGEST_VOLUME_GIB)


def volume_gib(machine: str, wanted: Size) -> int | None:
    """
    Size of the EBS volume to ask for, in GiB; None where the machine has a disk of its own.

    Raises:
        NoMachine: Neither the machine's own disk nor a volume can be so large.
    """
    if has_room(machine, wanted):
        return None if has_local_disk(machine) else math.ceil(wanted.gib)
    if not has_local_disk(machine):
        raise NoMachine(f"disk: {wanted} is more than a volume can be on AWS. Write disk: 16TiB or less.")
    own = _own_gib(machine)
    ways = [f"disk: {math.floor(own)}GiB or less", *_larger(_split(machine)[0], wanted), "another kind of machine"]
    raise NoMachine(
        f"{machine} has {own:.0f} GiB of disk, and SageMaker adds none to it, so disk: {wanted} does not fit."
        f" Write {', or '.join(ways)}."
    )


def _larger(family: str, wanted: Size) -> list[str]:
    fits = [s for s, gb in LOCAL_DISK_GB[family].items() if gb * 10**9 / 2**30 >= wanted.gib]
    return [f"machine: {{type: ml.{family}.{size}}} under overrides.aws" for size in fits[:1]]
