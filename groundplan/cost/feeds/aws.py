"""
The AWS Price List Bulk API: offer index, region index of an offer, and the offer's file of a region as CSV.

Source: AWS Billing user guide, "Reading the price list files" and "Reading the service price list file for an AWS
service". The file of AmazonEC2 has some hundred megabytes a region, so it is read row by row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from pydantic import BaseModel

from groundplan.cost.feeds.rate import Ask, FeedError, Rate, Wanted
from groundplan.cost.feeds.web import Web

__all__ = ["PriceList", "without_region"]

ROOT = "https://pricing.us-east-1.amazonaws.com"
INDEX = "/offers/v1.0/aws/index.json"
ELSEWHERE = frozenset({"AWS Local Zone", "AWS Wavelength Zone", "AWS Outposts"})
"""Location types whose prices are not the region's."""
_REGION = re.compile(r"^(?:EU|[A-Z]{3}\d|[a-z]{2}(?:-[a-z]+)+-\d)-")
COLUMNS = ("SKU", "TermType", "StartingRange", "Unit", "PricePerUnit", "Currency", "Product Family", "Location Type",
           "usageType", "operation")  # fmt: skip


class _Offer(BaseModel):
    currentRegionIndexUrl: str | None = None  # the feed's own word


class _Index(BaseModel):
    offers: dict[str, _Offer]


class _Region(BaseModel):
    currentVersionUrl: str


class _Regions(BaseModel):
    regions: dict[str, _Region]


def without_region(usage_type: str) -> str:
    """`EUC1-Requests-Tier1` as `Requests-Tier1`: us-east-1 mostly has no prefix, KMS has the region's full name."""
    return _REGION.sub("", usage_type, count=1)


class PriceList:
    """Reads offers; the indices once."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._offers: dict[str, _Offer] | None = None
        self._regions: dict[str, dict[str, _Region]] = {}

    def __call__(self, ask: Ask, wanted: Wanted) -> tuple[Rate, ...]:
        """
        The on-demand rates of an offer in a region.

        Raises:
            FeedError: The offer or the region is not in the feed, or its file is not whole.
        """
        address = ROOT + self._file(ask)
        with self._web.stream(address) as (body, _):
            text = io.TextIOWrapper(body, encoding="utf-8", newline="")
            return tuple(_rates(ask, _rows(ask, text), wanted))

    def _file(self, ask: Ask) -> str:
        if self._offers is None:
            self._offers = self._web.get(ROOT + INDEX, _Index)[0].offers
        offer = self._offers.get(ask.offer)
        if offer is None or not offer.currentRegionIndexUrl:
            raise FeedError(f"{ask.offer}: the offer index has no such offer with files by region")
        if ask.offer not in self._regions:
            self._regions[ask.offer] = self._web.get(ROOT + offer.currentRegionIndexUrl, _Regions)[0].regions
        found = self._regions[ask.offer].get(ask.region)
        if found is None:
            raise FeedError(f"{ask.offer}: the region index has no {ask.region}")
        return found.currentVersionUrl.removesuffix(".json") + ".csv"


def _rows(ask: Ask, text: io.TextIOWrapper) -> Iterator[dict[str, str]]:
    """The rows of a file, each with the publication day of its head."""
    lines = csv.reader(text, strict=True)
    head: dict[str, str] = {}
    columns: list[str] = []
    for line in lines:
        if line[:1] == ["SKU"]:
            columns = line
            break
        head |= dict([line]) if len(line) == 2 else {}
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        raise FeedError(f"{ask}: the file has no column {', '.join(missing)}")
    if head.get("OfferCode") != ask.offer or not head.get("Publication Date"):
        raise FeedError(f"{ask}: the file is of {head.get('OfferCode')!r}, published {head.get('Publication Date')!r}")
    try:
        for line in lines:
            if len(line) != len(columns):
                raise FeedError(f"{ask}: line {lines.line_num} of the file ends early")
            yield dict(zip(columns, line, strict=True)) | {"day": head["Publication Date"][:10]}
    except (csv.Error, UnicodeDecodeError) as error:
        raise FeedError(f"{ask}: line {lines.line_num} of the file: {error}") from None


def _rates(ask: Ask, rows: Iterator[dict[str, str]], wanted: Wanted) -> list[Rate]:
    found: dict[str, Rate] = {}
    seen = 0
    for seen, row in enumerate(rows, 1):  # noqa: B007 - counted
        meter = without_region(row["usageType"])
        if row["TermType"] != "OnDemand" or row["Location Type"] in ELSEWHERE or not wanted(ask.offer, meter):
            continue
        rate = _rate(ask, row, meter)
        known = found.get(row["SKU"])
        found[row["SKU"]] = replace(known, steps=tuple(sorted(known.steps + rate.steps))) if known else rate
    if not seen:
        raise FeedError(f"{ask}: the file has no rows")
    return list(found.values())


def _rate(ask: Ask, row: dict[str, str], meter: str) -> Rate:
    if row["Currency"] != "USD":
        raise FeedError(f"{ask}: {meter} is in {row['Currency']}, not in USD")
    try:
        step = (Decimal(row["StartingRange"] or 0), Decimal(row["PricePerUnit"]))
    except InvalidOperation:
        raise FeedError(f"{ask}: {meter} has the price {row['PricePerUnit']!r}") from None
    family, kind = row["Product Family"], row["operation"]
    return Rate(ask.offer, family, kind, meter, frozenset({ask.region}), row["Unit"], (step,), row["day"])
