"""`check` and `explain`: what the policy packs say of a blueprint, a plan or a stack, and what a rule is for."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from blueprints import load
from groundplan.cli.console import err, out
from groundplan.cli.looking import made
from groundplan.cli.options import BadInput, CloudName, PolicyConfig, chosen_clouds, stacks_of
from groundplan.plan import document
from groundplan.policy.explain import explained
from groundplan.policy.subjects import NotReadable, Subject, of_plan, read_plans, read_state
from groundplan.policy.verdict import Verdict, as_json, verdict
from policies.configuration import BadConfiguration, Configuration, read
from policies.judge import WORST_FIRST
from policies.pack import PACKS, rule, rules
from policies.rule import Rule

__all__ = ["judged", "register"]

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Packs = Annotated[list[str] | None, typer.Option("--pack", help=f"Only this pack; again for more: {', '.join(PACKS)}.")]


def chosen_rules(packs: Sequence[str] | None) -> tuple[Rule, ...]:
    """
    Rules of the packs that are named, or all.

    Raises:
        BadInput: There is no such pack.
    """
    for name in packs or ():
        if name not in PACKS:
            near = difflib.get_close_matches(name, PACKS, 1)
            raise BadInput(f"--pack: {name!r} is no pack. Write {near[0] if near else 'one of ' + ', '.join(PACKS)}.")
    return rules(*(packs or ()))


def judged(
    files: Sequence[Path], env: str | None, cloud: str, wanted: Sequence[Rule], config: Configuration
) -> list[Verdict]:
    """
    The verdicts on blueprints, each in every environment that is asked for, on every cloud.

    Raises:
        BlueprintError: A blueprint has errors, or a cloud can't grant a wish of it.
    """
    found: list[Verdict] = []
    for file in files:
        source = load(file)
        environments = [env] if env else source.environments or ("dev",)
        stacks = [t for name in environments for t in stacks_of(source, name, chosen_clouds(cloud))]
        for target, plan in zip(stacks, made(stacks, document.unjudged), strict=True):
            found.append(verdict(of_plan(plan), wanted, config, target.origin))
    return found


def check(
    blueprints: Annotated[
        list[Path] | None, typer.Argument(metavar="[BLUEPRINT]...", help="Blueprint files, planned offline.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="What `groundplan plan --json` printed.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="FILE", help="What `pulumi stack export` printed, of any stack.")
    ] = None,
    env: Annotated[
        str | None, typer.Option("--env", "-e", help="Environment; by default every one of the blueprint.")
    ] = None,
    cloud: CloudName = "all",
    packs: Packs = None,
    config: PolicyConfig = None,
    as_document: JsonFlag = False,
) -> int:
    """Say what the policy packs find: in blueprints, a plan, or the state of any stack. Nothing is touched."""
    if sum(map(bool, (blueprints, plan, state))) != 1:
        raise BadInput("check: name blueprints, or --plan FILE, or --state FILE.")
    wanted = chosen_rules(packs)
    try:
        settings = read(config)
        if blueprints:
            verdicts = judged(blueprints, env, cloud, wanted, settings)
        else:
            subjects = read_plans(plan) if plan else [read_state(state)] if state else []
            verdicts = [verdict(_named(subject, env), wanted, settings) for subject in subjects]
    except (NotReadable, BadConfiguration) as wrong:
        raise BadInput(str(wrong)) from wrong
    if as_document:
        typer.echo(json.dumps(as_json(verdicts), indent=2, ensure_ascii=False))
    else:
        show(verdicts, wanted)
    return 1 if any(each.fails for each in verdicts) else 0


def _named(subject: Subject, env: str | None) -> Subject:
    return replace(subject, environment=env) if env else subject


def show(verdicts: Sequence[Verdict], wanted: Sequence[Rule]) -> None:
    """The findings, worst first, and a line that sums them up."""
    for each in verdicts:
        for line in told(each):
            out.print(line, soft_wrap=True)
    counts = Counter("waived" if f.waived else str(f.level) for each in verdicts for f in each.findings)
    resources = sum(len(each.subject.resources) for each in verdicts)
    summed = ", ".join(f"{counts[level]} {level}" for level in ("mandatory", "advisory", "waived") if counts[level])
    err.print(
        f"{len(verdicts)} stack(s), {resources} resources, {len(wanted)} rules: {summed or 'nothing found'}",
        markup=False,
        highlight=False,
    )


def told(each: Verdict) -> Iterator[Text]:
    """A verdict's findings, worst first, a few lines each."""
    for finding in sorted(
        each.findings, key=lambda f: (bool(f.waived), not f.fails, WORST_FIRST.index(f.severity), f.rule)
    ):
        place = each.place(finding)
        where = f"{place['file']}:{place['line']}: " if place else ""
        level = "waived" if finding.waived else str(finding.level)
        colour = {"mandatory": "bold red", "advisory": "yellow", "waived": "dim"}[level]
        line = Text(f"{where}{each.subject.stack}: ")
        line.append(f"{finding.rule} {level} ({finding.severity})", style=colour)
        subject = " ".join(part for part in (finding.component, finding.name) if part)
        line.append(f": {subject + ': ' if subject else ''}{finding.message}. {finding.fix}")
        if finding.waived:
            line.append(f" Waived {finding.waived.held}")
        yield line


def explain(
    name: Annotated[str | None, typer.Argument(metavar="[RULE]", help="Id of a rule, such as GP-SEC-001.")] = None,
    packs: Packs = None,
    as_document: JsonFlag = False,
) -> None:
    """Show what a rule demands, why, how to keep it, and what passes and fails; without a rule, list them all."""
    if name is None:
        return _listed(chosen_rules(packs), as_document)
    try:
        found = rule(name)
    except KeyError:
        known = [r.id for r in rules()]
        near = difflib.get_close_matches(name.upper(), known, 1, 0.5) or known[:1]
        raise BadInput(f"{name!r} is no rule. Write one such as {near[0]}; `groundplan explain` lists all.") from None
    told_of = explained(found)
    if as_document:
        typer.echo(json.dumps(told_of, indent=2, ensure_ascii=False))
        return None
    out.print(told_of["text"], markup=False, highlight=False, soft_wrap=True)
    return None


def _listed(wanted: Sequence[Rule], as_document: bool) -> None:
    if as_document:
        typer.echo(json.dumps([explained(each) for each in wanted], indent=2, ensure_ascii=False))
        return
    table = Table("rule", "severity", "level", "demand", title=f"{len(wanted)} rules")
    for each in wanted:
        table.add_row(each.id, each.severity.value, str(each.level), each.demand)
    out.print(table)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(check)
    app.command()(explain)
