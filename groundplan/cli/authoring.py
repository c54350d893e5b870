"""`init`, `validate`, `show`, `schema` and `stack`: writing a blueprint and where it goes."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from blueprints import BlueprintError, load, show
from blueprints.schema import schema as json_schema
from components.base import Cloud
from groundplan.ci import workflows
from groundplan.cli.console import err, out
from groundplan.cli.options import BadInput, BlueprintPath, CloudName, EnvironmentName, chosen_clouds, targets
from groundplan.configuration import stack_file

__all__ = ["register"]

EXAMPLES = ("minimal", "fraud-detection", "demand-forecast", "vision-inspection", "recommender", "llm-assistant")


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Blueprint to write.")] = Path("blueprint.yaml"),
    like: Annotated[str, typer.Option("--like", help=f"Example to start from: {', '.join(EXAMPLES)}.")] = "minimal",
    ci: Annotated[
        str | None,
        typer.Option("--ci", help=f"Write a pipeline for pull requests instead: {', '.join(workflows.SERVICES)}."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write a blueprint to start from and the schema that lets an editor complete it, or a pipeline."""
    if ci is not None:
        return _init_ci(ci, force)
    if like not in EXAMPLES:
        raise BadInput(f"--like: {like!r} is not an example. Write one of {', '.join(EXAMPLES)}.")
    if file.exists() and not force:
        raise BadInput(f"{file} exists. Name another file, or add --force to overwrite it.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(files("blueprints").joinpath(f"{like}.yaml").read_text("utf-8"), encoding="utf-8")
        (file.parent / "schema.json").write_text(_schema_text(), encoding="utf-8")
    except OSError as wrong:
        raise BadInput(f"{file} can't be written: {wrong.strerror}. Name a file in a folder of yours.") from wrong
    out.print(f"wrote {file} and {file.parent / 'schema.json'}", markup=False, highlight=False, soft_wrap=True)
    out.print(f"next: groundplan plan {file} --env dev", markup=False, highlight=False, soft_wrap=True)
    return None


def _init_ci(service: str, force: bool) -> None:
    if service not in workflows.SERVICES:
        raise BadInput(f"--ci: {service!r} is not known. Write one of {', '.join(workflows.SERVICES)}.")
    try:
        written, left = workflows.write(service, Path(), force)
    except workflows.Exists as wrong:
        raise BadInput(str(wrong)) from wrong
    except OSError as wrong:
        raise BadInput(
            f"--ci: {wrong.filename} can't be written: {wrong.strerror}. Run it in a folder of yours."
        ) from wrong
    out.print(f"wrote {' and '.join(map(str, written))}", markup=False, highlight=False, soft_wrap=True)
    if left:
        out.print(left, markup=False, highlight=False, soft_wrap=True)


def _schema_text() -> str:
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> None:
    """Print the JSON Schema of blueprints."""
    typer.echo(_schema_text(), nl=False)


def validate(
    blueprints: Annotated[list[Path], typer.Argument(metavar="BLUEPRINT...", help="Blueprint files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
) -> int:
    """Check blueprints in every environment and on every cloud; tell all errors at once."""
    problems = [problem for path in blueprints for problem in _problems(path)]
    if as_json:
        typer.echo(json.dumps({"problems": [p.as_json() for p in problems]}, indent=2, ensure_ascii=False))
    else:
        for problem in problems:
            err.print(str(problem), markup=False, highlight=False, soft_wrap=True)
        if not problems:
            out.print(f"{len(blueprints)} blueprint(s) good", markup=False, highlight=False)
    return 2 if problems else 0


def _problems(path: Path) -> list:
    try:
        return load(path).check()
    except BlueprintError as error:
        return list(error.problems)


def show_(
    blueprint: BlueprintPath,
    env: EnvironmentName = "dev",
    cloud: Annotated[str, typer.Option("--cloud", "-c", help="Apply this cloud's overrides too.")] = "aws",
) -> None:
    """Print the blueprint of one environment with every default filled in."""
    (chosen,) = chosen_clouds(cloud) if cloud != "all" else (Cloud.AWS,)
    typer.echo(show(load(blueprint).resolve(env, chosen)), nl=False)


def stack(
    blueprint: BlueprintPath,
    env: EnvironmentName = "dev",
    cloud: CloudName = "all",
    folder: Annotated[Path, typer.Option("--folder", help="Where stack files are kept.")] = Path("stacks"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite files.")] = False,
) -> None:
    """Write the configuration files of a blueprint's stacks, for `pulumi up -s <blueprint>-<environment>-<cloud>`."""
    for target in targets(blueprint, env, chosen_clouds(cloud)):
        file = folder / f"Pulumi.{target.stack}.yaml"
        if file.exists() and not force:
            raise BadInput(f"{file} exists. Add --force to overwrite it.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file.write_text(stack_file(target, blueprint), encoding="utf-8")
        except OSError as wrong:
            raise BadInput(f"{file} can't be written: {wrong.strerror}. Name another --folder.") from wrong
        out.print(f"wrote {file}: set your own ids in it", markup=False, highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(init)
    app.command()(validate)
    app.command("show")(show_)
    app.command()(schema)
    app.command()(stack)
