"""`machines` as a person runs it."""

from __future__ import annotations

import json

import pytest


def test_machines_of_three_clouds_by_price(groundplan):
    """
    One table: name, size, cards, price, spot, region, where the price is from, and what to write.
    """
    ran = groundplan("machines", "--accelerator", "A100", "--count", "8")

    assert 0 == ran.code
    for shown in ("ml.p4d.24xlarge", "a2-highgpu-8g", "Standard_ND96asr_v4", "us-east-1", "96 vCPUs", "derived"):
        assert shown in ran.out
    assert "machine: {accelerator: A100-40GB, count: 8}" in ran.out


def test_india_is_three_regions(groundplan):
    """
    A jurisdiction means each cloud's own region there; who has nothing there says what is nearest.
    """
    ran = groundplan("machines", "--accelerator", "A100", "--count", "8", "--region", "india", "--json")
    document = json.loads(ran.out)

    places = {(m["cloud"], m["region"]) for m in document["machines"]}
    assert {("aws", "ap-south-1")} <= places
    told = {tuple(place.split()) for place in document["missing"]}
    assert {("aws", "ap-south-1"), ("gcp", "asia-south1"), ("azure", "centralindia")} == places | told
    assert all("nearest:" in why for why in document["missing"].values())


def test_a_model_is_sized_by_a_rule_that_is_stated(groundplan):
    """
    Parameters, bytes and the allowance for cache are told, in the table and in the document.
    """
    words = ("machines", "--model-parameters", "70B", "--precision", "int8", "--max-usd", "20")
    document = json.loads(groundplan(*words, "--json").out)

    assert "70B parameters x 1 bytes (int8) x 1.2 for cache" in groundplan(*words, "--limit", "3").out
    assert ("hosting", 78.231) == (document["use"], document["need"]["gib"])
    assert all(0 < m["price"] <= 20 for m in document["machines"])
    assert all("https://" in m["source"] or m["source"] for m in document["machines"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nothing is wished for"),
        (["--accelerator", "A1000"], "Did you mean A100"),
        (["--count", "4", "--cpu", "4"], "--count is of accelerators"),
        (["--gpu-memory", "40GB"], "--gpu-memory: '40GB' is not a size. Write 32GiB"),
        (["--model-parameters", "many"], "--model-parameters: 'many' is not a count. Write 70B"),
        (["--model-parameters", "7B", "--gpu-memory", "24GiB"], "Leave one of them out"),
        (["--model-parameters", "7B", "--use", "training"], "training takes several times that"),
        (["--precision", "int8", "--cpu", "4"], "Add --model-parameters"),
        (["--cpu", "4", "--tokens-per-second", "30"], "is of a model. Add --model-parameters"),
        (["--model-parameters", "7B", "--tokens-per-second", "0"], "0 is no speed"),
        (["--cpu", "4", "--spot", "--use", "hosting"], "no endpoint of a blueprint is on spot machines"),
        (["--cpu", "4", "--region", "ap-soth-1"], "no cloud has a region 'ap-soth-1'. Did you mean ap-south-1"),
        (["--cpu", "4", "--region", "asia-south1", "--cloud", "aws"], "Its equal there is ap-south-1."),
        (["--cpu", "4", "--region", "bahrain", "--cloud", "azure"], "azure has no region in bahrain"),
    ],
)
def test_bad_wishes_say_what_to_write(groundplan, words, said):
    """
    Exit code 2, one message, nothing on standard output.
    """
    ran = groundplan("machines", *words)

    assert 2 == ran.code
    assert said in ran.err
    assert "" == ran.out


def test_nothing_to_be_had_is_no_success(groundplan):
    """
    Where no cloud has it, each says why, and the exit code is 1.
    """
    ran = groundplan("machines", "--accelerator", "H100", "--count", "8", "--max-usd", "1")

    assert 1 == ran.code
    assert 3 == ran.err.count("for 1 USD/h or less; the cheapest is")
