"""Reads the clouds' public price feeds and renews the catalogue's price tables from them."""

from groundplan.cost.feeds.rate import Answers, Ask, FeedError, Rate
from groundplan.cost.feeds.renew import Renewal, renew

__all__ = ["Answers", "Ask", "FeedError", "Rate", "Renewal", "renew"]
