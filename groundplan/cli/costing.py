"""`cost`: what a stack costs a month, and how that figure comes about."""

from __future__ import annotations

from typing import Annotated

import typer

from groundplan.cli.console import out
from groundplan.cli.looking import JsonFlag, made
from groundplan.cli.options import (
    BlueprintPath,
    CloudName,
    CurrencyCode,
    EnvironmentName,
    Rate,
    Region,
    chosen_clouds,
    chosen_currency,
    targets,
)
from groundplan.cost.currency import in_currency, with_currency
from groundplan.plan import document
from groundplan.report import costs

__all__ = ["register"]

Explain = Annotated[bool, typer.Option("--explain", help="Show every line: quantity, unit price, source, date.")]


def cost(
    blueprint: BlueprintPath,
    env: EnvironmentName = "dev",
    cloud: CloudName = "all",
    region: Region = None,
    explain: Explain = False,
    currency: CurrencyCode = None,
    rate: Rate = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what a month costs: lowest, expected, highest, idle. No account, network or engine."""
    money = chosen_currency(currency, rate)
    plans = made(targets(blueprint, env, chosen_clouds(cloud), region), document.unjudged)
    if as_json:
        documents = [with_currency(each, money) for each in plans]
        told = [{key: p[key] for key in ("blueprint", "environment", "cloud", "region", "cost")} for p in documents]
        typer.echo(document.dumps(told if cloud == "all" else told[0]), nl=False)
        return
    for each in (in_currency(plan, money) for plan in plans):
        out.print(costs.explained(each) if explain else costs.month(each))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(cost)
