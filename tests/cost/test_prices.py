"""Prices of services: tiers, regions, and what nobody knows."""

import csv
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalog.services import EVERYWHERE, Price, Tier, price, services
from components.catalog.tables import sources

CLOUDS = ("aws", "gcp", "azure")
MENU = [(cloud, item) for cloud in CLOUDS for item in sorted(services(cloud))]
HERE = {"aws": "us-east-1", "gcp": "us-central1", "azure": "westeurope"}


def table(cloud: str) -> list[dict[str, str]]:
    """The rows as they are in the file."""
    text = (files("components.catalog") / "data" / f"services_{cloud}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_price_says_where_it_is_from(cloud):
    """
    A figure has a source with a licence and what it is; a row without one is unknown, and has no figure.
    """
    known = sources()
    for row in table(cloud):
        assert (row["usd"] == "") == (row["basis"] == "unknown"), row
        assert row["basis"] in ("listed", "derived", "unknown"), row
        if row["usd"]:
            assert float(row["usd"]) >= 0, row
            assert known[row["source"]].licence, row
            assert known[row["source"]].what, row


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_price_is_there_once(cloud):
    """
    No item has two prices for the same units of the same region; and one that holds everywhere has no other.
    """
    keys = [(row["item"], row["region"], float(row["from"])) for row in table(cloud)]
    assert len(keys) == len(set(keys))
    everywhere = {item for item, region, _ in keys if region == EVERYWHERE}
    assert not everywhere & {item for item, region, _ in keys if region != EVERYWHERE}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_tiers_begin_with_the_first_unit(cloud):
    """
    Whatever the quantity, some tier has it.
    """
    for item in services(cloud):
        for region in {row["region"] for row in table(cloud) if row["item"] == item}:
            assert 0 == price(cloud, item, region).tiers[0].start, (item, region)


@given(st.sampled_from(MENU), st.floats(0, 1e7), st.floats(0, 1e7))
def test_more_never_costs_less(item, one, other):
    """
    The amount grows with the quantity, and nothing costs nothing.
    """
    cloud, name = item
    of = price(cloud, name, HERE[cloud])
    amounts = [of.amount(quantity) for quantity in sorted((one, other))]

    assert of.amount(0) == 0
    known = [amount for amount in amounts if amount is not None]
    assert known == sorted(known)


def test_each_unit_is_paid_at_the_price_of_its_tier():
    """
    60 TB of S3 in us-east-1: 50 TB at 0.023 and 10 TB at 0.022 USD.
    """
    storage = price("aws", "s3-standard-storage", "us-east-1")

    assert storage.amount(61_440) == pytest.approx(51_200 * 0.023 + 10_240 * 0.022)
    assert 0.022 == storage.at(61_440).usd
    assert 0.023 == storage.at(10).usd


def test_an_unknown_price_is_no_price():
    """
    A region that no source tells of, and a tier that nobody knows, have no amount; a known tier below it has.
    """
    assert price("aws", "s3-standard-storage", "af-south-1").amount(1) is None
    tiers = (Tier(0, 0.1, "listed", None, ""), Tier(10, None, "unknown", None, ""))
    partly = Price("aws", "x", "r", "GB", tiers)
    assert (partly.amount(10), partly.amount(11)) == (1.0, None)


def test_a_quantity_below_none_is_refused():
    """
    It would take money off a total.
    """
    with pytest.raises(ValueError, match="less than none"):
        price("aws", "s3-standard-storage", "us-east-1").amount(-1)
