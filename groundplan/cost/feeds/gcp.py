"""
Google's Cloud Billing Catalog API: the SKUs of a service, in pages, with an API key.

Source: Cloud Billing documentation, "Get Google Cloud pricing information"; reference of `services.skus.list` (v1).
"""

from __future__ import annotations

import urllib.parse
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from groundplan.cost.feeds.rate import Ask, FeedError, Rate, Step, Wanted
from groundplan.cost.feeds.web import Web

__all__ = ["KEY", "Catalog"]

KEY = "GOOGLE_BILLING_API_KEY"
"""Environment variable with an API key of a project where the Cloud Billing API is enabled."""
ROOT = "https://cloudbilling.googleapis.com/v1/services"
PAGE = 5000


class _Money(BaseModel):
    currencyCode: str
    units: int = 0
    nanos: int = 0


class _TierRate(BaseModel):
    startUsageAmount: float = 0
    unitPrice: _Money


class _Expression(BaseModel):
    usageUnit: str = ""
    tieredRates: list[_TierRate] = []


class _PricingInfo(BaseModel):
    effectiveTime: str = ""
    pricingExpression: _Expression


class _Category(BaseModel):
    resourceGroup: str = ""
    usageType: str = ""


class _Sku(BaseModel):
    description: str
    category: _Category
    serviceRegions: list[str] = []
    pricingInfo: list[_PricingInfo] = []


class _Page(BaseModel):
    skus: list[_Sku]
    nextPageToken: str = ""


class Catalog:
    """
    Reads services.

    Args:
        web: To fetch by.
        key: The API key; sent as a header, so that no address holds it.
    """

    def __init__(self, web: Web, key: str | None) -> None:
        self._web = web
        self._key = key

    def __call__(self, ask: Ask, wanted: Wanted) -> tuple[Rate, ...]:
        """
        The rates of a service, in all regions.

        Raises:
            FeedError: There is no key, or a page is missing.
        """
        if not self._key:
            raise FeedError(f"{ask}: Google's price feed wants an API key: set {KEY}")
        skus, token, tokens = [], "", set()
        while not tokens or token:
            if token in tokens:
                raise FeedError(f"{ask}: page {len(tokens) + 1} is one that was read before")
            tokens.add(token)
            page = self._page(ask, token)
            skus += page.skus
            token = page.nextPageToken
            self._web.tell(f"Google {ask}: {len(skus)} SKUs")
        day = max((info.effectiveTime[:10] for sku in skus for info in sku.pricingInfo), default="")
        if not day:
            raise FeedError(f"{ask}: no SKU says since when its price holds")
        return tuple(_rate(ask, sku, day) for sku in skus if sku.pricingInfo and wanted(ask.offer, sku.description))

    def _page(self, ask: Ask, token: str) -> _Page:
        query: dict[str, Any] = {"currencyCode": "USD", "pageSize": PAGE} | ({"pageToken": token} if token else {})
        address = f"{ROOT}/{ask.offer}/skus?{urllib.parse.urlencode(query)}"
        page, _ = self._web.get(address, _Page, {"X-Goog-Api-Key": self._key or ""})
        if not page.skus:
            raise FeedError(f"{ask}: a page has no SKUs")
        return page


def _rate(ask: Ask, sku: _Sku, day: str) -> Rate:
    expression = sku.pricingInfo[-1].pricingExpression
    steps = tuple(sorted(_step(ask, sku, tier) for tier in expression.tieredRates))
    regions, category = frozenset(sku.serviceRegions), sku.category
    unit = expression.usageUnit
    return Rate(ask.offer, category.resourceGroup, category.usageType, sku.description, regions, unit, steps, day)


def _step(ask: Ask, sku: _Sku, tier: _TierRate) -> Step:
    price = tier.unitPrice
    if price.currencyCode != "USD":
        raise FeedError(f"{ask}: {sku.description} is in {price.currencyCode}, not in USD")
    return Decimal(str(tier.startUsageAmount)), Decimal(price.units) + Decimal(price.nanos).scaleb(-9)
