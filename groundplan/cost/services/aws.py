"""What resources on AWS cost besides machines: what holds, reaches, watches, runs, serves and looks up."""

from __future__ import annotations

from collections.abc import Mapping

from groundplan.cost.line import Pays
from groundplan.cost.services import aws_features, aws_network, aws_runs, aws_serving, aws_store, aws_trail, aws_watch

__all__ = ["PAYS"]

PAYS: Mapping[str, Pays] = {
    **aws_store.PAYS,
    **aws_network.PAYS,
    **aws_trail.PAYS,
    **aws_watch.PAYS,
    **aws_runs.PAYS,
    **aws_features.PAYS,
    **aws_serving.PAYS,
}
"""Resource type to what it makes one pay for; what is in no such map and not in `free.txt` is unknown."""
