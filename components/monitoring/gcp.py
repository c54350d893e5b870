"""Monitoring on Google Cloud: a workflow that looks at windows of recorded requests, its clocks and its alarms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi

from components.clouds.gcp.alarms import descriptor
from components.clouds.gcp.duties import WINDOWS
from components.clouds.gcp.ground import GcpGround, place, stack_label
from components.clouds.gcp.measures import CUSTOM, TASK
from components.clouds.gcp.starts import Starts
from components.clouds.gcp.step import STEP, code, reports, step, uri
from components.clouds.gcp.windows import JOB, Bound, breach_alarm, broken_alarm
from components.clouds.gcp.workflow import QUERY, controller
from components.endpoint import EndpointResult
from components.monitoring import Monitoring, MonitoringResult, Signal
from components.units import Duration

__all__ = ["VertexMonitoring"]

WATCH = Path(__file__).with_name("gcp_watch.yaml")
WORDS = ("signals", "hours")
FIGURES: dict[Signal, tuple[str, ...]] = {
    "drift": ("drift", "prediction_drift"),
    "data_quality": ("data_quality",),
    "quality": ("quality",),
    "bias": ("bias",),
    "explain": ("explain",),
}
LATE = Duration.parse("10m")  # until a request that was answered is sure to be in BigQuery
START = 15  # minute of the hour at which windows are looked at
LONGEST = 7 * 24  # hours
HOUR = 3600


class VertexMonitoring(Monitoring):
    """
    Not Vertex AI's own Model Monitoring: it knows two distances, no labels and no groups.

    What has to wait for the truth is a view of its own, as its window ends earlier.
    """

    def build(self) -> MonitoringResult:
        self._refuse()
        ground, where = self.need(GcpGround), place(self)
        endpoint = self.need(EndpointResult, f"endpoints/{self.name}")
        found, stack = reports(self), stack_label(self.context)
        workflow = controller(
            self,
            "monitor",
            WATCH,
            {
                "name": self.name,
                "words": list(WORDS),
                "signals": list(self.spec.signals),
                "hours": min(self._hours(every) for every in self.spec.schedules),
                "longest": LONGEST,
                "late": LATE.seconds,
                "views": self._views(ground),
                "inputs": {"baseline": uri(self.spec.baseline or "", ground)},
                "windows": pulumi.Output.concat(ground.artifacts_uri, f"/{WINDOWS}{self.name}"),
                "reports": found,
                "export": pulumi.Output.from_input(endpoint.capture_uri).apply(_export),
                "project": where.project,
                "location": where.region,
                "bigquery": f"https://bigquery.googleapis.com/bigquery/v2/projects/{where.project}",
                "series_url": f"https://monitoring.googleapis.com/v3/projects/{where.project}/timeSeries",
                "metric": CUSTOM,
                "metric_labels": {"stack": stack, "endpoint": self.name},
                "resource": {
                    "type": TASK,
                    "labels": {
                        "project_id": where.project,
                        "location": where.region,
                        "namespace": stack,
                        "job": JOB,
                    },
                },
                "step": step(self, code(self)),
            },
            f"Looks at what {self.name} was asked",
            "Name fewer columns.",
            [STEP, QUERY],
        )
        starts = Starts(self, ground, workflow)
        for every, signals in self.spec.schedules.items():
            hours = self._hours(every)
            starts.by_clock(f"every-{every}", _cron(hours), "Etc/UTC", {"signals": list(signals), "hours": hours})
        broken_alarm(self, workflow.name)
        return MonitoringResult(monitor_id=workflow.id, alarm_ids=self._alarms(), reports_uri=found)

    def _refuse(self) -> None:
        """
        Raises:
            ValueError: There is nothing to hold windows against.
        """
        if not self.spec.baseline:
            raise ValueError(
                "it has no baseline, and the endpoint's model is of no training whose input could be one."
                " Write baseline: data/…, a table with the columns of a request."
            )

    def _hours(self, every: Duration) -> int:
        return every.seconds // HOUR

    @property
    def _late(self) -> tuple[Signal, ...]:
        """What can be looked at once the truth is known."""
        bias = self.spec.bias
        held = bool(bias and bias.metric.endswith("_difference"))
        return tuple(name for name in self.spec.signals if name == "quality" or (name == "bias" and held))

    def _view(self, signal: Signal) -> str:
        return "answers" if signal in self._late else "inputs"

    def _views(self, ground: GcpGround) -> list[dict[str, Any]]:
        quality = self.spec.quality
        now: list[Signal] = [name for name in self.spec.signals if name not in self._late]
        found = [self._look("inputs", now, 0, {})] if now else []
        if quality:
            labels_at = {"labels": uri(quality.labels, ground)}
            found.append(self._look("answers", list(self._late), quality.delay.seconds, labels_at))
        return found

    def _look(
        self, name: str, signals: list[Signal], delay: int, inputs: dict[str, pulumi.Output[str]]
    ) -> dict[str, Any]:
        settings = {"step": "monitor", "target": self.spec.target}
        return {
            "name": name,
            "delay": delay,
            "figures": [{"name": figure, "signal": signal} for signal in signals for figure in FIGURES[signal]],
            "settings": {**settings, **{signal: self._settings(signal) for signal in signals}},
            "inputs": inputs,
        }

    def _settings(self, signal: Signal) -> dict[str, Any]:
        """What the step is told of a signal."""
        told = getattr(self.spec, signal).model_dump(mode="json", exclude_none=True)
        return {key: value for key, value in told.items() if key not in ("windows", "every", "labels", "delay")}

    def _bound(self, signal: Signal) -> Bound:
        asked: Any = getattr(self.spec, signal)
        limit = asked.above if asked.above is not None else asked.below
        hours = self._hours(asked.every)
        return Bound(
            figures=FIGURES[signal],
            value=limit.fraction if signal == "data_quality" else limit,
            high=asked.above is not None,
            task=f"{self._view(signal)}-{hours}h",
            hours=hours,
            windows=asked.windows,
        )

    def _alarms(self) -> dict[str, pulumi.Output[str]]:
        """An alarm a signal; its figures are defined beforehand, so that the workflow need not be let define any."""
        known = {figure: descriptor(self, figure) for signal in self.spec.signals for figure in FIGURES[signal]}
        descriptor(self, "rows")
        return {
            signal: breach_alarm(self, signal, self._bound(signal), [known[figure] for figure in FIGURES[signal]])
            for signal in self.spec.signals
        }


def _cron(hours: int) -> str:
    """Soon after each window ended."""
    return f"{START} {'*' if hours == 1 else '0' if hours == 24 else f'*/{hours}'} * * *"


def _export(captured: str | None) -> str:
    """
    BigQuery that writes the rows of a window to the store; before the first request there is no table.

    Args:
        captured: `bq://<project>.<dataset>.<table>`.
    """
    dataset, _, table = (captured or "").removeprefix("bq://").rpartition(".")
    return (
        # every name in it is the stack's own
        f"IF EXISTS (SELECT 1 FROM `{dataset}.INFORMATION_SCHEMA.TABLES` WHERE table_name = '{table}') THEN\n"  # noqa: S608
        "  EXPORT DATA OPTIONS (uri = '<uri>', format = 'JSON', overwrite = true) AS\n"
        "  SELECT deployed_model_id, logging_time, request_id, request_payload, response_payload\n"
        f"  FROM `{dataset}.{table}`\n"
        "  WHERE logging_time >= TIMESTAMP_SECONDS(<since>) AND logging_time < TIMESTAMP_SECONDS(<until>);\n"
        "END IF;"
    )
