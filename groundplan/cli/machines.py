"""`machines`: which machines of which clouds grant a wish, by price, and what to write in a blueprint to get each."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

import typer

from components.base import Cloud
from components.catalog import NoMachine, NoRegion, Wish, default_region, jurisdictions, regions
from components.catalog.wish import Use
from components.units import Count, Quantity, Size
from groundplan.cli.console import err, out
from groundplan.cli.options import BadInput, CloudName, chosen_clouds, cloud_of
from groundplan.cost.need import Need, Precision
from groundplan.cost.offers import Ask, Offer, Where, offers, why_none
from groundplan.report.offer_table import offer_table

__all__ = ["register"]

SCHEMA = "groundplan.machines/1"
EVERYWHERE = "all"
TOKENS = (
    "Tokens/s: the most of one answer, as each token reads every weight of a dense model from the cards' memory; a"
    " server comes to less, and to more for many answers together. Measure yours under your load."
)
Q = TypeVar("Q", bound=Quantity)
Regions = Annotated[
    str | None,
    typer.Option(
        "--region",
        metavar="A,B",
        help="Regions, or jurisdictions such as eu or india, with commas between; or all. By default us.",
    ),
]


def machines(
    accelerator: Annotated[str | None, typer.Option("--accelerator", help="This very accelerator: A100.")] = None,
    count: Annotated[int | None, typer.Option("--count", min=1, max=16, help="Accelerators in one machine.")] = None,
    gpu_memory: Annotated[str | None, typer.Option("--gpu-memory", help="At least so much on each: 40GiB.")] = None,
    cpu: Annotated[float | None, typer.Option("--cpu", min=0, help="At least so many vCPUs.")] = None,
    memory: Annotated[str | None, typer.Option("--memory", help="At least so much main memory: 64GiB.")] = None,
    model_parameters: Annotated[
        str | None, typer.Option("--model-parameters", help="A language model of so many weights fits: 70B.")
    ] = None,
    precision: Annotated[Precision, typer.Option("--precision", help="Of the weights.")] = "bf16",
    tokens_per_second: Annotated[
        float | None,
        typer.Option("--tokens-per-second", help="Of one answer, at least, as far as the cards' memory lets."),
    ] = None,
    max_usd: Annotated[
        float | None, typer.Option("--max-usd", min=0, help="Highest price of an hour, US$; as spot with --spot.")
    ] = None,
    spot: Annotated[bool, typer.Option("--spot", help="Rank by spot prices, where they are known.")] = False,
    use: Annotated[
        Literal["training", "hosting"] | None,
        typer.Option("--use", help="What for; by default training, and hosting with --model-parameters."),
    ] = None,
    cloud: CloudName = "all",
    region: Regions = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most lines of the table.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document, with every machine.")] = False,
) -> int:
    """List the machines that grant a wish, by price, and what to write to get each. Offline."""
    need = _need(model_parameters, precision, tokens_per_second, gpu_memory, use)
    wish = Wish(
        cpu=cpu or None,
        memory_gib=_gib("--memory", memory),
        accelerator=accelerator,
        count=count or 1,
        gpu_memory_gib=_gib("--gpu-memory", gpu_memory),
    )
    ask = Ask(wish, use or ("hosting" if need else "training"), spot, max_usd, need, any_count=count is None)
    _check(ask, count)
    where = _where(region, chosen_clouds(cloud))
    once = region == EVERYWHERE
    try:
        found, many = offers(ask, where, once=once and not as_json, most=None if as_json else limit)
        missing = {f"{c} {r}": why_none(ask, c, r) for c, r in _without(ask, where, once)}
    except NoMachine as unknown:
        raise BadInput(f"--accelerator: {unknown}") from unknown
    if as_json:
        typer.echo(json.dumps(_document(ask, found, missing), indent=2, ensure_ascii=False))
    elif found:
        _show(ask, found, many, once)
    for why in missing.values() if not as_json else ():
        err.print(why, markup=False, highlight=False, soft_wrap=True)
    return 0 if found else 1


def _need(
    parameters: str | None, precision: Precision, tokens: float | None, gpu_memory: str | None, use: Use | None
) -> Need | None:
    if tokens is not None and tokens <= 0:
        raise BadInput(f"--tokens-per-second: {tokens:g} is no speed. Write 30 or so.")
    if parameters is None:
        if tokens is not None:
            raise BadInput("--tokens-per-second is of a model. Add --model-parameters, such as 8B.")
        if precision != "bf16":
            raise BadInput("--precision is of a model. Add --model-parameters, such as 70B.")
        return None
    if gpu_memory:
        raise BadInput("--gpu-memory: --model-parameters says what is needed. Leave one of them out.")
    if use == "training":
        raise BadInput(
            "--model-parameters says what serving a model takes; training takes several times that, by optimizer, batch"
            " and method. Leave --use training out, or write --gpu-memory and --count."
        )
    return Need(_parsed(Count, "--model-parameters", parameters).number, precision, tokens)


def _check(ask: Ask, count: int | None) -> None:
    wish = ask.wish
    if not (wish.is_gpu or wish.cpu or wish.memory_gib or ask.need):
        raise BadInput(
            "machines: nothing is wished for. Write --accelerator A100 --count 8, --gpu-memory 40GiB,"
            " --cpu 4 --memory 16GiB, or --model-parameters 70B."
        )
    if count and count > 1 and not (wish.is_gpu or ask.need):
        raise BadInput("--count is of accelerators. Add --accelerator or --gpu-memory, or leave --count out.")
    if ask.spot and ask.use == "hosting":
        raise BadInput("--spot: no endpoint of a blueprint is on spot machines. Leave it out, or write --use training.")


def _parsed(kind: type[Q], option: str, text: str) -> Q:
    if not re.fullmatch(kind.pattern, text.strip()):
        raise BadInput(f"{option}: {kind.refusal(text)}")
    try:
        return kind.parse(text.strip())
    except ValueError as wrong:
        raise BadInput(f"{option}: {wrong}") from wrong


def _gib(option: str, text: str | None) -> float | None:
    return _parsed(Size, option, text).gib if text else None


def _where(named: str | None, clouds: Sequence[Cloud]) -> list[Where]:
    """
    Clouds and regions to look in.

    Raises:
        BadInput: No cloud that is asked for has a region, or a jurisdiction, of a name.
    """
    if named == EVERYWHERE:
        return [(str(cloud), region.name) for cloud in clouds for region in regions(cloud)]
    if named is None:
        return [(str(cloud), default_region(cloud)) for cloud in clouds]
    names = list(dict.fromkeys(name.strip() for name in named.split(",") if name.strip()))
    found = [pair for name in names for pair in _of_name(name, clouds)]
    if not found:
        raise BadInput("--region: none is named. Write some such as ap-south-1,centralindia, or india.")
    return list(dict.fromkeys(found))


def _of_name(name: str, clouds: Sequence[Cloud]) -> list[Where]:
    """The region of a name, or each cloud's usual one under a law."""
    if not any(name in jurisdictions(cloud) for cloud in Cloud):
        return [(str(cloud_of(name, clouds, "--region")), name)]
    try:
        return [(str(cloud), default_region(cloud, [name])) for cloud in clouds if name in jurisdictions(cloud)] or [
            (str(clouds[0]), default_region(clouds[0], [name]))
        ]
    except NoRegion as wrong:
        raise BadInput(f"--region: {wrong}") from wrong


