"""Endpoints on Google Cloud: private, empty until a first release, and a workflow that releases versions to them."""

from __future__ import annotations

from pathlib import Path

import pulumi

from components.clouds.gcp.alarms import alarms
from components.clouds.gcp.capture import TABLE, capture_dataset
from components.clouds.gcp.ground import GcpGround
from components.clouds.gcp.hours import AT_THIS_HOUR, HOURS, keep_hours, of_release
from components.clouds.gcp.pool import several_models
from components.clouds.gcp.private_endpoint import private_endpoint
from components.clouds.gcp.release import addresses, served
from components.clouds.gcp.replicas import resources, sizes
from components.clouds.gcp.rollout import rollout
from components.clouds.gcp.run_service import serverless
from components.clouds.gcp.serving import verb
from components.clouds.gcp.slo import burn_alarms
from components.clouds.gcp.workflow import TRAFFIC, controller
from components.endpoint import Endpoint, EndpointResult
from components.machine import pick

__all__ = ["VertexEndpoint"]

RELEASE = Path(__file__).with_name("gcp_release.yaml")
ROUTINES = (TRAFFIC, RELEASE.with_name("gcp_rollout.yaml"))
WORDS = ("version", "image", "force", "withdraw")


class VertexEndpoint(Endpoint):
    """An endpoint on Vertex AI, or a service on Cloud Run, reached from the stack's network alone."""

    def build(self) -> EndpointResult:
        if self.spec.form == "serverless":
            return serverless(self, self.spec, RELEASE)
        if self.spec.models:
            return several_models(self, self.spec, RELEASE)
        return self._one_model(self.spec.model or self.name)

    def _one_model(self, model: str) -> EndpointResult:
        spec, ground = self.spec, self.need(GcpGround)
        captured = capture_dataset(self, spec.capture, ground) if spec.capture else None
        asked = verb(spec.runtime)
        door = private_endpoint(self, model, capture=spec.capture, captured=captured, verb=asked)
        machine, number = pick(self, spec.machine, "hosting", runtimes=spec.frameworks), door.endpoint.name
        wanted = resources(spec, machine)
        deployed = {"serviceAccount": ground.accounts["serve"].email, "dedicatedResources": wanted}
        given = {
            **addresses(self, spec, door, model, self.name),
            **served(self, spec, machine, spec.runtime, deployed),
            "words": list(WORDS),
            "host": f"{door.host}.",
            "predict_url": door.url,
            "rollout": rollout(self, spec, number),
        }
        hours = of_release(spec, wanted, sizes) if spec.scale.schedule else {}
        release = controller(
            self,
            "release",
            RELEASE,
            {**given, **hours},
            f"Releases a version to {self.name} on Vertex AI",
            "Name fewer metrics.",
            (*ROUTINES, HOURS) if hours else ROUTINES,
            AT_THIS_HOUR if hours else (),
        )
        if hours:
            keep_hours(self, spec, {**given, **hours}, [door.path])
        return EndpointResult(
            endpoint_id=door.endpoint.id,
            endpoint_name=number,
            url=door.url,
            capture_uri=captured and pulumi.Output.concat(captured, ".", TABLE),
            release_id=release.id,
            alarm_ids=alarms(self, spec, number),
            machine=machine.name,
            burn_alarm_ids=burn_alarms(self, spec, number),
        )
