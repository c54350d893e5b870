"""From a command's options to the targets they mean."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from blueprints import Blueprint, BlueprintError, Source, load
from components.base import Cloud
from components.catalog import NoRegion, regions
from components.catalog import region as known_region
from components.catalog.nearest import hint
from groundplan.cost.currency import Currency
from groundplan.program import Unfit
from groundplan.target import Target, offline_place, this_month

__all__ = [
    "BadInput",
    "BlueprintPath",
    "CloudName",
    "CurrencyCode",
    "EnvironmentName",
    "MissingExtra",
    "PolicyConfig",
    "Rate",
    "Region",
    "chosen_clouds",
    "chosen_currency",
    "cloud_of",
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

CurrencyCode = Annotated[
    str | None,
    typer.Option("--currency", metavar="CODE", help="Show amounts in it, such as EUR; needs --rate. JSON keeps USD."),
]
Rate = Annotated[float | None, typer.Option("--rate", help="Units of --currency for a US dollar, such as 0.92.")]

PolicyConfig = Annotated[
    Path | None,
    typer.Option(
        "--policy-config", "--config", metavar="FILE", help="The packs' configuration, as for --policy-pack-config."
    ),
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


def cloud_of(region: str, clouds: Sequence[Cloud], option: str) -> Cloud:
    """
    The cloud that has a region.

    Args:
        region: Its name.
        clouds: Those that are asked for.
        option: What named it, for the message.

    Raises:
        BadInput: None of them has it; the message names the nearest regions.
    """
    for cloud in clouds:
        if any(region == each.name for each in regions(cloud)):
            return cloud
    if len(clouds) == 1:
        try:
            known_region(clouds[0], region)
        except NoRegion as wrong:
            raise BadInput(f"{option}: {wrong}") from wrong
    known = [each.name for cloud in clouds for each in regions(cloud)]
    raise BadInput(f"{option}: no cloud has a region '{region}'. {hint(region, known)}")


def chosen_currency(code: str | None, rate: float | None) -> Currency | None:
    """
    The currency that `--currency` and `--rate` mean; None where neither is given, and amounts stay in US dollars.

    Raises:
        BadInput: One without the other, no such code, or no such rate.
    """
    if code is None and rate is None:
        return None
    if code is None or rate is None:
        missing = "--currency, such as --currency EUR" if code is None else "--rate, such as --rate 0.92"
        raise BadInput(f"--currency and --rate go together: no rate is looked up. Add {missing}.")
    if not re.fullmatch(r"[A-Za-z]{3}", code):
        raise BadInput(f"--currency: {code!r} is no code of ISO 4217. Write one such as EUR.")
    if not (math.isfinite(rate) and rate > 0) or (code.upper() == "USD" and rate != 1):
        raise BadInput(f"--rate: {rate:g} {code.upper()} is not what a US dollar is. Write one such as 0.92.")
    return Currency(code.upper(), rate)


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
