"""`plan`: what would be built, what it costs and what each cloud makes of it; nothing is touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from blueprints import BlueprintError
from groundplan.cli.console import err, out
from groundplan.cli.options import (
    BlueprintPath,
    CloudName,
    CurrencyCode,
    EnvironmentName,
    Rate,
    Region,
    chosen_clouds,
    chosen_currency,
    placed,
    targets,
    write,
)
from groundplan.cost.currency import in_currency, with_currency
from groundplan.plan import document
from groundplan.plan.parallel import side_by_side
from groundplan.program import Unfit
from groundplan.report import page, tables
from groundplan.target import Target

__all__ = [
    "HtmlFile",
    "JsonFlag",
    "Month",
    "Planner",
    "Strict",
    "by_environment",
    "judgement",
    "made",
    "planned",
    "register",
    "unkept",
    "write_page",
]

Planner = Callable[[Target], dict[str, Any]]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document (a list where the cloud is `all`).")]
HtmlFile = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a self-contained page.")]
Strict = Annotated[bool, typer.Option("--strict", help="Fail where the blueprint needs a substitute or a gap.")]
Month = Annotated[
    str | None,
    typer.Option("--month", help="First month of the budget, YYYY-MM; by default this one.", metavar="YYYY-MM"),
]
Full = Annotated[bool, typer.Option("--full", help="List every resource.")]


def planned(make: Planner, target: Target) -> dict[str, Any]:
    """
    The plan of one target.

    Raises:
        BlueprintError: The cloud can't grant a wish, or honour a demand, of the blueprint.
    """
    refused = [line for line in document.parity(target) if line.refused]
    if refused:
        paths = document.askers(target, refused[0])
        raise placed(target, Unfit(paths, f"{target.cloud} can't: {refused[0].reason}."))
    try:
        return make(target)
    except Unfit as wish:
        raise placed(target, wish) from wish


def made(wanted: Sequence[Target], make: Planner = document.plan) -> list[dict[str, Any]]:
    """
    The plans of some targets, in their order; several are planned at the same time.

    Args:
        wanted: The targets.
        make: Makes one plan; `document.unjudged` where the caller judges by settings of its own.

    Raises:
        BlueprintError: A cloud can't grant a wish, or honour a demand, of the blueprint.
    """
    return side_by_side(partial(planned, make), wanted)


def unkept(plans: Sequence[dict[str, Any]]) -> list[str]:
    """What `--strict` refuses: needed features that a cloud does not have natively, a line each."""
    return [
        f"{line['cloud']}: {line['capability']}: {line['feature']}: {line['support']}"
        + (f" ({line['by']})" if line["by"] else "")
        + f": {line['reason']}"
        for plan in plans
        for line in plan["parity"]
        if line["needed"] and line["support"] != "native"
    ]


def write_page(plans: Sequence[dict[str, Any]], file: Path, environments: Sequence[dict[str, Any]] = ()) -> None:
    """Write the plans as a page, beside what each environment costs, and say where it is."""
    write("--html", file, page.render(plans, environments))
    err.print(f"page: {file}", markup=False, highlight=False, soft_wrap=True)


def by_environment(stacks: Sequence[Target], plans: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    The plans of some stacks in every environment, in the blueprint's order.

    One that can't be planned is told, and left out.

    Args:
        stacks: Of one environment.
        plans: Theirs.
    """
    source, own = stacks[0].source, stacks[0].environment
    found: list[dict[str, Any]] = []
    for environment in source.environments:
        if environment == own:
            found += plans
            continue
        try:
            others = [
                replace(t, environment=environment, blueprint=source.resolve(environment, t.cloud)) for t in stacks
            ]
            found += made(others, document.unjudged)
        except BlueprintError as refused:
            first = refused.problems[0]
            err.print(f"page: no cost of {environment}: {first}", markup=False, highlight=False, soft_wrap=True)
    return found


def _told(plan: dict[str, Any], finding: dict[str, Any]) -> str:
    level = "waived" if finding["waived"] else finding["level"]
    subject = ".".join(part for part in (finding["urn"].rpartition("::")[2], finding["property"]) if part)
    place = finding.get("blueprint")
    where = f"{place['file']}:{place['line']}" if place else ""
    parts = (where, f"{plan['cloud']}: {finding['rule']} {level}", finding["component"], subject, finding["message"])
    return ": ".join(part for part in parts if part)


def judgement(plans: Sequence[dict[str, Any]], strict: bool) -> int:
    """Exit code: 1 where a cloud would refuse something, a mandatory rule is broken, or strict mode refuses."""
    for plan in plans:
        for finding in plan["findings"]:
            err.print(_told(plan, finding), markup=False, highlight=False, soft_wrap=True)
    findings = [f for plan in plans for f in plan["findings"] if f["level"] == "mandatory" and not f["waived"]]
    gaps = unkept(plans) if strict else []
    if gaps:
        err.print("--strict: not native, and the blueprint needs it:", markup=False, highlight=False)
        for gap in gaps:
            err.print(f"  {gap}", markup=False, highlight=False, soft_wrap=True)
    return 1 if findings or gaps else 0


def plan(
    blueprint: BlueprintPath,
    env: EnvironmentName = "dev",
    cloud: CloudName = "all",
    region: Region = None,
    month: Month = None,
    currency: CurrencyCode = None,
    rate: Rate = None,
    as_json: JsonFlag = False,
    html: HtmlFile = None,
    strict: Strict = False,
    full: Full = False,
) -> int:
    """Show what would be built: resources, parity, cost. No account, network or engine."""
    money = chosen_currency(currency, rate)
    wanted = targets(blueprint, env, chosen_clouds(cloud), region, month)
    plans = made(wanted)
    shown = [in_currency(each, money) for each in plans]
    if html:
        write_page(shown, html, [in_currency(each, money) for each in by_environment(wanted, plans)])
    if as_json:
        documents = [with_currency(each, money) for each in plans]
        typer.echo(document.dumps(documents if cloud == "all" else documents[0]), nl=False)
    else:
        for each in shown:
            out.print(tables.plan_table(each, full=full))
        out.print(tables.parity_table(shown))
        out.print(tables.cost_table(shown))
    return judgement(plans, strict)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(plan)
