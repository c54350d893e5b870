"""Pipelines on Azure: one Logic App over the training's and the endpoint's own, and what starts it."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import machinelearningservices

from components.clouds.azure.actions import APPROVER
from components.clouds.azure.chain import chain_definition, parameters
from components.clouds.azure.chain_end import REJECTED, WAITS
from components.clouds.azure.chain_gate import journal
from components.clouds.azure.chain_plan import ChainPlan
from components.clouds.azure.events import on_alerts, on_data, on_schedule
from components.clouds.azure.figures import WORKFLOWS, WORKSPACES, Alarm, alarm
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.roles import define
from components.clouds.azure.step import means
from components.clouds.azure.workflow import logic_app
from components.endpoint import EndpointResult
from components.monitoring import MonitoringResult
from components.pipeline import Pipeline, PipelineResult
from components.registry import RegistryResult
from components.training import TrainingResult

__all__ = ["AzureMLPipeline"]


class AzureMLPipeline(Pipeline):
    """One pipeline on Azure."""

    def build(self) -> PipelineResult:
        ground, spec = self.need(AzureGround), self.spec
        manual = self.need(RegistryResult).approval == "manual"
        plan = ChainPlan(self.name, spec, self.context.place.region, manual, self.context.tags)
        plan.check()
        if spec.review and not manual:
            # whom a registry that approves by itself does not name
            define(
                self, f"{self.name}-approver", "Approve versions of models: set their stage", APPROVER, ground.group_id
            )
        told = {"training": self.need(TrainingResult, f"training/{spec.train}").makes_model}
        if spec.deploy:
            endpoint = self.need(EndpointResult, f"endpoints/{spec.deploy}")
            told |= {"endpoint": endpoint.endpoint_id, "release": endpoint.release_id}
        told |= means(self, ground, "steps")
        workflow = logic_app(
            self,
            f"{self.name}-pipeline",
            ground,
            lambda identity: chain_definition(plan, identity),
            {name: told[name] for name in parameters(plan)},
            [self._journal(ground)],
        )
        self._alarms(ground, workflow.id)
        if spec.schedule:
            on_schedule(self, ground, workflow, spec.schedule)
        if "data" in spec.on:
            on_data(self, ground, workflow, list(spec.training.inputs.values()) if spec.training else [])
        events = {event: self._alarm_of(event) for event in spec.on if event != "data"}
        if events:
            on_alerts(self, ground, workflow, events)
        return PipelineResult(
            pipeline_id=workflow.id,
            reports_uri=pulumi.Output.concat(ground.artifacts_uri, "/pipelines/", self.name),
        )

    def _alarm_of(self, event: str) -> pulumi.Output[str]:
        """The alarm that a monitor's signal raises."""
        endpoint, _, signal = event.partition(".")
        return self.need(MonitoringResult, f"monitoring/{endpoint}").alarm_ids[signal]

    def _journal(self, ground: AzureGround) -> machinelearningservices.DataContainer:
        """Its versions are the runs that went on."""
        ml = machinelearningservices
        return ml.DataContainer(
            f"{self.name}-journal",
            name=journal(self.name),
            workspace_name=ground.workspace,
            resource_group_name=ground.group,
            properties=ml.DataContainerPropertiesArgs(
                data_type=ml.DataType.URI_FOLDER,
                description=f"Reports of each run of the pipeline {self.name}",
                tags=self.context.tags,
            ),
            opts=self.child(),
        )

    def _alarms(self, ground: AzureGround, workflow: pulumi.Output[str]) -> None:
        """People are told where one of them must act, or know: each time, and once."""
        label, own = self.label, (("pipeline", self.name),)
        failed = Alarm(
            ("pipeline", "failed"),
            f"{label} failed: the run in the Logic App says why",
            metric="RunsFailed",
            kind=WORKFLOWS,
            namespace=WORKFLOWS,
            once=True,
            total=True,
        )
        alarm(self, ground, workflow, failed)
        waits = f"{label} made a version that waits for approval: set its stage to Approved or Rejected"
        rejected = f"{label} made a candidate that is not good enough; what serves goes on serving"
        for word, says, metric in (("waits", waits, WAITS), ("rejected", rejected, REJECTED)):
            what = Alarm(("pipeline", word), says, metric, WORKSPACES, dimensions=own, once=True)
            alarm(self, ground, ground.workspace_id, what)
