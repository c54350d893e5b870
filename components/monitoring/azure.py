"""Monitoring on Azure: a Logic App that looks at each window with a job of Azure ML, and alerts on what it finds."""

from __future__ import annotations

import pulumi

from components.clouds.azure.figures import WORKFLOWS, Alarm, alarm
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.judge import MonitorPlan, breaches
from components.clouds.azure.measures import ENDPOINTS
from components.clouds.azure.monitor import monitor_definition
from components.clouds.azure.starts import Starts
from components.clouds.azure.step import means
from components.clouds.azure.workflow import logic_app
from components.endpoint import EndpointResult
from components.monitoring import Monitoring, MonitoringResult, Signal
from components.units import Duration

__all__ = ["AzureMLMonitoring"]

LATE = Duration.parse("15m")
"""How long after its end a window is looked at: requests of its last minutes are recorded by then."""


class AzureMLMonitoring(Monitoring):
    """Monitoring of one endpoint on Azure ML."""

    def build(self) -> MonitoringResult:
        ground, endpoint = self.need(AzureGround), self.need(EndpointResult, f"endpoints/{self.name}")
        self._check(endpoint)
        place, spec = self.context.place, self.spec
        plan = MonitorPlan(self.name, spec, place.region, self.context.tags)
        workflow = logic_app(
            self,
            f"{self.name}-monitor",
            ground,
            lambda identity: monitor_definition(plan, identity),
            {
                "capture": endpoint.capture_uri or "",
                "endpoint": endpoint.endpoint_id,
                **means(self, ground, "monitor"),
            },
        )
        starts = Starts(self, ground, workflow)
        for every, signals in spec.schedules.items():
            body = {"signals": list(signals), "hours": every.seconds // 3600}
            starts.every(every, LATE, f"{self.name}-each-{every}", body)
        alarm(self, ground, workflow.id, self._broken())
        raised = {name: alarm(self, ground, endpoint.endpoint_id, self._breach(name)).id for name in spec.signals}
        return MonitoringResult(
            monitor_id=workflow.id,
            alarm_ids=raised,
            reports_uri=pulumi.Output.concat(ground.artifacts_uri, "/monitors/", self.name),
        )

    def _check(self, endpoint: EndpointResult) -> None:
        if endpoint.capture_uri is None:
            raise ValueError(
                f"{self.label} watches what the endpoint records, and it records nothing. Write"
                f" endpoints: {{{self.name}: {{capture: {{sample: 100%}}}}}}."
            )
        if self.spec.baseline is None:
            raise ValueError(
                f"{self.label} has no baseline, and no training makes the endpoint's model. Write baseline: and the"
                " path of a table with the columns of a request."
            )
        read = {"baseline": self.spec.baseline}
        if self.spec.quality:
            read["quality.labels"] = self.spec.quality.labels
        for field, path in read.items():
            if path.startswith(("s3://", "gs://")):
                raise ValueError(
                    f"{self.label}: {field} is {path}, which Azure ML does not read. Write a path in the stack's data"
                    " store, such as data/payments/, or an azureml:// URI."
                )

    def _broken(self) -> Alarm:
        """A monitor that is broken must not look calm."""
        return Alarm(
            ("monitor", "failed"),
            f"{self.name} monitor failed: a window of {self.label} was not looked at",
            metric="RunsFailed",
            kind=WORKFLOWS,
            namespace=WORKFLOWS,
            once=True,
            total=True,
        )

    def _breach(self, signal: Signal) -> Alarm:
        spec = getattr(self.spec, signal)
        below = getattr(spec, "below", None)
        bound = f"below {below}" if below is not None else f"above {spec.above}"
        return Alarm(
            (signal,),
            f"{signal} of endpoints/{self.name} is {bound} in {spec.windows} windows of {spec.every}",
            metric=breaches(signal),
            kind=ENDPOINTS,
            at_least=spec.windows.breaches,
        )
