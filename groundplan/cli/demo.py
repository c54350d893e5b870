"""`scripts/demo`: the product from one end to the other, with no account."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from components.base import Cloud
from groundplan.cli.checking import show
from groundplan.cli.console import out
from groundplan.cli.life import Failed, engine, perform, sandboxed, show_left_over, show_outputs, told
from groundplan.cli.looking import by_environment, made, write_page
from groundplan.cli.options import targets
from groundplan.engine.errors import EngineError
from groundplan.policy.subjects import of_plan
from groundplan.policy.verdict import verdict
from groundplan.report import tables
from policies.configuration import Configuration
from policies.pack import rules

__all__ = ["register"]

PAGE = Path("out") / "fraud-detection.html"


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)


def _head(text: str) -> None:
    out.print()
    out.rule(text, align="left")


def demo(
    bring_up: Annotated[bool, typer.Option("--up/--no-up", help="Bring the stack up in emulated clouds too.")] = True,
    clouds: Annotated[list[Cloud] | None, typer.Option("--cloud", help="Clouds to bring it up on.")] = None,
) -> int:
    """Plan fraud-detection on three clouds; bring it up and down again in emulated ones."""
    blueprint = Path(str(files("blueprints").joinpath("fraud-detection.yaml")))
    stacks = targets(blueprint, "prod", list(Cloud))
    _head("Plan: one blueprint, three clouds")
    plans = made(stacks)
    for plan in plans:
        out.print(tables.plan_table(plan))
    _head("Parity: what each cloud makes of it")
    out.print(tables.parity_table(plans))
    _head("Cost a month")
    out.print(tables.cost_table(plans))
    _head("Verdict of the policy packs")
    show([verdict(of_plan(p), rules(), Configuration(), t.origin) for p, t in zip(plans, stacks, strict=True)], rules())
    write_page(plans, PAGE, by_environment(stacks, plans))
    if not bring_up:
        return 0
    try:
        found = engine()
    except Failed as error:
        _say(str(error))
        return 0
    _say(f"engine: Pulumi {found.version}")
    for target in targets(blueprint, "dev", clouds or list(Cloud)):
        _head(f"Up and down in the sandbox: {target.stack}")
        with TemporaryDirectory(prefix="groundplan-demo-") as state:
            try:
                with sandboxed(target, found, Path(state)) as stack:
                    done = perform("up", lambda n, s=stack: s.up(n.hear))
                    _say(f"up: {told(done.summary)}")
                    show_outputs({k: "[secret]" if v.secret else v.value for k, v in sorted(done.outputs.items())})
                    again = perform("preview", lambda n, s=stack: s.preview(n.hear))
                    _say(f"second preview: {told(again.summary)}")
                    gone = perform("destroy", lambda n, s=stack: s.destroy(n.hear))
                    _say(f"destroy: {told(gone.summary)}")
                show_left_over(target, Path(state))
            except EngineError as error:
                raise Failed(str(error)) from error
    return 0


def register(app: typer.Typer) -> None:
    """Add the command; it is for `scripts/demo`, so the help does not list it."""
    app.command(hidden=True)(demo)
