"""`compare` with regions, what drives a difference, the guard of the budget, and other currencies."""

from __future__ import annotations

import json

import pytest

REGIONS = ("us-east-1", "ap-south-1", "centralindia", "asia-south1")


def test_regions_stand_side_by_side(groundplan):
    """
    Each region on the cloud that has it, by component and in total, and the machine that each picked.
    """
    ran = groundplan("compare", "minimal.yaml", "--env", "prod", "--regions", ",".join(REGIONS), "--json")
    document = json.loads(ran.out)

    assert 0 == ran.code
    assert list(REGIONS) == list(document["regions"])
    assert ["aws", "aws", "azure", "gcp"] == [found["cloud"] for found in document["regions"].values()]
    for found in document["regions"].values():
        assert found["costs"]["endpoints/predict"]["expected"] <= found["monthly"]["expected"]
        assert {"min", "expected", "max"} == set(found["monthly"])
    endpoint = next(driver for driver in document["drivers"] if driver["component"] == "endpoints/predict")
    amounts = [pick["expected"] for pick in endpoint["picks"]]
    assert pytest.approx(max(amounts) - min(amounts), abs=0.01) == endpoint["difference"]
    assert all(pick["is_machine"] and pick["each"] > 0 for pick in endpoint["picks"])


def test_the_table_says_what_drives_the_difference(groundplan):
    """
    In plain `compare` too: the component that differs most, and what each has of it.
    """
    by_region = groundplan("compare", "minimal.yaml", "--regions", "us-east-1,centralindia").out
    by_cloud = groundplan("compare", "minimal.yaml").out

    for told in (by_region, by_cloud):
        assert "What drives it: " in told
        assert "ml.m5.large ($0.1152/h, derived)" in told
    assert "centralindia" in by_region


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare", "--regions", "eu-west-1,ap-south-1"], "ap-south-1 is in india, and data.residency is [eu]."),
        (["plan", "--cloud", "aws", "--region", "us-east-1"], "us-east-1 is in us, and data.residency is [eu]."),
        (["compare", "--regions", "eu-wst-1"], "no cloud has a region 'eu-wst-1'. Did you mean eu-west-1"),
        (["compare", "--regions", "westeurope", "--cloud", "gcp"], "'westeurope' is a region of azure, not of gcp."),
        (["compare", "--regions", ","], "none is named"),
        (["plan", "--currency", "EUR"], "Add --rate, such as --rate 0.92."),
        (["cost", "--rate", "0.9"], "Add --currency"),
        (["plan", "--currency", "euro", "--rate", "0.9"], "'euro' is no code of ISO 4217."),
        (["compare", "--currency", "EUR", "--rate", "-1"], "--rate: -1 EUR"),
    ],
)
def test_bad_input_is_told(groundplan, words, said):
    """
    A region outside the blueprint's residency is refused, as is what no cloud has, and half a currency.
    """
    command, *rest = words
    ran = groundplan(command, "fraud-detection.yaml", "--env", "prod", *rest)

    assert 2 == ran.code
    assert said in ran.err
    assert "" == ran.out


def test_a_region_that_can_not_grant_a_wish_leaves_the_others(groundplan, folder):
    """
    The regions that can are shown; of the others the reason is told, and the exit code is 1.
    """
    text = (folder / "minimal.yaml").read_text("utf-8")
    card = "{runtime: pytorch, machine: {accelerator: A100, count: 8}"
    cpu = "{runtime: sklearn, machine: {cpu: 4, memory: 16GiB}"
    served = text.replace(cpu, card).replace("{model: churn}", "{model: churn, machine: {cpu: 4}}")
    (folder / "gpu.yaml").write_text(served, encoding="utf-8")

    ran = groundplan("compare", "gpu.yaml", "--env", "prod", "--regions", "ap-south-1,centralindia")

    assert 1 == ran.code
    assert "ap-south-1" in ran.out
    assert "centralindia: gpu.yaml:" in ran.err
    assert "azure has no 8 x A100 in centralindia" in ran.err


def _above(folder, budget: str) -> None:
    text = (folder / "minimal.yaml").read_text("utf-8")
    prod = f"prod: {{budget: {budget}, endpoints"
    (folder / "above.yaml").write_text(text.replace("prod: {endpoints", prod), encoding="utf-8")


def test_a_month_above_the_budget_is_told_where_it_is_set(groundplan, folder):
    """
    With the line of the environment's own budget, by `plan` and by `check`; by default it stops nothing.
    """
    _above(folder, "{monthly_usd: 20}")
    line = len((folder / "above.yaml").read_text("utf-8").splitlines())

    planned = groundplan("plan", "above.yaml", "--env", "prod", "--cloud", "aws")
    checked = groundplan("check", "above.yaml", "--env", "prod", "--cloud", "aws", "--pack", "cost")

    assert (0, 0) == (planned.code, checked.code)
    assert f"above.yaml:{line}: aws: GP-COST-025 advisory: budget" in planned.err
    assert f"above.yaml:{line}: minimal-prod-aws: GP-COST-025 advisory" in checked.out
    assert "above the budget of 20.00; most of it: " in planned.err


def test_an_enforced_budget_stops_a_plan(groundplan, folder):
    """
    `budget: {enforce: plan}` fails `plan`, and the check of its document; a waiver with a day lifts it.
    """
    _above(folder, "{monthly_usd: 20, enforce: plan}")
    waiver = "waivers: [{rule: GP-COST-025, resource: budget, reason: before launch, owner: ml, until: 2999-01-31}]\n"
    text = (folder / "above.yaml").read_text("utf-8")
    (folder / "waived.yaml").write_text(text + waiver, encoding="utf-8")

    planned = groundplan("plan", "above.yaml", "--env", "prod", "--cloud", "gcp", "--json")
    (folder / "plan.json").write_text(planned.out, encoding="utf-8")

    assert 1 == planned.code
    assert 1 == groundplan("check", "--plan", "plan.json", "--pack", "cost").code
    assert 0 == groundplan("plan", "waived.yaml", "--env", "prod", "--cloud", "gcp").code


def test_amounts_in_another_currency(groundplan):
    """
    A table is in euros and says the rate; a document stays in dollars, with the euros beside them.
    """
    words = ("minimal.yaml", "--cloud", "aws", "--currency", "eur", "--rate", "0.5")
    cost = json.loads(groundplan("plan", *words, "--json").out)["cost"]

    shown = groundplan("cost", *words).out
    assert "1 USD = 0.5 EUR" in shown
    assert "€" in shown
    assert "USD" == cost["currency"]
    assert pytest.approx(cost["monthly"]["expected"] / 2, abs=0.02) == cost["converted"]["monthly"]["expected"]
