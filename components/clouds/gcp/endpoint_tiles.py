"""Tiles of an endpoint on a Cloud Monitoring dashboard: how long it takes, what fails, who answers, on what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pulumi

from components.base import Context
from components.clouds.gcp.dashboard import HALF, RANGE, Tile, chart, header, prom_name
from components.clouds.gcp.ground import stack_label
from components.clouds.gcp.measures import CUSTOM, PREFIX, TASK, Of, either, latency, share
from components.clouds.gcp.private_endpoint import number_of
from components.clouds.gcp.run_measures import RunOf
from components.clouds.gcp.sharing import POOL_DIGITS, pool_base, shared_runtime
from components.dashboard import PUBLISHED, Watched

__all__ = ["endpoint_tiles"]

POOL = "aiplatform.googleapis.com/DeploymentResourcePool"
Query = Callable[[Of], str]


@dataclass(frozen=True)
class Asked:
    """
    What is asked under one address.

    Attributes:
        title: What people know it by.
        name: The endpoint's number, or the service's name.
        of: What its requests are measured by.
    """

    title: str
    name: pulumi.Output[str]
    of: type[Of]

    def query(self, query: Query) -> pulumi.Output[str]:
        """What a chart asks of it."""
        return self.name.apply(lambda known: query(self.of(known, window=RANGE)))

    def either(self, query: Callable[[Of, str], str]) -> pulumi.Output[str]:
        """The same under each name that its requests may be counted under."""
        return self.query(lambda on: either(on, lambda family: query(on, family)))


def endpoint_tiles(watched: Watched, context: Context) -> Iterator[list[Tile]]:
    """
    Those of the endpoint, or of each of its models, which belong together.

    A heading, four charts, and what a monitor publishes.

    Args:
        watched: The endpoint.
        context: Whose stack it is of.
    """
    for asked in _asked(watched):
        tiles = [header(asked.title), _latency(watched, asked), _errors(watched, asked), _traffic(asked)]
        yield [*tiles, _machines(watched, asked, context), *_published(watched, stack_label(context))]


def _asked(watched: Watched) -> list[Asked]:
    """The endpoint, or where it has several models the one that each of them has."""
    of = RunOf if watched.spec.form == "serverless" else Of
    urls = watched.result.model_urls
    if not urls:
        return [Asked(watched.name, watched.result.endpoint_name, of)]
    return [Asked(f"{watched.name}: {model}", url.apply(number_of), of) for model, url in sorted(urls.items())]


def _latency(watched: Watched, asked: Asked) -> Tile:
    def within(quantile: str) -> pulumi.Output[str]:
        return asked.either(lambda on, family: latency(on, family, quantile))

    promised = watched.spec.slo.latency_p99 if watched.spec.slo else None
    lines = [(f"p99 promised: {promised}", promised.milliseconds)] if promised else []
    return chart("Latency", {"p50": within("0.5"), "p99": within("0.99")}, lines=lines, unit="ms")


def _errors(watched: Watched, asked: Asked) -> Tile:
    def answered(codes: str) -> pulumi.Output[str]:
        return asked.either(lambda on, family: share(on, family, codes))

    slo = watched.spec.slo
    lines: list[tuple[str, float]] = []
    if slo and slo.errors:
        lines.append((f"errors promised: {slo.errors}", slo.errors.value))
    if slo and slo.availability:
        lines.append((f"availability promised: {slo.availability}", round(100 - slo.availability.value, 9)))
    return chart("Errors", {"4xx and 5xx": answered("[45].."), "5xx": answered("5..")}, lines=lines, unit="%")


def _traffic(asked: Asked) -> Tile:
    """Of each deployed model, or revision: while a release shifts traffic, the two add up."""

    def query(on: Of, family: str) -> str:
        return f"sum by ({on.serves}) (60 * rate({on.measure(f'{family}response_count')}[{RANGE}]))"

    return chart("Requests a minute, by what serves", {"": asked.either(query)}, kind="STACKED_AREA")


def _machines(watched: Watched, asked: Asked, context: Context) -> Tile:
    if watched.spec.form == "serverless":
        return _instances(asked)
    if watched.spec.models and shared_runtime(watched.spec):
        return _pool(watched, pool_base(context, watched.name))
    queries: dict[str, pulumi.Input[str]] = {
        "replicas": asked.query(lambda on: f"sum({on.measure('replicas')})"),
        "CPU, %": asked.query(lambda on: f"100 * avg({on.measure('cpu_utilization')})"),
    }
    if watched.spec.machine.is_gpu:
        queries["GPU, %"] = asked.query(lambda on: f"100 * avg({on.measure('accelerator_duty_cycle')})")
    return chart("Replicas, and what they use", queries)


def _pool(watched: Watched, base: str) -> Tile:
    """
    Of the machines that the models share.

    Source: https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform
    """

    def measure(name: str) -> str:
        wanted = f'monitored_resource="{POOL}",deployment_resource_pool_id=~"{base}-[0-9a-f]{{{POOL_DIGITS}}}"'
        return f"{PREFIX}deployment_resource_pool_{name}{{{wanted}}}"

    queries: dict[str, pulumi.Input[str]] = {
        "replicas": f"sum({measure('replicas')})",
        "CPU, %": f"100 * avg({measure('cpu_utilization')})",
    }
    if watched.spec.machine.is_gpu:
        queries["GPU, %"] = f"100 * avg({measure('accelerator_duty_cycle')})"
    return chart("Replicas that the models share, and what they use", queries)


def _instances(asked: Asked) -> Tile:
    """
    Of a service of Cloud Run: the most that one of its instances uses is what more memory would help.

    Source: https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run
    """

    def used(what: str) -> pulumi.Output[str]:
        def query(on: Of) -> str:
            return f"100 * histogram_quantile(0.99, sum by (le) ({on.series(f'container_{what}_utilizations_bucket')}))"

        return asked.query(query)

    queries: dict[str, pulumi.Input[str]] = {
        "instances": asked.query(lambda on: f"sum({on.measure('container_instance_count')})"),
        "CPU, %": used("cpu"),
        "memory, %": used("memory"),
    }
    return chart("Instances, and what they use", queries)


def _published(watched: Watched, stack: str) -> Iterator[Tile]:
    if watched.published:
        queries = {PUBLISHED[key]: _own(key, stack, watched.name) for key in watched.published if key != "rows"}
        yield chart("Drift and quality", queries, width=HALF, lines=watched.bounds)
        yield chart("Requests in the window", {"rows": _own("rows", stack, watched.name)}, width=HALF)


def _own(name: str, stack: str, endpoint: str) -> str:
    """A number that a monitor publishes, as `docs/metrics.md` has it published."""
    of = f'monitored_resource="{TASK}",stack="{stack}",endpoint="{endpoint}"'
    return f"avg(avg_over_time({prom_name(CUSTOM + name)}{{{of}}}[1h]))"
