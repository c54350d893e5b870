"""Renews the catalogue's price tables from the price feeds of AWS, Google Cloud and Azure, and says what it did."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from groundplan.cost.feeds import Renewal, renew
from groundplan.cost.feeds.aws import PriceList
from groundplan.cost.feeds.azure import RetailPrices
from groundplan.cost.feeds.decision import Decision
from groundplan.cost.feeds.gcp import KEY, Catalog
from groundplan.cost.feeds.mapping import cell
from groundplan.cost.feeds.rate import Feed
from groundplan.cost.feeds.web import Web

DATA = Path(__file__).parent.parent / "components" / "catalog" / "data"
CLOUDS = ("aws", "gcp", "azure")
SHOWN = 20
"""Lines of a kind shown for a table; `--json` has them all."""


def feeds(web: Web, environment: Mapping[str, str]) -> dict[str, Feed]:
    """The feed of each cloud; Google's takes its key from the environment."""
    return {"aws": PriceList(web), "gcp": Catalog(web, environment.get(KEY)), "azure": RetailPrices(web)}


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="scripts/refresh_catalog", description=__doc__)
    parser.add_argument("--cloud", action="append", choices=CLOUDS, help="renew this cloud's tables only; repeatable")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")
    parser.add_argument("--json", action="store_true", help="say it as JSON, price by price")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the tables (default: the catalogue's own)")
    return parser.parse_args(argv)


def main(
    argv: Sequence[str] | None = None,
    web: Web | None = None,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Exit code: 0; 1 where a table had to stay as it is; 2 where the tables cannot be read or written."""
    asked = arguments(argv)
    known = feeds(web or Web(tell=_progress), environment)
    renewals: list[Renewal] = []
    try:
        for cloud in dict.fromkeys(asked.cloud or CLOUDS):
            renewals += renew(cloud, asked.data, known[cloud], _progress, dry=asked.dry_run)
    except (OSError, ValueError) as error:
        print(f"scripts/refresh_catalog: {error}", file=sys.stderr)
        return 2
    print(json.dumps([_document(r) for r in renewals], indent=2) if asked.json else _text(renewals, dry=asked.dry_run))
    return 1 if any(renewal.faults for renewal in renewals) else 0


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _document(renewal: Renewal) -> dict[str, Any]:
    return {
        "table": renewal.table,
        "written": renewal.written,
        "faults": list(renewal.faults),
        "rows_no_feed_has": renewal.untouched,
        "prices": [
            {
                "key": one.key,
                "region": one.region,
                "outcome": one.outcome,
                "before": [None if usd is None else float(usd) for usd in one.before],
                "after": [float(usd) for usd in one.after],
                "spot_before": None if one.spot_before is None else float(one.spot_before),
                "spot_after": None if one.spot_after is None else float(one.spot_after),
                "why": one.why,
            }
            for one in renewal.decisions
        ],
    }


def _text(renewals: Sequence[Renewal], *, dry: bool) -> str:
    return "\n".join(line for renewal in renewals for line in _lines(renewal, dry=dry))


def _lines(renewal: Renewal, *, dry: bool) -> list[str]:
    counts = Counter(one.outcome for one in renewal.decisions)
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("renewed", "unchanged", "kept"))
    head = f"{renewal.table}: {told}; {renewal.untouched} rows are in no feed"
    if renewal.faults:
        return [head, *_some("  stays as it is: ", _together(renewal.faults))]
    state = "  nothing was written: --dry-run" if dry else "  written" if renewal.written else "  nothing to write"
    renewed = [one for one in renewal.decisions if one.outcome == "renewed"]
    kept = Counter(one.why for one in renewal.decisions if one.outcome == "kept")
    reasons = [f"{count} x {why}" if count > 1 else str(why) for why, count in kept.most_common()]
    return [head, state, *_some("  renewed: ", renewed, _change), *_some("  kept: ", reasons)]


def _together(faults: Sequence[str]) -> list[str]:
    """What is wrong, once: several feeds may fail for the same reason, such as a key that is not set."""
    feeds: dict[str, list[str]] = {}
    for fault in faults:
        feed, _, why = fault.partition(": ")
        feeds.setdefault(why, []).append(feed)
    return [
        f"{', '.join(names) if len(names) < SHOWN else f'{len(names)} feeds'}: {why}" for why, names in feeds.items()
    ]


def _some(mark: str, things: Sequence[Any], shown: Callable[[Any], str] = str) -> list[str]:
    more = [f"{mark}and {len(things) - SHOWN} more: --json has them all"] if len(things) > SHOWN else []
    return [mark + shown(thing) for thing in things[:SHOWN]] + more


def _change(one: Decision) -> str:
    text = f"{one.place}: {', '.join(map(_usd, one.before))} -> {', '.join(map(_usd, one.after))}"
    return text if one.spot_after is None else f"{text}; spot {_usd(one.spot_before)} -> {_usd(one.spot_after)}"


def _usd(usd: Decimal | None) -> str:
    return "unknown" if usd is None else cell(usd)


if __name__ == "__main__":
    sys.exit(main())
