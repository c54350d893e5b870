"""Google Cloud projects in which the whole loop runs on an endpoint of several models, or on a Cloud Run service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.truth.gcp_loop import WORKFLOW, LoopProject
from tests.truth.gcp_models import ModelsProject
from tests.truth.gcp_releases import given
from tests.truth.gcp_run import RunProject
from tests.truth.gcp_workflow_engine import Reply

__all__ = ["ModelsLoop", "RunLoop"]


@dataclass
class ModelsLoop(ModelsProject, LoopProject):
    """With an endpoint for each model."""

    def _executions_list(self, path: str, query: Mapping[str, Any], body: Any) -> Reply:
        return LoopProject._executions_list(self, path, query, body)


@dataclass
class RunLoop(RunProject, LoopProject):
    """With a service, which the stack has made."""

    def __post_init__(self) -> None:
        super().__post_init__()
        release = given(self.planned.one(WORKFLOW, "scorer-release").inputs["sourceContents"])
        self.holds(release["endpoint"], {**release["template"], "containers": [release["bootstrap"]]})
