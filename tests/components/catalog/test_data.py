"""What every row of the catalogue keeps: it is unique, sourced, and honest about what is unknown."""

import re
from collections import Counter

import pytest

from components.catalog import accelerators, machines, regions, source, sources
from components.catalog.machines import kinds
from components.catalog.tables import rows

CLOUDS = ("aws", "gcp", "azure")
SHIPPABLE = {"Apache-2.0", "MIT", "MIT-0", "CC-BY-4.0", "facts"}  # single figures that were read belong to nobody


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_machine_has_one_price_row_a_region(cloud):
    """
    No machine is priced twice in a region, and each row is of a known machine and a known region.
    """
    table = rows(f"prices_{cloud}")
    twice = [key for key, n in Counter((r["key"], r["region"]) for r in table).items() if n > 1]

    assert [] == twice
    assert {r["key"] for r in table} <= set(kinds(cloud))
    assert {r["region"] for r in table} <= {r.name for r in regions(cloud)}


def test_a_machine_is_described_once():
    """
    No row of machines.csv repeats another, and no name without specs repeats a machine with them.
    """
    keys = [(r["cloud"], r["key"]) for r in rows("machines")]
    bare = [(r["cloud"], r["machine_type"]) for r in rows("names")]

    assert len(keys) == len(set(keys))
    assert len(bare) == len(set(bare))
    assert not {(r["cloud"], r["machine_type"]) for r in rows("machines")} & set(bare)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_price_is_absent_exactly_where_it_is_unknown(cloud):
    """
    An unknown price is never a number, least of all 0.
    """
    for row in rows(f"prices_{cloud}"):
        assert row["basis"] in {"listed", "derived", "unknown"}, row
        assert (row["basis"] == "unknown") == (row["usd_per_hour"] == ""), row
        assert row["usd_per_hour"] == "" or float(row["usd_per_hour"]) > 0.01, row


@pytest.mark.parametrize("cloud", CLOUDS)
def test_spot_is_cheaper_than_on_demand(cloud):
    """
    A spot price at or above the on-demand one is a mistake of its source.
    """
    for row in rows(f"prices_{cloud}"):
        if row["spot_usd_per_hour"] and row["usd_per_hour"]:
            assert 0 < float(row["spot_usd_per_hour"]) < float(row["usd_per_hour"]), row


@pytest.mark.parametrize(
    ("cloud", "region"),
    [
        ("aws", "us-east-1"),
        ("aws", "eu-west-1"),
        ("gcp", "us-central1"),
        ("gcp", "europe-west4"),
        ("azure", "eastus"),
        ("azure", "westeurope"),
    ],
)
def test_a_bigger_machine_of_a_family_costs_more(cloud, region):
    """
    In one series, more cards, vCPUs and memory never cost less.
    """
    sold = [m for m in machines(cloud, region) if m.usd_per_hour is not None]
    pairs = [(a, b) for a in sold for b in sold if _series(a) == _series(b) and _is_smaller(a, b)]

    assert len(pairs) > 30
    assert [] == [(a, b) for a, b in pairs if (a.usd_per_hour or 0) >= (b.usd_per_hour or 0)]


def _series(machine):
    size = r"\.[^.]+$" if machine.cloud == "aws" else r"-\d+g?$" if machine.cloud == "gcp" else r"(?<=[A-Z])\d+"
    return re.sub(size, "", machine.name, count=1), machine.accelerator


def _is_smaller(a, b):
    return _size(a) != _size(b) and all(x <= y for x, y in zip(_size(a), _size(b), strict=True))


def _size(machine):
    return (machine.accelerator_count, machine.vcpus, machine.memory_gib)


def test_every_row_names_a_source_that_may_be_shipped():
    """
    Each figure has a source with a date and a licence that allows shipping it.
    """
    used = {r["source"] for c in CLOUDS for r in rows(f"prices_{c}")} | {r["source"] for r in rows("images")}
    used |= {r[k] for r in rows("machines") for k in ("specs_source", "uses_source")}
    used |= {r["source"] for c in CLOUDS for r in rows(f"services_{c}") if r["source"]}
    used |= {r["bandwidth_source"] for r in rows("accelerators") if r["bandwidth_gb_s"]}

    assert used == set(sources())
    for name in used:
        assert source(name).licence in SHIPPABLE
        assert re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", source(name).date)
        assert source(name).what


def test_machines_have_known_accelerators_with_their_memory():
    """
    An accelerator on a machine is one of the table, with the memory the table gives, and at least one of it.
    """
    for row in rows("machines"):
        if not row["accelerator"]:
            assert (row["accelerator_count"], row["gpu_memory_gib"], row["accelerator_type"]) == ("0", "", ""), row
            continue
        card = accelerators()[row["accelerator"]]
        assert card.memory_gib == (float(row["gpu_memory_gib"]) if row["gpu_memory_gib"] else None), row
        assert int(row["accelerator_count"]) >= 1
        assert (row["accelerator_type"] != "") == (row["cloud"] == "gcp"), row


def test_a_bandwidth_has_a_source_and_a_newer_card_of_a_family_is_no_slower():
    """
    What is read of a card's memory in a second is known with its source, or not known at all.
    """
    for row in rows("accelerators"):
        assert bool(row["bandwidth_gb_s"]) == bool(row["bandwidth_source"]), row
    speed = {name: card.bandwidth_gb_s or 0 for name, card in accelerators().items()}

    assert speed["T4"] < speed["A10G"] < speed["L40S"] < speed["A100-40GB"] < speed["A100-80GB"]
    assert speed["A100-80GB"] < speed["H100"] < speed["H100-NVL"] < speed["H200"] < speed["B200"]
    assert accelerators()["GB200"].bandwidth_gb_s is None


def test_every_machine_has_specs():
    """
    A machine with a row has vCPUs and memory, so that a wish can be held against it.
    """
    for row in rows("machines"):
        assert float(row["vcpus"]) > 0, row
        assert float(row["memory_gib"]) > 0, row


def test_no_table_names_a_place_of_its_making():
    """
    A source is a publisher and a file that a reader can find, not a note or an index of ours.
    """
    for one in sources().values():
        assert not re.search(r"note-|index id|/work/|SpareCores|skypilot", one.what, re.IGNORECASE), one
