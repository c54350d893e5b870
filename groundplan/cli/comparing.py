"""`compare`: the clouds, or regions, side by side: what each would have, what it costs, and what drives that."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from blueprints import BlueprintError, Source, load
from components.base import Cloud
from groundplan.cli.console import err, out
from groundplan.cli.looking import HtmlFile, JsonFlag, Month, Strict, judgement, made, planned, write_page
from groundplan.cli.options import (
    BadInput,
    BlueprintPath,
    CloudName,
    CurrencyCode,
    EnvironmentName,
    Rate,
    chosen_clouds,
    chosen_currency,
    cloud_of,
    stacks_of,
    targets,
)
from groundplan.cost.currency import Currency, in_currency, with_currency
from groundplan.cost.drivers import drivers
from groundplan.plan import document
from groundplan.plan.parallel import side_by_side
from groundplan.report import tables
from groundplan.report.side_by_side import regions_table
from groundplan.target import Target

__all__ = ["register"]

SCHEMA = "groundplan.compare/1"
Plan = dict[str, Any]
Regions = Annotated[
    str | None,
    typer.Option("--regions", metavar="A,B", help="Regions side by side, of any cloud, with commas between."),
]


def compare(
    blueprint: BlueprintPath,
    env: EnvironmentName = "dev",
    cloud: CloudName = "all",
    regions: Regions = None,
    month: Month = None,
    currency: CurrencyCode = None,
    rate: Rate = None,
    as_json: JsonFlag = False,
    html: HtmlFile = None,
    strict: Strict = False,
) -> int:
    """Show the clouds, or regions, side by side: resources, parity, cost, and what drives it."""
    money, clouds = chosen_currency(currency, rate), chosen_clouds(cloud)
    if regions is None:
        wanted = targets(blueprint, env, clouds, month=month)
        plans, refused = made(wanted), []
    else:
        wanted = _in_regions(load(blueprint), env, clouds, regions, month)
        plans, refused = _tried(wanted)
    shown = [in_currency(each, money) for each in plans]
    if html and plans:
        write_page(shown, html)
    if as_json:
        typer.echo(document.dumps(_by_region(plans, refused, money) if regions else _by_cloud(plans, money)), nl=False)
    elif plans:
        out.print(regions_table(shown) if regions else tables.compare_table(shown))
    _tell(refused)
    return (judgement(plans, strict) if plans else 2) or (1 if refused else 0)


def _in_regions(
    source: Source, environment: str, clouds: Sequence[Cloud], named: str, month: str | None
) -> list[Target]:
    """
    A stack for each region, on the cloud that has it.

    Raises:
        BadInput: No cloud that was asked for has it, or data may not lie there.
    """
    names = list(dict.fromkeys(name.strip() for name in named.split(",") if name.strip()))
    if not names:
        raise BadInput("--regions: none is named. Write some such as eu-west-1,centralindia.")
    return [stacks_of(source, environment, [cloud_of(name, clouds, "--regions")], name, month)[0] for name in names]


def _plan_or_why(target: Target) -> Plan | BlueprintError:
    try:
        return planned(document.plan, target)
    except BlueprintError as error:
        return error


def _tried(wanted: Sequence[Target]) -> tuple[list[Plan], list[tuple[Target, BlueprintError]]]:
    """The plans of the regions that have all that is asked for, and why the others have not."""
    many = max(2, os.cpu_count() or 1)  # at a time: each is a process
    batches = [wanted[start : start + many] for start in range(0, len(wanted), many)]
    tried = [result for batch in batches for result in side_by_side(_plan_or_why, batch)]
    found = list(zip(wanted, tried, strict=True))
    plans = [made for _, made in found if not isinstance(made, BlueprintError)]
    return plans, [(target, why) for target, why in found if isinstance(why, BlueprintError)]


def _tell(refused: Sequence[tuple[Target, BlueprintError]]) -> None:
    for target, error in refused:
        for problem in error.problems:
            err.print(f"{target.place.region}: {problem}", markup=False, highlight=False, soft_wrap=True)


def _column(plan: Mapping[str, Any]) -> dict[str, Any]:
    """What a document has of one stack."""
    cost = plan["cost"]
    return {
        "region": plan["region"],
        "resources": sum(not r["type"].startswith("groundplan:") for r in plan["resources"]),
        "components": dict(sorted(Counter(r["component"] for r in plan["resources"] if r["parent"]).items())),
        "parity": dict(Counter(line["support"] for line in plan["parity"] if line["needed"])),
        "monthly": cost["monthly"],
        "unpriced": len(cost["unknown"]),
        "costs": {part["name"]: part["monthly"] for part in cost["components"]},
        **({"converted": cost["converted"]} if "converted" in cost else {}),
    }


def _head(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {"schema": SCHEMA, "blueprint": plan["blueprint"], "environment": plan["environment"]}


def _by_cloud(plans: Sequence[Plan], money: Currency | None) -> dict[str, Any]:
    """The clouds side by side, `groundplan.compare/1`."""
    columns = {plan["cloud"]: _column(with_currency(plan, money)) for plan in plans}
    return {**_head(plans[0]), "clouds": columns, "drivers": [each.as_json() for each in drivers(plans)]}


def _by_region(
    plans: Sequence[Plan], refused: Sequence[tuple[Target, BlueprintError]], money: Currency | None
) -> dict[str, Any]:
    """The same by region, and why a region can't have the stack."""
    columns = {p["region"]: {"cloud": p["cloud"], **_column(with_currency(p, money))} for p in plans}
    return {
        **(_head(plans[0]) if plans else {"schema": SCHEMA}),
        "regions": columns,
        "refused": {target.place.region: [p.as_json() for p in error.problems] for target, error in refused},
        "drivers": [each.as_json() for each in drivers(plans)],
    }


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)
