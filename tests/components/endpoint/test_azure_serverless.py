"""Serverless endpoints on Azure: the machine they come to, how many, and what adds one."""

from typing import Any

import pytest

from tests.components.endpoint.azure_plans import SLO, plan, release, steps
from tests.truth.azure_serving import Serving


def serverless(**changes: Any) -> Any:
    return plan(form="serverless", scale=None, **{"memory": "4GiB", "concurrency": 20, **changes})


@pytest.mark.parametrize(("memory", "concurrency"), [("2GiB", 1), ("4GiB", 20), ("8GiB", 33), ("64GiB", 200)])
def test_all_its_replicas_together_answer_the_concurrent_requests(memory, concurrency):
    """
    The most replicas answer at least `concurrency` requests at once, no replica being one too many; the least is one.
    """
    azure = Serving({"3": "Approved"})

    done = release(serverless(memory=memory, concurrency=concurrency), azure, version="3")

    assert "Succeeded" == done.status
    ((_name, made),) = azure.deployments.items()
    each = made["properties"]["requestSettings"]["maxConcurrentRequestsPerInstance"]
    assert 1 == made["sku"]["capacity"]
    (most,) = [int(p["capacity"]["maximum"]) for s in azure.settings.values() for p in s["properties"]["profiles"]] or [
        1
    ]
    assert (most - 1) * each < concurrency <= most * each


def test_its_machine_has_the_memory_and_is_named():
    """
    More memory comes to a larger machine, which the release deploys on.
    """
    small, large = Serving({"3": "Approved"}), Serving({"3": "Approved"})
    release(serverless(memory="2GiB"), small, version="3")
    release(serverless(memory="64GiB"), large, version="3")

    machines = [d["properties"]["instanceType"] for a in (small, large) for d in a.deployments.values()]
    assert 2 == len(set(machines))
    assert all(machine.startswith("Standard_") for machine in machines)


def test_refused_requests_add_a_replica():
    """
    One request that is refused as too many adds a replica, as a busy CPU does; it is for idle CPUs to take one away.
    """
    azure = Serving({"3": "Approved"})

    release(serverless(), azure, version="3")

    (name,) = azure.deployments
    ((profile,),) = (s["properties"]["profiles"] for s in azure.settings.values())
    out = [r["metricTrigger"] for r in profile["rules"] if r["scaleAction"]["direction"] == "Increase"]
    back = [r["metricTrigger"] for r in profile["rules"] if r["scaleAction"]["direction"] == "Decrease"]
    (refused,) = [t for t in out if t["metricName"] == "RequestsPerMinute"]
    kept = {d["DimensionName"]: d["Values"] for d in refused["dimensions"]}
    assert ({"deployment": [name], "statusCode": ["429"]}, 0) == (kept, refused["threshold"])
    assert ["CpuUtilizationPercentage"] == [t["metricName"] for t in back]


def test_it_releases_by_canary_and_records():
    """
    What callers are promised, the rollout and the capture are those of an endpoint with machines.
    """
    azure = Serving({"3": "Approved", "4": "Approved"})
    planned = serverless(slo=SLO, rollout={"steps": ["10%"], "bake": "5m"}, capture={})
    release(planned, azure, version="3")
    (stable,) = azure.deployments
    azure.shares.clear()

    done = release(planned, azure, version="4")

    assert "Succeeded" == done.status
    assert [10, 100, 100] == steps(azure, stable)
    ((_name, made),) = azure.deployments.items()
    assert {"request", "response"} == set(made["properties"]["dataCollector"]["collections"])
    assert {"errors", "latency_p99", "availability"} <= {
        r.name.removeprefix("scorer-") for r in planned if r.type.startswith("azure-native:monitor:")
    }
