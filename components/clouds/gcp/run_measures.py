"""What a Cloud Run service is measured by: the queries of an endpoint, under Cloud Run's own names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from components.clouds.gcp.measures import Of

__all__ = ["RunOf"]

PREFIX = "run_googleapis_com:"
RESOURCE = "cloud_run_revision"
# Source: https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run: what Vertex AI counts under other names
NAMES: Mapping[str, str] = {
    "response_count": "request_count",
    "prediction_latencies_bucket": "request_latencies_bucket",
}


@dataclass(frozen=True)
class RunOf(Of):
    """Whose requests are measured, where `endpoint` is the name of a service."""

    families: ClassVar[Sequence[str]] = ("",)
    serves: ClassVar[str] = "revision_name"

    def measure(self, name: str, **labels: str) -> str:
        """What is measured under a name, Vertex AI's or Cloud Run's own."""
        labels.pop("latency_type", None)  # Cloud Run has no other than the whole
        wanted = [f'monitored_resource="{RESOURCE}"', f'service_name="{self.endpoint}"']
        wanted += [f'{key}=~"{value}"' for key, value in labels.items()]
        return f"{PREFIX}{NAMES.get(name, name)}{{{','.join(wanted)}}}"
