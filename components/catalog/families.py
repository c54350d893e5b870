"""Families of machines that newer ones have replaced: a wish comes to one of them only where nothing else grants it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import cache

from components.catalog.machines import Machine

__all__ = ["OUTDATED", "is_named_outdated", "is_outdated"]

OUTDATED = (
    *(f"{family}.*" for family in ("t2", "m4", "c4", "r4", "g3", "p2", "p3", "p3dn", "inf1")),
    *("n1-*", "Standard_NC6*", "Standard_NC12*", "Standard_NC24", "Standard_NC24r", "Standard_NC24*s_v[23]"),
    *("Standard_ND6s", "Standard_ND12s", "Standard_ND24*s", "Standard_ND40rs_v2", "Standard_NV6", "Standard_NV12"),
)
"""
Patterns of names, without the `ml.` of SageMaker's.

Source: https://aws.amazon.com/ec2/previous-generation/, https://cloud.google.com/compute/docs/machine-resource,
https://learn.microsoft.com/azure/virtual-machines/sizes-previous-gen
"""


def is_outdated(machine: Machine) -> bool:
    """Whether a newer family does more for the price."""
    return is_named_outdated(machine.name, machine.cloud, machine.accelerator)


def is_named_outdated(name: str, cloud: str, accelerator: str | None, patterns: Sequence[str] = OUTDATED) -> bool:
    """
    Whether a machine of this name is of one of the families; T4, P4 and V100 go on no newer machine of Google Cloud.

    Args:
        name: As the cloud's API has it.
        cloud: Whose machine it is.
        accelerator: What is on it; none where empty.
        patterns: Names without `ml.`, with `*` and `?`, in any case.
    """
    if cloud == "gcp" and accelerator:
        return False
    return bool(_any_of(tuple(patterns)).match(name.removeprefix("ml.")))


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)) or "(?!)", re.IGNORECASE)
