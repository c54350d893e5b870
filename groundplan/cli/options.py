"""From a command's options to the targets they mean."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from blueprints import Blueprint, BlueprintError, Source, load
from components.base import Cloud
from components.catalog import NoRegion
from groundplan.program import Unfit
from groundplan.target import Target, offline_place, this_month

__all__ = [
    "BadInput",
    "BlueprintPath",
    "CloudName",
    "EnvironmentName",
    "MissingExtra",
    "Region",
    "chosen_clouds",
    "placed",
    "require_sdk",
    "stacks_of",
    "targets",
    "write",
]

SDKS = {Cloud.AWS: "pulumi_aws", Cloud.GCP: "pulumi_gcp", Cloud.AZURE: "pulumi_azure_native"}

BlueprintPath = Annotated[Path, typer.Argument(metavar="BLUEPRINT", help="The blueprint's YAML file.")]
EnvironmentName = Annotated[str, typer.Option("--env", "-e", help="Environment of the blueprint.")]
CloudName = Annotated[str, typer.Option("--cloud", "-c", help="aws, gcp, azure or all.")]
Region = Annotated[
    str | None, typer.Option("--region", help="Region; by default the cloud's first within the blueprint's residency.")
]


class BadInput(ValueError):
    """What was asked for can't be: the message says what to write instead."""


class MissingExtra(ImportError):
    """A cloud's SDK is not installed."""


def require_sdk(clouds: Iterable[Cloud]) -> None:
    """
    Make sure that the clouds' SDKs can be imported.

    Raises:
        MissingExtra: One is not installed; the message is the command that installs it.
    """
    for cloud in clouds:
        if find_spec(SDKS[cloud]) is None:
            raise MissingExtra(
                f"{cloud}: its SDK {SDKS[cloud].replace('_', '-')} is not installed."
                f" Run: pip install 'groundplan[{cloud}]' (in a checkout: uv sync --extra {cloud})"
            )


def chosen_clouds(name: str) -> list[Cloud]:
    """
    The clouds that a `--cloud` option means.

    Raises:
        BadInput: There is no such cloud.
    """
    if name == "all":
        return list(Cloud)
    if name in list(Cloud):
        return [Cloud(name)]
    near = difflib.get_close_matches(name.lower(), [*Cloud, "all"], 1, 0.5)
    hint = f" Write {near[0]}." if near else ""
    raise BadInput(f"--cloud: {name!r} is not one of aws, gcp, azure, all.{hint}")


def _target(source: Source, environment: str, cloud: Cloud, region: str | None, month: str) -> Target:
    blueprint: Blueprint = source.resolve(environment, cloud)
    try:
        place = offline_place(cloud, list(blueprint.data.residency), region)
    except NoRegion as wrong:
        raise BadInput(f"--region: {wrong}") from wrong
    return Target(source, blueprint, environment, cloud, place, month)


def targets(
    path: Path, environment: str, clouds: list[Cloud], region: str | None = None, month: str | None = None
) -> list[Target]:
    """
    The stacks that the options mean, for an offline plan.

    Raises:
        BlueprintError: The blueprint has errors; all of them are told.
        BadInput: No such region.
        MissingExtra: A cloud's SDK is not installed.
    """
    return stacks_of(load(path), environment, clouds, region, month)


def stacks_of(
    source: Source, environment: str, clouds: list[Cloud], region: str | None = None, month: str | None = None
) -> list[Target]:
    """The same of a blueprint that is read already. Raises as `targets`."""
    if region and len(clouds) > 1:
        raise BadInput("--region: regions are one cloud's own. Name the cloud too, such as --cloud aws.")
    if month and not re.fullmatch(r"20\d\d-(?:0[1-9]|1[0-2])", month):
        raise BadInput(f"--month: {month!r} is not a month. Write one such as 2026-11.")
    found = [_target(source, environment, cloud, region, month or this_month()) for cloud in clouds]
    require_sdk(clouds)
    return found


def write(option: str, file: Path, text: str) -> None:
    """
    Write a file that an option names, and its folder where there is none.

    Raises:
        BadInput: It can't be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as wrong:
        raise BadInput(
            f"{option}: {file} can't be written: {wrong.strerror}. Name a file in a folder of yours."
        ) from wrong


def placed(target: Target, wish: Unfit) -> BlueprintError:
    """The error that shows an unfit wish where the blueprint makes it."""
    problem = target.source.problem(target.environment, target.cloud, wish.path, str(wish))
    return BlueprintError([problem])
