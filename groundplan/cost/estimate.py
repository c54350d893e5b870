"""Monthly cost of a stack: machines and services; what has no price is listed, never counted as 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from groundplan.cost.free import is_free
from groundplan.cost.line import Sight
from groundplan.cost.machines import machine_rows
from groundplan.cost.row import Row, of_line, total
from groundplan.cost.services import PAYS
from groundplan.program import requests
from groundplan.target import Target

__all__ = ["estimate"]


def estimate(
    target: Target, resources: Sequence[Mapping[str, Any]], outputs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """
    The `cost` of the plan's document, in USD a month.

    Args:
        target: The stack.
        resources: As the document has them.
        outputs: The stack's, by component: they name the machines.

    Where `unknown` is not empty, every total is a lower bound.
    """
    parts = _parts(target, resources, outputs)
    everything = [row for rows in parts.values() for row in rows]
    unpriced = [{"urn": r.urn, "item": r.item} for r in everything if r.amount is None]
    unpriced += [{"urn": r["urn"], "item": r["type"]} for r in resources if not _known(target.cloud, r["type"])]
    return {
        "currency": "USD",
        "monthly": total(everything),
        "budget": _budget(target),
        "idle_monthly": round(sum(r.low or 0 for r in everything if r.when == "always"), 2),
        "unknown": unpriced,
        "components": [
            {"name": name, "monthly": total(rows), "rows": [asdict(row) for row in rows]}
            for name, rows in parts.items()
        ],
    }


def _budget(target: Target) -> dict[str, Any] | None:
    """What the blueprint lets a month cost, and whether a plan above it fails."""
    budget = target.blueprint.budget
    return {"monthly_usd": budget.monthly_usd, "enforce": budget.enforce} if budget else None


def _known(cloud: str, kind: str) -> bool:
    return kind.startswith("groundplan:") or is_free(kind) or kind in PAYS[cloud]


def _parts(
    target: Target, resources: Sequence[Mapping[str, Any]], outputs: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[Row]]:
    """Component to its rows: first its machines, then what its resources cost besides."""
    urns = {(r["type"], r["name"]): r["urn"] for r in resources}
    parts: dict[str, list[Row]] = {}
    for request in requests(target.blueprint):
        build = request.implementation(target.cloud)
        urn = urns[f"groundplan:{target.cloud}:{build.kind()}", request.name]
        label = build.labelled(request.name)
        parts[label] = list(machine_rows(request, urn, outputs[label], target))
    for resource, row in _services(target, resources):
        parts.setdefault(str(resource["component"]), []).append(row)
    return parts


def _services(target: Target, resources: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Row]]:
    cloud, region = str(target.cloud), target.place.region
    sight = Sight(cloud, region, target.blueprint, resources)
    for resource in resources:
        pays = PAYS[cloud].get(resource["type"])
        for line in pays(resource, sight) if pays else ():
            yield resource, of_line(resource["urn"], line, cloud, region)
