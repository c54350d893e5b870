"""`ci`: what the working tree does to the stacks of a git base, for a pull request."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from components.base import Cloud
from groundplan.ci.base import NoBase, Repository, opened
from groundplan.ci.changes import changes, environments
from groundplan.ci.comment import comment
from groundplan.ci.junit import junit
from groundplan.ci.links import linked
from groundplan.ci.report import Report, report
from groundplan.ci.sarif import sarif
from groundplan.cli.checking import chosen_rules
from groundplan.cli.console import err
from groundplan.cli.looking import made
from groundplan.cli.options import BadInput, CloudName, PolicyConfig, chosen_clouds, require_sdk, write
from groundplan.plan import document
from groundplan.target import Target, this_month
from policies.configuration import BadConfiguration, Configuration, read

__all__ = ["register"]

OutFile = Path | None


def ci(
    blueprints: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[BLUEPRINT]...", help="Blueprint files; by default every one that differs."),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option("--base", metavar="REF", help="Branch, tag or commit; by default origin/main, main or HEAD."),
    ] = None,
    env: Annotated[str | None, typer.Option("--env", "-e", help="Only this environment.")] = None,
    cloud: CloudName = "all",
    config: PolicyConfig = None,
    comment_file: Annotated[
        OutFile, typer.Option("--comment", metavar="FILE", help="Write the comment, Markdown; - prints it.")
    ] = None,
    sarif_file: Annotated[OutFile, typer.Option("--sarif", metavar="FILE", help="Write SARIF 2.1.0.")] = None,
    junit_file: Annotated[OutFile, typer.Option("--junit", metavar="FILE", help="Write JUnit XML.")] = None,
    as_document: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    url_base: Annotated[
        str | None,
        typer.Option("--url-base", metavar="URL", help="What links to files begin with; by default as the CI says."),
    ] = None,
    only_new: Annotated[
        bool, typer.Option("--only-new", help="Fail on violations that the base does not have, and on no other.")
    ] = False,
) -> int:
    """Say what the working tree changes in stacks, cost and violations, against a git base. Offline."""
    on_stdout = str(comment_file) == "-" or not (comment_file or sarif_file or junit_file or as_document)
    if as_document and on_stdout:
        raise BadInput("--json and --comment - both print. Give --comment a file.")
    clouds = chosen_clouds(cloud)
    require_sdk(clouds)
    try:
        found = _found(opened(Path(), base), blueprints or (), env, clouds, read(config), only_new)
    except (NoBase, BadConfiguration) as wrong:
        raise BadInput(str(wrong)) from wrong
    text = comment(found, linked(url_base, os.environ))
    if on_stdout:
        typer.echo(text, nl=False)
    elif comment_file:
        write("--comment", comment_file, text)
    if sarif_file:
        write("--sarif", sarif_file, json.dumps(sarif(found), indent=2, ensure_ascii=False) + "\n")
    if junit_file:
        write("--junit", junit_file, junit(found))
    if as_document:
        typer.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    _tell(found)
    return found.code


def _found(
    repository: Repository,
    files: Sequence[Path],
    env: str | None,
    clouds: Sequence[Cloud],
    configuration: Configuration,
    only_new: bool,
) -> Report:
    named = repository.named(files)
    for name in named:
        if not repository.exists(name) and not repository.was_blueprint(name):
            repository.now(name)  # raises, and says which file is meant
    differing = changes(repository, named, env, clouds, this_month())
    if env and not (differing.stacks or differing.broken):
        _require(env, environments(repository, named))
    return report(repository, differing, _plan, chosen_rules(None), configuration, only_new)


def _plan(target: Target) -> dict[str, Any]:
    return made([target], document.unjudged)[0]


def _require(env: str, known: Sequence[str]) -> None:
    """Nothing has changed in the environment: make sure that there is one of that name."""
    if known and env not in known:
        near = difflib.get_close_matches(env, known, 1) or [f"one of {', '.join(known)}"]
        raise BadInput(f"--env: no blueprint here has an environment {env!r}. Write {near[0]}.")


def _tell(found: Report) -> None:
    """One line, and the errors, for who reads the job's log."""
    for broken in found.broken:
        for problem in broken.problems:
            err.print(str(problem), markup=False, highlight=False, soft_wrap=True)
    words = [
        f"{len(found.stacks)} stack(s) differ from {found.repository.ref}",
        f"{sum(len(stack.of('new')) for stack in found.stacks)} new violation(s)",
        f"{sum(len(stack.gating(found.only_new)) for stack in found.stacks)} mandatory that fail",
    ]
    err.print(", ".join(words), markup=False, highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(ci)
