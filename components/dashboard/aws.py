"""Dashboard on AWS: CloudWatch, one dashboard with everything, and further ones for the endpoints beyond its room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulumi_aws import cloudwatch

from components.clouds.aws.dashboard import (
    COLUMNS,
    Widget,
    alarm_lists,
    by_model,
    console,
    endpoint_row,
    graph,
    groups,
    laid_out,
    text,
)
from components.clouds.aws.ground import AwsPlace, here
from components.clouds.aws.materialize import METRIC, NAMESPACE
from components.dashboard import Dashboard, DashboardResult
from components.outputs import as_json
from components.training import TrainingResult

__all__ = ["CloudWatchDashboard"]

MOST_ENDPOINTS = 30
"""
Endpoints of one dashboard, or models of one: each has 7 widgets and 20 metrics at most, and the rest of a stack needs
room too.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html: 500 widgets, 500 metrics
of one of them and 2,500 in all.
"""
MOST_RUNS = 100  # trainings of one graph
OPENS_WITH = "-PT24H"


class CloudWatchDashboard(Dashboard):
    def build(self) -> DashboardResult:
        place = here(self)
        pages = groups([row for one in self.watched() for row in by_model(one)], MOST_ENDPOINTS) or [[]]
        names = [self._called(number) for number in range(len(pages))]
        made = []
        for number, (name, page) in enumerate(zip(names, pages, strict=True)):
            rows = [widget for one in page for widget in endpoint_row(place, one, self.context.name())]
            widgets = [*(self._overview(place, names) if number == 0 else []), *rows]
            body = {"start": OPENS_WITH, "periodOverride": "auto", "widgets": list(laid_out(widgets))}
            made.append(
                cloudwatch.Dashboard(
                    "dashboard" if number == 0 else f"dashboard-{number + 1}",
                    dashboard_name=name,
                    dashboard_body=as_json(body),
                    opts=self.child(),
                )
            )
        first = made[0]
        url = first.dashboard_name.apply(lambda name: f"{self._console(place)}{name}")
        return DashboardResult(dashboard_id=first.dashboard_arn, url=url)

    def _called(self, number: int) -> str:
        return self.context.name(f"dashboard-{number + 1}" if number else "dashboard", limit=255)

    def _console(self, place: AwsPlace) -> str:
        return f"{console(place)}/cloudwatch/home?region={place.region}#dashboards/dashboard/"

    def _overview(self, place: AwsPlace, names: list[str]) -> Iterator[Widget]:
        yield text(self._links(place, names), height=2)
        yield from alarm_lists(list(self.alarms()))
        for trainings in groups(list(self.of(TrainingResult).items()), MOST_RUNS):
            yield from self._runs(place, trainings)
        yield from self._freshness(place)

    def _links(self, place: AwsPlace, names: list[str]) -> str:
        account = console(place)
        more = [
            f"[endpoints {number * MOST_ENDPOINTS + 1} and on]({self._console(place)}{name})"
            for number, name in enumerate(names)
            if number
        ]
        # no metric is of the cost of one stack
        spent = f"[budget and cost of the stack]({account}/billing/home#/budgets)"
        return "\n".join([f"# {self.title}", " · ".join([spent, *more])])

    def _runs(self, place: AwsPlace, trainings: list[tuple[str, TrainingResult]]) -> Iterator[Widget]:
        def of(metric: str, made: TrainingResult, **options: Any) -> list[Any]:
            return ["AWS/States", metric, "StateMachineArn", made.definition_id, options]

        ends = [
            of(metric, made, stat="Sum", label=f"{name}: {how}")
            for name, made in trainings
            for metric, how in (("ExecutionsSucceeded", "succeeded"), ("ExecutionsFailed", "failed"))
        ]
        times = [of("ExecutionTime", made, stat="Maximum", label=name) for name, made in trainings]
        half = COLUMNS // 2
        yield graph(place, "Runs of trainings", ends, period=3600, width=half)
        yield graph(place, "Duration of runs", times, period=3600, width=half)

    def _freshness(self, place: AwsPlace) -> Iterator[Widget]:
        spec = self.spec.features
        views = {name: view for name, view in spec.views.items() if view.materialize} if spec else {}
        metrics = [
            [NAMESPACE, METRIC, "FeatureGroup", self.context.name(name, limit=64), {"stat": "Minimum", "label": name}]
            for name in sorted(views)
        ]
        if metrics:
            lines = [
                (f"{name}: {view.freshness}", view.freshness.seconds) for name, view in views.items() if view.freshness
            ]
            yield graph(place, "Age of the newest features", metrics, period=300, width=COLUMNS, lines=lines[:10])
