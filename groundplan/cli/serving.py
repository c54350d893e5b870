"""`groundplan serving`: which version of a model each endpoint of a stack serves."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from groundplan.cli.console import out
from groundplan.cli.life import Failed, engine, on_the_cloud
from groundplan.cli.options import BlueprintPath, CloudName, EnvironmentName, Region, chosen_clouds, targets
from groundplan.engine.errors import EngineError
from groundplan.serving import NotReadable, Serving, read
from groundplan.target import Target

__all__ = ["register"]


def serving(
    blueprint: BlueprintPath,
    env: EnvironmentName = "dev",
    cloud: CloudName = "aws",
    region: Region = None,
    as_document: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """
    Tell which version each endpoint of a stack serves, as the cloud says now.

    Exit code 1 where an endpoint is between two versions.
    """
    (target,) = targets(blueprint, env, chosen_clouds(cloud)[:1], region)
    found = _read(target)
    if as_document:
        typer.echo(
            json.dumps({"stack": target.stack, "endpoints": {k: v.as_json() for k, v in found.items()}}, indent=2)
        )
    else:
        out.print(_table(target, found))
    return 0 if all(each.settled for each in found.values()) else 1


def _read(target: Target) -> dict[str, Serving]:
    try:
        with on_the_cloud(target, engine()) as stack:
            outputs: dict[str, Any] = {label: output.value for label, output in sorted(stack.outputs().items())}
        wanted = {label: held["endpoint_id"] for label, held in outputs.items() if label.startswith("endpoints/")}
        return {label: read(target.cloud, own) for label, own in wanted.items()}
    except (EngineError, NotReadable) as error:
        raise Failed(str(error)) from error


def _table(target: Target, found: dict[str, Serving]) -> Table:
    table = Table("endpoint", "serves", "traffic", "shadow", "state", title=target.stack, title_justify="left")
    for label, each in found.items():
        shares = ", ".join(f"{version} {share:g}%" for version, share in each.shares.items())
        named = ", ".join(f"{name} {version}" for name, version in each.models.items())
        version = Text(each.version or named or "no version yet", style="" if each.settled else "yellow")
        table.add_row(label, version, shares, each.shadow, each.state)
    return table


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serving)
