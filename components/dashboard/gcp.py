"""Dashboard on Google Cloud: Cloud Monitoring, one dashboard for the stack, and further ones for its endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pulumi
from pulumi_gcp import monitoring

from components.clouds.gcp.dashboard import (
    COLUMNS,
    HALF,
    Tile,
    chart,
    incidents,
    mosaic,
    prom_name,
    text,
)
from components.clouds.gcp.endpoint_tiles import endpoint_tiles
from components.clouds.gcp.ground import place, stack_label
from components.dashboard import Dashboard, DashboardResult
from components.outputs import as_json
from components.training import TrainingResult

__all__ = ["MonitoringDashboard"]

MOST_TILES = 40
"""
Tiles of one dashboard, with those of the stack itself; how many Cloud Monitoring takes was raised over the years.

Source: https://cloud.google.com/monitoring/quotas
"""
MOST_LINES = 50  # lines of one chart that can be told apart
MOST_POLICIES = 200  # alert policies that one list of incidents names
WORKFLOW = "workflows.googleapis.com/Workflow"


class MonitoringDashboard(Dashboard):
    def build(self) -> DashboardResult:
        pages = self._pages([tiles for one in self.watched() for tiles in endpoint_tiles(one, self.context)])
        made = [self._dashboard(number, tiles) for number, tiles in enumerate(pages)]
        project = place(self).project
        url = made[0].id.apply(
            lambda known: (
                "https://console.cloud.google.com/monitoring/dashboards/builder/"
                f"{known.rpartition('/')[2]}?project={project}"
            )
        )
        return DashboardResult(dashboard_id=made[0].id, url=url)

    def _pages(self, endpoints: Sequence[list[Tile]]) -> list[list[Tile]]:
        """What the stack itself has to show, then each endpoint, or model, where there is room for all of its tiles."""
        pages = [list(self._overview())]
        for tiles in endpoints:
            if len(pages[-1]) + len(tiles) > MOST_TILES:
                pages.append([])
            pages[-1] += tiles
        return pages

    def _dashboard(self, number: int, tiles: list[Tile]) -> monitoring.Dashboard:
        title = self.title if number == 0 else f"{self.title}: endpoints, {number + 1}"
        body = {
            "displayName": title,
            "labels": dict.fromkeys(("groundplan", stack_label(self.context)), ""),
            "mosaicLayout": {"columns": COLUMNS, "tiles": list(mosaic(tiles))},
        }
        return monitoring.Dashboard(
            "dashboard" if number == 0 else f"dashboard-{number + 1}",
            project=place(self).project,
            dashboard_json=as_json(body),
            opts=self.child(),
        )

    def _overview(self) -> Iterator[Tile]:
        yield text(self.title, self._about())
        policies = [alarm for _name, alarm in self.alarms()]
        for start in range(0, len(policies), MOST_POLICIES):
            yield incidents(policies[start : start + MOST_POLICIES])
        trainings = list(self.of(TrainingResult).items())
        for start in range(0, len(trainings), MOST_LINES):
            yield from self._runs(trainings[start : start + MOST_LINES])
        yield from self._freshness()

    def _about(self) -> str:
        where, forms = place(self), {one.spec.form for one in self.watched()}
        spent = f"https://console.cloud.google.com/billing/{where.billing_account}/budgets"
        lines = [
            f"[Budget and cost]({spent}) of the label `stack: {stack_label(self.context)}`: what is spent is no metric."
        ]
        if "realtime" in forms:
            shown = f"https://console.cloud.google.com/vertex-ai/online-prediction/endpoints?project={where.project}"
            lines.append(f"Which version a deployed model is, its [endpoint]({shown}) says.")
        if "serverless" in forms:
            shown = f"https://console.cloud.google.com/run?project={where.project}"
            lines.append(f"Which version a revision is, its name says: [services]({shown}).")
        lines.append(f"Endpoints beyond the room here are on dashboards with the label `{stack_label(self.context)}`.")
        return "\n\n".join(lines)

    def _runs(self, trainings: Sequence[tuple[str, TrainingResult]]) -> Iterator[Tile]:
        def of(metric: str, made: TrainingResult, query: str, **more: str) -> pulumi.Output[str]:
            def known(definition: str) -> str:
                wanted = {"monitored_resource": WORKFLOW, "workflow_id": definition.rpartition("/")[2], **more}
                clauses = ",".join(f'{key}="{value}"' for key, value in wanted.items())
                return query.format(series=f"{prom_name(metric)}{{{clauses}}}")

            return made.definition_id.apply(known)

        count, times = (
            f"{WORKFLOW.partition('/')[0]}/finished_execution_count",
            "workflows.googleapis.com/execution_times",
        )
        ends: dict[str, pulumi.Input[str]] = {
            f"{name}: {how.lower()}": of(count, made, "sum(increase({series}[1h]))", status=how)
            for name, made in trainings
            for how in ("SUCCEEDED", "FAILED")
        }
        lasted: dict[str, pulumi.Input[str]] = {
            name: of(f"{times}_bucket", made, "histogram_quantile(0.95, sum by (le) (increase({series}[24h])))")
            for name, made in trainings
        }
        yield chart("Runs of trainings", ends, width=HALF, kind="STACKED_BAR")
        yield chart("Duration of runs", lasted, width=HALF, unit="s")

    def _freshness(self) -> Iterator[Tile]:
        spec = self.spec.features
        views = {name: view for name, view in spec.views.items() if view.materialize} if spec else {}
        metric = f"custom.googleapis.com/groundplan/{self.context.name(limit=63, separator='_')}/feature_age_seconds"
        queries: dict[str, Any] = {
            name: f'max(last_over_time({prom_name(metric)}{{monitored_resource="global",view="{name}"}}[1h]))'
            for name in sorted(views)
        }
        if queries:
            kept = {name: view.freshness for name, view in sorted(views.items()) if view.freshness}
            lines = [(f"{name}: {age}", age.seconds) for name, age in kept.items()]
            yield chart("Age of the newest features", queries, width=COLUMNS, lines=lines[:10], unit="s")