def _without(ask: Ask, where: Sequence[Where], once: bool) -> list[Where]:
    """Where nothing is offered; of a search everywhere, the usual region of the clouds that offer nothing at all."""
    empty = [place for place in where if not offers(ask, [place], most=0)[1]]
    if not once:
        return empty
    some = {cloud for cloud, _ in where} - {cloud for cloud, _ in set(where) - set(empty)}
    return [(cloud, default_region(cloud)) for cloud in sorted(some)]


def _show(ask: Ask, found: Sequence[Offer], many: int, once: bool) -> None:
    told = [f"For {ask.use}, {ask.need or ask.wish}"]
    if ask.need and ask.wish.accelerator:
        told[0] += f"; on {ask.wish.accelerator}"
    if once:
        told.append("Each machine in its cheapest region; --json has all of them.")
    for line in told:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    out.print(offer_table(found, with_tokens=ask.need is not None))
    notes = [TOKENS] if ask.need else []
    notes += [f"{many - len(found)} more; --limit {many} shows them." if many > len(found) else ""]
    if any(offer.machine.usd_per_hour is None for offer in found):
        notes.append("? : the catalogue has no price of it; it may be dearer than any here.")
    if ask.spot and any(offer.machine.spot_usd_per_hour is None for offer in found):
        notes.append("Spot ?: no list price; it is ranked by its on-demand price, the most that spot costs.")
    for note in filter(None, notes):
        out.print(note, markup=False, highlight=False, soft_wrap=True)


def _document(ask: Ask, found: Sequence[Offer], missing: dict[str, str]) -> dict[str, Any]:
    need = ask.need and {
        "parameters": ask.need.parameters,
        "precision": ask.need.precision,
        "gib": round(ask.need.gib, 3),
        "told": str(ask.need),
        "tokens_per_second": ask.need.tokens_per_second,
    }
    free = ("count",) if ask.need and ask.any_count else ()
    return {
        "schema": SCHEMA,
        "wish": {key: value for key, value in vars(ask.wish).items() if value is not None and key not in free},
        "need": need,
        "use": ask.use,
        "spot": ask.spot,
        "max_usd_per_hour": ask.max_usd,
        "machines": [offer.as_json() for offer in found],
        "missing": missing,
    }


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(machines)
