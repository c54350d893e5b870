"""Monthly cost of a stack: machines from the catalogue; what has no price yet is listed, never counted as 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from components.batch import BatchSpec
from components.catalog import Machine, Wish, resolve
from components.clouds.gcp.sharing import shared_runtime
from components.endpoint import EndpointSpec
from components.notebooks import NotebookSpec
from components.training import TrainingSpec, Tuning
from groundplan.cost.free import is_free
from groundplan.program import Request, requests
from groundplan.target import Target

__all__ = ["HOURS_A_MONTH", "Row", "estimate"]

HOURS_A_MONTH = 730  # 365 days x 24 h / 12, as the clouds' own calculators have it
WORKING_HOURS = 160  # of a person in a month: 20 days of 8 hours


@dataclass(frozen=True)
class Row:
    """
    One line of the estimate.

    Attributes:
        urn: Resource that the cost hangs on.
        item: What is paid for.
        quantity: How many units in the expected month.
        unit: Of the quantity, with what it rests on.
        unit_price: USD a unit; None where the catalogue has no price.
        amount: USD in the expected month; None where there is no price.
        low, high: USD in the cheapest and dearest month; the same rule.
        basis: `listed`, `derived` or `unknown`, as the catalogue has it.
        source, date: Where the price is from, and of when.
    """

    urn: str
    item: str
    quantity: float
    unit: str
    unit_price: float | None
    amount: float | None
    low: float | None
    high: float | None
    basis: str
    source: str
    date: str


def _times(quantity: float, price: float | None) -> float | None:
    return None if price is None else round(quantity * price, 2)


def _row(urn: str, sold: Machine, unit: str, hours: tuple[float, float, float], prices: Sequence[float | None]) -> Row:
    """A row of machine hours: (cheapest, expected, dearest) hours, each at its own price."""
    amounts = [_times(h, p) for h, p in zip(hours, prices, strict=True)]
    return Row(
        urn=urn,
        item=sold.name,
        quantity=hours[1],
        unit=unit,
        unit_price=prices[1],
        amount=amounts[1],
        low=amounts[0],
        high=amounts[2],
        basis=sold.basis,
        source=sold.source,
        date=sold.date,
    )


def _training(urn: str, spec: TrainingSpec, sold: Machine) -> Row:
    """One full-length run a month: from none at all to one that falls back to on-demand."""
    hours = spec.nodes * spec.max_run.seconds / 3600
    full = sold.usd_per_hour
    spot = sold.spot_usd_per_hour if spec.spot else None
    unit = f"machine-hour: one run a month of at most {spec.max_run} on {spec.nodes} node(s)"
    return _row(urn, sold, unit, (0, hours, hours), (spot or full, spot or full, full))


def _search(urn: str, spec: TrainingSpec, tuning: Tuning, sold: Machine) -> Row:
    """One search a month, each of its trials as long as a run may be: from none at all to one on demand."""
    hours = tuning.trials * spec.nodes * spec.max_run.seconds / 3600
    full = sold.usd_per_hour
    spot = sold.spot_usd_per_hour if spec.spot else None
    unit = f"machine-hour: one search a month of {tuning.trials} trials, each at most {spec.max_run}"
    unit += f" on {spec.nodes} node(s)"
    return _row(urn, sold, unit, (0, hours, hours), (spot or full, spot or full, full))


def _endpoint(urn: str, spec: EndpointSpec, sold: Machine) -> Row:
    """Replicas all month, at each hour by its bounds: the least, the least, and the most that there may be."""
    apart = len(spec.models) if spec.models and _apart(spec, sold.cloud) else 1
    low, high = (round(apart * bound * HOURS_A_MONTH, 2) for bound in spec.scale.mean_bounds)
    unit = f"machine-hour: {spec.scale.min} to {spec.scale.max} replicas, expected {spec.scale.min}"
    unit += f", other bounds in {', '.join(sorted(spec.scale.schedule))}" if spec.scale.schedule else ""
    unit += f", of each of {apart} models" if apart > 1 else ""
    return _row(urn, sold, unit, (low, low, high), (sold.usd_per_hour,) * 3)


def _apart(spec: EndpointSpec, cloud: str) -> bool:
    """Whether several models share no machine: never on Azure, and on Google Cloud not with every image."""
    return cloud == "azure" or (cloud == "gcp" and not shared_runtime(spec))


def _batch(urn: str, spec: BatchSpec, sold: Machine) -> Row:
    """Every run of the schedule at its full length, or one run a month: from none at all."""
    runs = spec.schedule.a_month if spec.schedule else 1
    hours = runs * spec.replicas * spec.max_run.seconds / 3600
    spot = sold.spot_usd_per_hour if spec.spot and sold.cloud == "azure" else None  # no other has it for batch
    unit = f"machine-hour: {runs:g} run(s) a month of at most {spec.max_run} on {spec.replicas} machine(s)"
    full = sold.usd_per_hour
    return _row(urn, sold, unit, (0, hours, hours), (spot or full, spot or full, full))


def _notebooks(urn: str, spec: NotebookSpec, sold: Machine) -> Row:
    """Machines in use at work: from none of them to all of them at all times. Their disks are not in it."""
    users = len(spec.users)
    unit = f"machine-hour: {users} user(s), expected {WORKING_HOURS} hours a month"
    hours = (0, users * WORKING_HOURS, users * HOURS_A_MONTH)
    return _row(urn, sold, unit, hours, (sold.usd_per_hour,) * 3)


def _rows(request: Request, urn: str, result: Mapping[str, Any], target: Target) -> Iterator[Row]:
    """Rows of one component, for the machine that it came to."""

    def sold(use: Literal["training", "hosting"], *, spot: bool = False) -> Machine:
        return resolve(Wish(machine_type=result["machine"]), target.cloud, target.place.region, use, spot=spot)

    if isinstance(request.spec, TrainingSpec):
        machine = sold("training", spot=request.spec.spot is not None)
        yield _training(urn, request.spec, machine)
        if request.spec.tuning:
            yield _search(urn, request.spec, request.spec.tuning, machine)
    elif isinstance(request.spec, EndpointSpec) and result["machine"]:  # a serverless one may have none
        yield _endpoint(urn, request.spec, sold("hosting"))
    elif isinstance(request.spec, BatchSpec):
        trained = target.cloud == "azure"  # a job of Azure ML, where the others have a job that serves
        yield _batch(urn, request.spec, sold("training" if trained else "hosting", spot=trained and request.spec.spot))
    elif isinstance(request.spec, NotebookSpec):
        yield _notebooks(urn, request.spec, sold("training"))


def _total(rows: Sequence[Row]) -> dict[str, float]:
    return {
        "min": round(sum(r.low or 0 for r in rows), 2),
        "expected": round(sum(r.amount or 0 for r in rows), 2),
        "max": round(sum(r.high or 0 for r in rows), 2),
    }


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
    urns = {(r["type"], r["name"]): r["urn"] for r in resources}
    parts: list[tuple[str, list[Row]]] = []
    idle = 0.0
    for request in requests(target.blueprint):
        build = request.implementation(target.cloud)
        urn = urns[f"groundplan:{target.cloud}:{build.kind()}", request.name]
        label = build.labelled(request.name)
        rows = list(_rows(request, urn, outputs[label], target))
        parts.append((label, rows))
        if isinstance(request.spec, EndpointSpec):
            idle += sum(r.low or 0 for r in rows)
    everything = [row for _, rows in parts for row in rows]
    unpriced = [{"urn": r.urn, "item": r.item} for r in everything if r.amount is None]
    unpriced += [
        {"urn": r["urn"], "item": r["type"]}
        for r in resources
        if not r["type"].startswith("groundplan:") and not is_free(r["type"])
    ]
    return {
        "currency": "USD",
        "monthly": _total(everything),
        "idle_monthly": round(idle, 2),
        "unknown": unpriced,
        "components": [
            {"name": name, "monthly": _total(rows), "rows": [asdict(row) for row in rows]} for name, rows in parts
        ],
    }
