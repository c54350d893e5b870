"""Which machines are offered for a wish: by price, the unknown last, each with what a blueprint must say to get it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ruamel.yaml import YAML

from components.catalog import Wish, candidates, default_region, regions, resolve
from components.fields import Machine
from components.machine import wish as as_wish
from groundplan.cost.need import Need
from groundplan.cost.offers import Ask, offers, why_none

CLOUDS = ("aws", "gcp", "azure")
USUAL = [(cloud, default_region(cloud)) for cloud in CLOUDS]
INDIA = [("aws", "ap-south-1"), ("azure", "centralindia"), ("gcp", "asia-south1")]
ASKS = {
    "card": Ask(Wish(accelerator="A100", count=8), "training"),
    "memory": Ask(Wish(gpu_memory_gib=24), "hosting"),
    "size": Ask(Wish(cpu=4, memory_gib=16), "training"),
    "spot": Ask(Wish(cpu=8), "training", spot=True),
    "model": Ask(Wish(), "hosting", need=Need(8_000_000_000, "int8"), any_count=True),
}


@pytest.mark.parametrize("where", [USUAL, INDIA], ids=["us", "india"])
@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_what_is_offered_is_what_one_gets(ask, where):
    """
    The YAML of every offer is a blueprint's machine, and a stack of it in that region comes to that very machine.
    """
    found, many = offers(ask, where)

    assert many == len(found) >= 1
    for offer in found:
        (section,) = YAML(typ="safe").load(offer.yaml).values()
        asked = as_wish(Machine.model_validate(section))
        sold = offer.machine
        assert sold == resolve(asked, sold.cloud, sold.region, ask.use, ask.spot)
        assert offer.named == ("type" in section)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_the_cheapest_comes_first_and_the_unknown_last(ask):
    """
    No unknown price is a low one.
    """
    everywhere = [(cloud, region.name) for cloud in CLOUDS for region in regions(cloud)]
    prices = [offer.price for offer in offers(ask, everywhere, once=True)[0]]

    known = [price for price in prices if price is not None]
    assert sorted(known) == prices[: len(known)]
    assert all(price > 0 for price in known)


def test_a_cap_holds_the_price_that_counts():
    """
    Twenty dollars as spot is another list than twenty dollars on demand; what has no price is in neither.
    """
    wish = Wish(accelerator="A100", count=4)
    full = offers(Ask(wish, "training", max_usd=16), USUAL)[0]
    spot = offers(Ask(wish, "training", spot=True, max_usd=16), USUAL)[0]

    assert all(offer.machine.usd_per_hour and offer.machine.usd_per_hour <= 16 for offer in full)
    assert all(offer.price is not None and offer.price <= 16 for offer in spot)
    assert len(spot) > len(full)


@pytest.mark.parametrize(
    ("precision", "gib"), [("bf16", 156.462), ("int8", 78.231), ("int4", 39.116)], ids=["bf16", "int8", "int4"]
)
def test_a_model_fits_on_the_cards_of_its_machine_together(precision, gib):
    """
    70 billion weights, 1.2 times their bytes; on as many cards as it takes, or on as many as are said.
    """
    need = Need(70_000_000_000, precision)
    free = offers(Ask(Wish(), "hosting", need=need, any_count=True), USUAL)[0]
    two = offers(Ask(Wish(count=2), "hosting", need=need), USUAL)[0]

    assert pytest.approx(gib, abs=0.001) == need.gib
    for offer in (*free, *two):
        assert (offer.machine.gpu_memory_gib or 0) * offer.machine.accelerator_count >= need.gib
    assert {2} == {offer.machine.accelerator_count for offer in two}
    assert {offer.machine.name for offer in two} < {offer.machine.name for offer in free}


def test_an_answer_comes_no_faster_than_the_cards_read_the_weights():
    """
    70 GB of weights are read 48 times a second by a card of 3,350 GB/s; what is slower, or not known, is not offered.
    """
    need = Need(70_000_000_000, "int8")
    free = {o.machine.name: o for o in offers(Ask(Wish(), "hosting", need=need, any_count=True), USUAL)[0]}
    fast = Ask(Wish(), "hosting", need=replace(need, tokens_per_second=48), any_count=True)
    found = {o.machine.name: o for o in offers(fast, USUAL)[0]}

    assert pytest.approx(3350 / 70) == free["a3-highgpu-1g"].most_tokens
    assert pytest.approx(8 * 864 / 70) == free["ml.g6e.48xlarge"].most_tokens
    assert {name for name, o in free.items() if (o.most_tokens or 0) >= 48} == set(found)
    assert "a3-highgpu-1g" not in found
    assert "Standard_NC24ads_A100_v4" in free


def test_a_card_whose_bandwidth_nobody_tells_is_not_said_to_be_fast():
    """
    It is offered where no speed is asked for, without a figure, and not where one is.
    """
    need = Need(8_000_000_000, "int8")
    card = Wish(accelerator="RTX-PRO-6000")
    asks = [Ask(card, "hosting", need=replace(need, tokens_per_second=wanted)) for wanted in (None, 1)]
    free, fast = (offers(ask, [("gcp", region.name) for region in regions("gcp")])[0] for ask in asks)

    assert free
    assert {None} == {offer.most_tokens for offer in free}
    assert [] == fast


def test_each_machine_is_once_in_its_cheapest_region():
    """
    Of a search in all regions a reader sees a machine once, where it costs least.
    """
    everywhere = [("aws", region.name) for region in regions("aws")]
    ask = Ask(Wish(accelerator="T4"), "training")
    names = [offer.machine.name for offer in offers(ask, everywhere, once=True)[0]]
    cheapest = offers(ask, everywhere, once=True, most=1)[0][0]

    assert len(names) == len(set(names)) > 1
    every = [m.usd_per_hour for _, r in everywhere for m in candidates(ask.wish, "aws", r, "training")]
    assert cheapest.price == min(filter(None, every))


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (Ask(Wish(accelerator="B300", count=8), "training"), "nearest:"),
        (Ask(Wish(accelerator="T4"), "training", max_usd=0.01), "the cheapest is T4"),
        (Ask(Wish(), "hosting", need=Need(10**13), any_count=True), "the largest is"),
        (Ask(Wish(), "hosting", need=Need(10**10, "int4", 9e5), any_count=True), "the fastest writes"),
    ],
    ids=["card", "cap", "model", "tokens"],
)
def test_where_nothing_is_offered_the_reason_says_what_is_nearest(ask, said):
    """
    An empty list is no answer.
    """
    assert said in why_none(ask, "azure", "centralindia")
