"""Renews `prices_<cloud>.csv`: an hour of each machine of the managed services."""

from __future__ import annotations

from decimal import Decimal

from groundplan.cost.feeds.decision import Decision
from groundplan.cost.feeds.draft import Draft
from groundplan.cost.feeds.mapping import Why, cell
from groundplan.cost.feeds.quote import Quote, Quoter
from groundplan.cost.feeds.rate import Answers, Ask
from groundplan.cost.feeds.table import Row, Table, is_fed, source

__all__ = ["draft", "needed"]


def needed(table: Table, quoter: Quoter) -> set[Ask]:
    """What the table has to be told by the feed."""
    return {ask for row in table.rows for ask in quoter.asks(row["key"], row["region"])}


def draft(cloud: str, table: Table, quoter: Quoter, answers: Answers) -> Draft:
    """The table as the answers would have it; machines that no rule speaks of stay."""
    made = Draft()
    for row in table.rows:
        if not quoter.asks(row["key"], row["region"]):
            made.untouched += 1
            made.rows.append(row)
            continue
        found = quoter.quote(row["key"], row["region"], answers)
        made.decisions.append(_decide(row, found))
        made.rows.append(row if isinstance(found, Why) else _renewed(cloud, row, found, made))
    return made


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _decide(row: Row, found: Quote | Why) -> Decision:
    key, region, before = row["key"], row["region"], (_number(row["usd_per_hour"]),)
    spot, fed = _number(row["spot_usd_per_hour"]), is_fed(row["source"])
    if isinstance(found, Why):
        return Decision(key, region, "kept", before, fed=fed, why=found)
    same = before == (found.usd,) and found.spot in {None, spot}
    outcome = "unchanged" if same else "renewed"
    return Decision(key, region, outcome, before, (found.usd,), fed, spot_before=spot, spot_after=found.spot)


def _renewed(cloud: str, row: Row, found: Quote, made: Draft) -> Row:
    name = source(cloud, found.offer, found.day)
    made.sources.add((name, found.offer, found.day))
    usd = _written(row["usd_per_hour"], found.usd)
    return row | {"usd_per_hour": usd, "spot_usd_per_hour": _spot(row, found), "basis": found.basis, "source": name}


def _written(cell_before: str, number: Decimal) -> str:
    return cell_before if _number(cell_before) == number else cell(number)


def _spot(row: Row, found: Quote) -> str:
    """The feed's, or where it has none the same share of the price as before."""
    spot, usd = _number(row["spot_usd_per_hour"]), _number(row["usd_per_hour"])
    if found.spot is not None:
        return _written(row["spot_usd_per_hour"], found.spot)
    if spot is None or not usd or usd == found.usd:
        return row["spot_usd_per_hour"]
    return cell(round(spot / usd * found.usd, 6))
