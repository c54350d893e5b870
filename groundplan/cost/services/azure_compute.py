"""What goes with the machines of a stack on Azure: disks, load balancers, Spark of a feature store, its cache."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.base import Cloud
from groundplan.cost.line import HOURS_A_MONTH, Line, Sight
from groundplan.cost.services.azure_runs import (
    batches,
    search_seconds,
    searches,
    training_seconds,
    trainings,
)
from groundplan.cost.services.azure_workflows import clock, workflow
from groundplan.cost.steps import step_jobs

__all__ = ["cache", "compute", "materializing"]

NODES_OF_A_BALANCER = 50
"""
Nodes of a cluster that share a load balancer.

Source: https://learn.microsoft.com/azure/machine-learning/concept-plan-manage-cost
"""


def compute(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """
    Disk and load balancer of a notebook, which stay while it is stopped; of a cluster, while it has nodes.

    Azure's page says that a load balancer is billed until its compute is deleted, and for each 50 nodes of a cluster;
    whether a cluster without nodes has one, and compute without a public address, it leaves open.

    Source: https://learn.microsoft.com/azure/machine-learning/concept-plan-manage-cost
    """
    name, disk = resource["name"], "managed-disk-premium-p10-month"
    if resource["inputs"]["properties"]["computeType"] == "ComputeInstance":
        yield Line.always(disk, f"disk of {name}", 1, "128 GiB, also while it is stopped")
        hours, told = HOURS_A_MONTH, "one a notebook, also while it is stopped; maybe none without a public address"
        yield Line("load-balancer-standard-hour", f"load balancer of {name}", 0, hours, hours, told, "always")
        return
    work = _work(resource, sight)
    node_hours = sum(part.hours * part.nodes for part in work)
    told = f"{node_hours:.6g} node hours of {HOURS_A_MONTH} in a month, 128 GiB each"
    if work:
        yield Line.used(disk, f"disks of {name}", node_hours / HOURS_A_MONTH, told)
    hours = sum(part.hours * _balancers(part.nodes) for part in work)
    most = max(hours, HOURS_A_MONTH * _balancers(_most_nodes(resource)))
    told = f"one for each {NODES_OF_A_BALANCER} nodes while there are some; at most at all times"
    yield Line("load-balancer-standard-hour", f"load balancer of {name}", 0, hours, most, told, "use")


@dataclass(frozen=True)
class _Work:
    """Hours of a month in which a cluster has nodes, and how many it has then."""

    hours: float
    nodes: int = 1


def _balancers(nodes: int) -> int:
    return -(-nodes // NODES_OF_A_BALANCER)


def _most_nodes(resource: Mapping[str, Any]) -> int:
    return int(resource["inputs"]["properties"]["properties"]["scaleSettings"]["maxNodeCount"])


def _work(resource: Mapping[str, Any], sight: Sight) -> Sequence[_Work]:
    """What a cluster does; one that stands by for another, or writes a file for new features, does nothing."""
    blueprint = sight.blueprint
    section, _, name = str(resource["component"]).partition("/")
    if section in ("monitoring", "pipelines"):
        steps = blueprint.monitoring[name] if section == "monitoring" else blueprint.pipelines[name]
        return [_Work(step_jobs(steps, Cloud.AZURE)[0] * sight.usage.window.seconds / 3600)]
    if section == "batch":
        job = blueprint.batch[name]
        return [_Work(batches(blueprint, name) * job.max_run.seconds / 3600, job.replicas)]
    if section == "training" and not _is_fallback(resource, sight):
        spec = blueprint.training[name]
        found = [_Work(trainings(blueprint, name) * training_seconds(blueprint, name) / 3600, spec.nodes)]
        if spec.tuning:
            hours = searches(blueprint, name) * search_seconds(blueprint, name) / 3600
            found.append(_Work(hours, spec.nodes * spec.tuning.parallel))
        return found
    return []


def _is_fallback(resource: Mapping[str, Any], sight: Sight) -> bool:
    """Whether it is the dedicated one beside a cluster of spot machines."""
    beside = [r for r in sight.of(resource["type"]) if r["component"] == resource["component"]]
    return len(beside) > 1 and resource["inputs"]["properties"]["properties"]["vmPriority"] == "Dedicated"


def materializing(resource: Mapping[str, Any], sight: Sight) -> Iterator[Line]:
    """A Logic App; and where it fills a feature set, the cores of Spark that it asks for, each for `usage.window`."""
    yield from workflow(resource, sight)
    if str(resource["component"]) != "features":
        return
    written = resource["inputs"]["definition"]
    version = written["actions"]["publish_once"]["actions"]["publish"]["inputs"]["body"]["properties"]
    spark = version["materializationSettings"]["sparkConfiguration"]
    cores = int(spark["spark.driver.cores"])
    cores += int(spark["spark.executor.cores"]) * int(spark["spark.executor.instances"])
    runs = sum(clock(t["recurrence"]) for t in written["triggers"].values() if "recurrence" in t)
    told = f"{runs:.6g} runs a month of usage.window ({sight.usage.window}) on {cores} cores"
    hours = runs * cores * sight.usage.window.seconds / 3600
    name = str(resource["name"]).removesuffix("-materialize")
    yield Line.used("azure-ml-serverless-spark-vcore-hour", f"materialization of {name}, Spark", hours, told)


def cache(resource: Mapping[str, Any], _sight: Sight) -> Iterator[Line]:
    """The online store: its hours, with its replica; reads and writes cost nothing more."""
    sku, shards = resource["inputs"]["sku"], int(resource["inputs"].get("shardCount", 1))
    item = f"redis-{sku['name']}-{sku['family']}{sku['capacity']}-hour".lower()
    told = f"{shards} shard(s) x {HOURS_A_MONTH} h"
    yield Line.always(item, "online features, cache", shards * HOURS_A_MONTH, told)
