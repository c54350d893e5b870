"""
Azure's Retail Prices API: the meters of a service, filtered by OData, in pages that each name the next.

Source: Microsoft Learn, "Azure Retail Prices overview" (api-version 2023-01-01-preview). The feed has no publication
date, it is what holds when it is asked: its day is that of the answer.
"""

from __future__ import annotations

import urllib.parse
from collections import defaultdict
from decimal import Decimal
from email.utils import parsedate_to_datetime

from pydantic import BaseModel

from groundplan.cost.feeds.rate import GLOBAL, Ask, FeedError, Rate, Step, Wanted
from groundplan.cost.feeds.web import Web

__all__ = ["RetailPrices"]

ROOT = "https://prices.azure.com/api/retail/prices"
VERSION = "2023-01-01-preview"


class _Item(BaseModel):
    currencyCode: str
    tierMinimumUnits: Decimal = Decimal(0)
    retailPrice: Decimal
    armRegionName: str = ""
    productName: str
    skuName: str
    meterName: str
    unitOfMeasure: str
    type: str
    effectiveStartDate: str = ""
    armSkuName: str | None = ""

    def key(self) -> tuple[str, ...]:
        """What the steps of one price share."""
        region, sku = self.armRegionName, self.armSkuName or ""
        return self.productName, self.skuName, self.meterName, region, self.unitOfMeasure, sku


class _Page(BaseModel):
    Items: list[_Item]
    NextPageLink: str | None
    Count: int


class RetailPrices:
    """Reads services by region, or one size of machine in all regions."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def __call__(self, ask: Ask, wanted: Wanted) -> tuple[Rate, ...]:
        """
        The consumption rates that an ask takes in.

        Raises:
            FeedError: A page is missing.
        """
        query = {"api-version": VERSION, "$filter": _filter(ask)}
        address: str | None = f"{ROOT}?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}"
        items: list[_Item] = []
        day = ""
        while address:
            page, date = self._web.get(address, _Page)
            items += page.Items
            _check(ask, page, len(items))
            day = day or _day(ask, date)
            address = page.NextPageLink
            self._web.tell(f"Azure {ask}: {len(items)} prices")
        return tuple(_rates(ask, [i for i in items if wanted(ask.offer, i.meterName)], day))


def _filter(ask: Ask) -> str:
    terms = {"serviceName": ask.offer, "priceType": "Consumption"}
    terms |= {"armRegionName": ask.region} if ask.region else {}
    terms |= {"armSkuName": ask.sku} if ask.sku else {}
    return " and ".join(f"{name} eq '{value}'" for name, value in terms.items())


def _check(ask: Ask, page: _Page, seen: int) -> None:
    if page.Count != len(page.Items):
        raise FeedError(f"{ask}: a page of {page.Count} prices has {len(page.Items)}")
    if not page.NextPageLink:
        return
    skip = urllib.parse.parse_qs(urllib.parse.urlsplit(page.NextPageLink).query).get("$skip")
    if not page.Items or (skip and skip != [str(seen)]):
        raise FeedError(f"{ask}: after {seen} prices the next page begins at {skip[0] if skip else 'no place'}")


def _day(ask: Ask, date: str) -> str:
    try:
        return parsedate_to_datetime(date).date().isoformat()
    except ValueError:
        raise FeedError(f"{ask}: the answer says no date") from None


def _rates(ask: Ask, items: list[_Item], day: str) -> list[Rate]:
    steps: dict[tuple[str, ...], set[Step]] = defaultdict(set)
    for item in items:
        if item.type != "Consumption" or item.effectiveStartDate[:10] > day:
            continue
        if item.currencyCode != "USD":
            raise FeedError(f"{ask}: {item.meterName} is in {item.currencyCode}, not in USD")
        steps[item.key()].add((item.tierMinimumUnits, item.retailPrice))
    return [_rate(ask, key, tuple(sorted(found)), day) for key, found in steps.items()]


def _rate(ask: Ask, key: tuple[str, ...], steps: tuple[Step, ...], day: str) -> Rate:
    product, kind, meter, region, unit, sku = key
    regions = frozenset({GLOBAL if region in {"", "Global"} else region})
    return Rate(ask.offer, product, kind, meter, regions, unit, steps, day, sku)
