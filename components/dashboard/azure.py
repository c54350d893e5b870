"""Dashboard on Azure: one workbook of the stack, in which an endpoint and a training are chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pulumi_azure_native import applicationinsights

from components.clouds.azure.dashboard import Item, by_graph, by_logs, choice, document, metrics, text
from components.clouds.azure.ground import AzureGround
from components.clouds.azure.measures import CUSTOM, ENDPOINTS, FAILS, SHADOW, TRAFFIC
from components.clouds.azure.place import AzurePlace, guid
from components.dashboard import PUBLISHED, Dashboard, DashboardResult, Watched
from components.outputs import together
from components.training import TrainingResult

__all__ = ["AzureMonitorDashboard"]

KIND = ENDPOINTS.lower()
DEPLOYMENTS = f"{KIND}/deployments"
WORKFLOWS = "microsoft.logic/workflows"


class AzureMonitorDashboard(Dashboard):
    def build(self) -> DashboardResult:
        ground, place = self.need(AzureGround), self.context.place
        if not isinstance(place, AzurePlace):
            raise TypeError(f"{self.label} is built on Azure and wants an AzurePlace; got {type(place).__name__}")
        watched, trainings = self.watched(), self.of(TrainingResult)
        known = {
            "group": ground.group,
            "group_id": ground.group_id,
            "logs": ground.log_workspace_id,
            "endpoints": [(one.name, one.result.endpoint_id, one.result.endpoint_name) for one in watched],
            "trainings": [(name, made.definition_id) for name, made in trainings.items()],
        }
        made = applicationinsights.Workbook(
            "dashboard",
            resource_name_=guid(self.context, "dashboard"),
            resource_group_name=ground.group,
            location=place.region,
            kind=applicationinsights.WorkbookSharedTypeKind.SHARED,
            category="workbook",
            version="Notebook/1.0",
            display_name=self.title,
            description=f"What {self.title} runs, and which of its alarms are raised",
            source_id="azure monitor",  # so it is found in Azure Monitor, among all workbooks
            serialized_data=together(known).apply(
                lambda found: json.dumps(document(list(self._items(place, watched, found))))
            ),
            tags=self.context.tags,
            opts=self.child(),
        )
        url = made.id.apply(lambda known: f"https://portal.azure.com/#@{place.tenant}/resource{known}/workbook")
        return DashboardResult(dashboard_id=made.id, url=url)

    def _items(self, place: AzurePlace, watched: list[Watched], known: dict[str, Any]) -> Iterator[Item]:
        group, logs = str(known["group"]), known["logs"]
        ids = {key: guid(self.context, "dashboard", key) for key in ("TimeRange", "Endpoint", "Deployment", "Training")}
        endpoints = [{"value": id_, "label": name} for name, id_, _called in known["endpoints"]]
        trainings = [{"value": id_, "label": name} for name, id_ in known["trainings"]]
        spent = f"https://portal.azure.com/#@{place.tenant}/resource{known['group_id']}/costanalysis"
        yield text("title", f"# {self.title}\n\n[Cost of the resource group]({spent}): what is spent is no metric.")
        yield choice("choices", ids, endpoints, trainings, place.subscription)
        yield by_graph("alarms", "Alarms", _alerts(group), place.subscription)
        if endpoints:
            yield by_graph(
                "versions",
                "Which version serves",
                _serves(group, any(one.spec.models for one in watched)),
                place.subscription,
            )
            yield from self._endpoints(watched, known, logs)
        if trainings:
            yield from _runs()

    def _endpoints(self, watched: list[Watched], known: dict[str, Any], logs: str) -> Iterator[Item]:
        names = {name: called for name, _id, called in known["endpoints"]}
        yield by_logs("errors", "Errors, and what is promised", _shares(watched, names), logs)
        yield by_logs("traffic", "Requests a minute, by what serves", _requests(), logs)
        yield metrics(
            "latency",
            _latency_title(watched),
            KIND,
            "Endpoint",
            [("RequestLatency_P50", "average", "p50, ms"), ("RequestLatency_P99", "average", "p99, ms")],
            category="Traffic",
        )
        used = [("CpuUtilizationPercentage", "average", "CPU, %"), ("DeploymentCapacity", "maximum", "replicas")]
        if any(one.spec.machine.is_gpu for one in watched):
            used.insert(1, ("GpuUtilizationPercentage", "average", "GPU, %"))
        yield metrics("machines", "Replicas, and what they use", DEPLOYMENTS, "Deployment", used, category="Resource")
        published = [name for name in PUBLISHED if any(name in one.published for one in watched)]
        if published:
            wanted = [(name, "average", PUBLISHED[name]) for name in published]
            yield metrics("monitors", "Drift and quality", KIND, "Endpoint", wanted, namespace=CUSTOM, width=100)


def _alerts(group: str) -> str:
    """Source: https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-manage-alert-instances."""
    return (
        "alertsmanagementresources | where type == 'microsoft.alertsmanagement/alerts'"
        " | extend found = properties.essentials"
        f" | where tostring(found.targetResourceGroup) =~ '{group}'"
        " | project Alarm = name, State = tostring(found.monitorCondition), Severity = tostring(found.severity),"
        " Since = todatetime(found.startDateTime), Rule = tostring(found.alertRule)"
        " | order by State asc, Since desc"
    )


def _serves(group: str, several: bool) -> str:
    """What releases noted: on an endpoint, or where it has several models on the deployments that callers name."""
    version, kinds, name = "tags.serves", f"type == '{KIND}'", "name"
    if several:
        kinds = f"(type == '{KIND}' or (type == '{DEPLOYMENTS}' and isnotempty(tags.called)))"
        name = f"iff(type == '{KIND}', name, strcat(split(id, '/')[-3], ': ', name))"
        version = f"iff(type == '{KIND}', tags.serves, tags.version)"
    return (
        f"resources | where {kinds} and resourceGroup =~ '{group}'"
        f" | project Endpoint = {name}, Version = tostring({version}), Candidate = tostring(tags.candidate),"
        " Shadow = tostring(tags.shadow), State = tostring(properties.provisioningState)"
        " | order by Endpoint asc"
    )


def _chosen() -> str:
    """Rows of the endpoint that is chosen: the parameter holds its ARM id, which its name ends."""
    name = "tostring(split('{Endpoint}', '/')[-1])"
    return f"{TRAFFIC} | where EndpointName =~ {name} and DeploymentName != '{SHADOW}'"


def _shares(watched: list[Watched], names: dict[str, str]) -> str:
    """Errors and own failures of each moment, beside what the blueprint promises of that endpoint."""
    promised = ", ".join(
        f"'{names[one.name]}', {_number(one.spec.slo.errors.value if one.spec.slo and one.spec.slo.errors else None)},"
        f" {_number(_failures(one))}"
        for one in watched
    )
    return (
        f"let promised = datatable(endpoint: string, errors_promised: real, failures_promised: real)[{promised}];"
        f" {_chosen()}"
        " | extend endpoint = EndpointName, code = toint(ResponseCode)"
        f" | extend fails = {FAILS}"
        " | summarize errors = 100.0 * countif(code >= 400) / count(), failures = 100.0 * countif(fails) / count()"
        " by endpoint = tolower(endpoint), bin(TimeGenerated, {TimeRange:grain})"
        " | join kind=leftouter (promised | extend endpoint = tolower(endpoint)) on endpoint"
        " | project TimeGenerated, errors, failures, errors_promised, failures_promised"
    )


def _failures(one: Watched) -> float | None:
    slo = one.spec.slo
    return round(100 - slo.availability.value, 9) if slo and slo.availability else None


def _number(value: float | None) -> str:
    return "real(null)" if value is None else f"{value:.15g}"


def _requests() -> str:
    return (
        f"{_chosen()} | summarize requests = count() * 1m / {{TimeRange:grain}} by DeploymentName,"
        " bin(TimeGenerated, {TimeRange:grain})"
    )


def _latency_title(watched: list[Watched]) -> str:
    """What is promised stands over the graph: a graph of metrics draws no line of its own."""
    slos = [(one.name, one.spec.slo) for one in watched]
    told = [f"{name}: p99 {slo.latency_p99}" for name, slo in slos if slo and slo.latency_p99]
    more = f" and {len(told) - 5} more" if len(told) > 5 else ""
    return f"Latency, and what is promised: {', '.join(told[:5])}{more}" if told else "Latency"


def _runs() -> Iterator[Item]:
    yield metrics(
        "runs",
        "Runs of the training",
        WORKFLOWS,
        "Training",
        [("RunsSucceeded", "sum", "succeeded"), ("RunsFailed", "sum", "failed"), ("RunsStarted", "sum", "started")],
    )
    yield metrics("durations", "Duration of its runs", WORKFLOWS, "Training", [("RunLatency", "average", "seconds")])
