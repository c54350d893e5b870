"""Checks of the machines that resources ask for, over all types that name some, to put rules together from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from policies.checks import sample
from policies.definitions import DOCUMENTS
from policies.machines import MACHINES, PLACES, Fleet, fleets
from policies.resource import Resource
from policies.rule import Absent, Breach, Check
from policies.settings import Settings

__all__ = ["Judge", "naming", "of_calls", "of_fleets"]

Judge = Callable[[Fleet, Settings], Breach | None]
"""What is wrong with some machines; None where nothing is."""

_HOME = {"aws": {"region": "us-east-1"}, "gcp": {"location": "us-central1"}, "azure": {"location": "eastus"}}
_SMALL = {"aws": "ml.m5.large", "gcp": "n2-standard-4", "azure": "Standard_D4s_v3"}
_CALLS = {
    "aws": lambda name: {"States": {"Train": {"Arguments": {"ResourceConfig": {"InstanceType": name}}}}},
    "gcp": lambda name: {"main": {"steps": [{"job": {"machineSpec": {"machineType": name}, "replicaCount": 1}}]}},
    "azure": lambda name: {"actions": {"deploy": {"inputs": {"body": {"instanceType": name}}}}},
}


def of_fleets(
    judge: Judge,
    *,
    passes: Mapping[str, str],
    fails: Mapping[str, str],
    types: Iterable[str] = MACHINES,
    when: Callable[[Resource, Settings], bool] | None = None,
) -> dict[str, Check]:
    """
    A check for each type that names machines.

    Args:
        judge: What is wrong with machines.
        passes: Cloud to the name of a good machine, as its ML service has it.
        fails: Cloud to a bad one; types of other clouds are left out.
        types: Of resources.
        when: Where the demand is made; everywhere without it.
    """

    def run(resource: Resource, settings: Settings) -> Iterator[Breach]:
        if when is None or when(resource, settings):
            yield from filter(None, (judge(fleet, settings) for fleet in fleets(resource)))

    made: dict[str, Check] = {}
    for kind in types:
        if (cloud := _cloud(kind)) in fails:
            inputs, paths = naming(kind, passes[cloud])
            made[kind] = Check(
                run=run,
                reads=paths,
                passes=inputs,
                fails=(naming(kind, fails[cloud])[0],),
                absent=Absent.PASSES,
            )
    return made


def of_calls(
    judge: Judge, *, counts: tuple[int, int], when: Callable[[Resource, Settings], bool] | None = None
) -> dict[str, Check]:
    """
    A check of the replicas that each kind of workflow serves with.

    Args:
        judge: What is wrong with machines.
        counts: A good number of them, and a bad one.
        when: Where the demand is made; everywhere without it.
    """
    made = of_fleets(judge, passes=_SMALL, fails=_SMALL, types=DOCUMENTS, when=when)
    good, bad = counts
    return {
        kind: replace(check, passes=_serving(kind, good), fails=(_serving(kind, bad),)) for kind, check in made.items()
    }


def _serving(kind: str, count: int) -> dict[str, Any]:
    call: Any = {
        "aws": {"InstanceType": "ml.m5.large", "InitialInstanceCount": count, "VariantName": "main"},
        "gcp": {"machineSpec": {"machineType": "n2-standard-4"}, "minReplicaCount": count, "maxReplicaCount": count},
        "azure": {"instanceType": "Standard_D4s_v3", "sku": {"capacity": count}},
    }[_cloud(kind)]
    found = {"steps": [{"serve": call}]}
    return {DOCUMENTS[kind]: found if kind.startswith("azure") else json.dumps(found)}


def naming(kind: str, name: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Inputs of a type that name a machine of its cloud, and where."""
    cloud = _cloud(kind)
    if kind in DOCUMENTS:
        call: Any = _CALLS[cloud](name)
        text = call if kind.startswith("azure") else json.dumps(call)
        home = {"region": "us-central1"} if cloud == "gcp" else _HOME[cloud]
        return {**home, DOCUMENTS[kind]: text}, (DOCUMENTS[kind],)
    place = PLACES[kind][0]
    path = ".".join(filter(None, (place.within, place.name)))
    several = place.name.endswith("Types")
    plain = name if place.sold else name.removeprefix("ml.")
    return sample({**_HOME[cloud], path: [plain] if several else plain}), (path,)


def _cloud(kind: str) -> str:
    return kind.partition(":")[0].removesuffix("-native")
