"""Families of machines that newer ones have replaced: a wish comes to one of them only where nothing else grants it."""

from __future__ import annotations

import re
from fnmatch import translate

from components.catalog.machines import Machine

__all__ = ["OUTDATED", "is_outdated"]

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

_OUTDATED = re.compile("|".join(map(translate, OUTDATED)), re.IGNORECASE)


def is_outdated(machine: Machine) -> bool:
    """Whether a newer family does more for the price; T4, P4 and V100 go on no newer machine of Google Cloud."""
    if machine.cloud == "gcp" and machine.accelerator:
        return False
    return bool(_OUTDATED.match(machine.name.removeprefix("ml.")))
