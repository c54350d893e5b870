"""What each cloud's resources cost besides machines: one file a cloud, one entry a type."""

from __future__ import annotations

from collections.abc import Mapping

from groundplan.cost.line import Pays
from groundplan.cost.services import aws, azure, gcp

__all__ = ["PAYS"]

PAYS: Mapping[str, Mapping[str, Pays]] = {"aws": aws.PAYS, "gcp": gcp.PAYS, "azure": azure.PAYS}
"""Cloud to resource type to what it makes one pay for."""
