"""Renews the price tables of a cloud from its feed, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from groundplan.cost.feeds import machines, services
from groundplan.cost.feeds.decision import Decision, faults
from groundplan.cost.feeds.draft import Draft
from groundplan.cost.feeds.mapping import Rule, rules
from groundplan.cost.feeds.quote import Quoter, quoter
from groundplan.cost.feeds.rate import Answer, Answers, Ask, Feed, FeedError
from groundplan.cost.feeds.table import Row, Table, prune, read, write

__all__ = ["Renewal", "renew"]

FEEDS = {
    "aws": "AWS Price List Bulk API, offer {offer}: on-demand prices of the offer's files by region",
    "gcp": "Google Cloud Billing Catalog API, service {offer}: list prices; SOURCES.md says how a row is derived",
    "azure": "Azure Retail Prices API, service {offer}: consumption prices; the date is that of the answer",
}


@dataclass(frozen=True)
class Renewal:
    """
    What became of a table.

    Attributes:
        table: Its name.
        decisions: One a price that the feed was asked for.
        untouched: Rows that no feed is asked about.
        faults: Why it stays as it is; empty where it may be written.
        written: Whether its file is another one now.
    """

    table: str
    decisions: tuple[Decision, ...]
    untouched: int
    faults: tuple[str, ...]
    written: bool


@dataclass(frozen=True)
class _Plan:
    table: Table
    asks: set[Ask]
    draft: Callable[[Answers], Draft]


def renew(cloud: str, data: Path, feed: Feed, tell: Callable[[str], None], *, dry: bool = False) -> list[Renewal]:
    """
    Renews `prices_<cloud>.csv` and `services_<cloud>.csv`.

    Args:
        cloud: Whose tables.
        data: Folder of the catalogue's tables.
        feed: Answers an ask, or raises `FeedError`.
        tell: Is told what is being asked.
        dry: Decide, but write nothing.

    Raises:
        ValueError: A table or `feeds.csv` is not well-formed.
    """
    known, quotes = rules(data / "feeds.csv", cloud), quoter(cloud, data)
    plans = _plans(cloud, data, known, quotes)
    answers = _answers(feed, sorted(set().union(*(plan.asks for plan in plans))), known, quotes, tell)
    return [_renewal(cloud, data, plan, answers, dry=dry) for plan in plans]


def _plans(cloud: str, data: Path, known: dict[str, Rule], quotes: Quoter) -> list[_Plan]:
    prices, others = read(data / f"prices_{cloud}.csv"), read(data / f"services_{cloud}.csv")
    return [
        _Plan(prices, machines.needed(prices, quotes), lambda a: machines.draft(cloud, prices, quotes, a)),
        _Plan(others, services.needed(cloud, others, known), lambda a: services.draft(cloud, others, known, a)),
    ]


def _answers(
    feed: Feed, asks: list[Ask], known: dict[str, Rule], quotes: Quoter, tell: Callable[[str], None]
) -> dict[Ask, Answer]:
    @cache  # a file has a million rows, and few meters
    def wanted(offer: str, meter: str) -> bool:
        of = (rule.meter for rule in known.values() if rule.offer == offer)
        return quotes.wanted(offer, meter) or any(each.fullmatch(meter) for each in of)

    found: dict[Ask, Answer] = {}
    for turn, ask in enumerate(asks, 1):
        tell(f"{turn} of {len(asks)}: {ask}")
        try:
            found[ask] = feed(ask, wanted)
        except FeedError as error:
            found[ask] = error
    return found


def _renewal(cloud: str, data: Path, plan: _Plan, answers: Answers, *, dry: bool) -> Renewal:
    made = plan.draft(answers)
    failed = list(dict.fromkeys(str(answers[ask]) for ask in sorted(plan.asks) if isinstance(answers[ask], FeedError)))
    wrong = failed or faults(made.decisions)
    differs = made.rows != list(plan.table.rows)
    if differs and not wrong and not dry:
        _write(cloud, data, plan.table, made)
    written = differs and not wrong and not dry
    return Renewal(plan.table.name, tuple(made.decisions), made.untouched, tuple(wrong), written)


def _write(cloud: str, data: Path, table: Table, made: Draft) -> None:
    """New sources first and old ones out last, so that every row names a source at any moment."""
    sources = read(data / "sources.csv")
    known = {row["source"] for row in sources.rows}
    write(sources, [*sources.rows, *_new(cloud, known, sorted(made.sources))])
    write(table, made.rows)
    sources = read(data / "sources.csv")
    write(sources, prune(sources))


def _new(cloud: str, known: set[str], named: Iterable[tuple[str, str, str]]) -> Iterator[Row]:
    for name, offer, day in named:
        if name not in known:
            yield {"source": name, "date": day, "licence": "facts", "what": FEEDS[cloud].format(offer=offer)}
