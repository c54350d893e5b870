"""A wish resolves to the cheapest machine that grants it, or to a message that says what would."""

import pytest

from components.catalog import Machine, NoMachine, NoRegion, Wish, candidates, hourly, machines, resolve

PLACES = [("aws", "eu-west-1"), ("gcp", "europe-west4"), ("azure", "westeurope")]
MORE = [("aws", "us-east-1"), ("aws", "ap-south-1"), ("gcp", "us-central1"), ("azure", "centralindia")]


@pytest.mark.parametrize(("cloud", "region"), PLACES + MORE)
@pytest.mark.parametrize("use", ["training", "hosting"])
def test_cpu_and_memory_give_the_cheapest_machine_that_has_them(cloud, region, use):
    """
    A wish for vCPUs and memory is granted on every cloud, without an accelerator, at a known price.
    """
    got = resolve(Wish(cpu=8, memory_gib=32), cloud, region, use)

    assert (got.vcpus or 0) >= 8
    assert (got.memory_gib or 0) >= 32
    assert got.accelerator is None
    assert got.offer_proven
    enough = [
        m.usd_per_hour
        for m in machines(cloud, region)
        if m.usd_per_hour and (m.vcpus or 0) >= 8 and (m.memory_gib or 0) >= 32 and not m.accelerator and use in m.uses
        if not m.name.startswith("ml.t3")
    ]
    assert got.usd_per_hour == min(enough)


@pytest.mark.parametrize(
    ("wish", "use", "names"),
    [
        (Wish(cpu=4, memory_gib=8), "hosting", ("ml.c6i.xlarge", "e2-standard-4", "Standard_F4s_v2")),
        (Wish(cpu=8, memory_gib=32), "training", ("ml.m5.2xlarge", "e2-standard-8", "Standard_D8s_v3")),
        (Wish(gpu_memory_gib=24), "hosting", ("ml.g5.xlarge", "g2-standard-4", "Standard_NV36ads_A10_v5")),
        (Wish(gpu_memory_gib=16), "training", ("ml.g4dn.xlarge", "g2-standard-4", "Standard_NC4as_T4_v3")),
        (Wish(accelerator="T4"), "training", ("ml.g4dn.xlarge", "n1-standard-4", "Standard_NC4as_T4_v3")),
    ],
)
def test_what_common_wishes_mean(wish, use, names):
    """
    A neutral wish means these machines in western Europe; a change of the data that moves one is seen.
    """
    assert names == tuple(resolve(wish, cloud, region, use).name for cloud, region in PLACES)


@pytest.mark.parametrize(("cloud", "region"), [*PLACES, ("aws", "us-west-2"), ("gcp", "us-central1")])
def test_an_exact_accelerator_is_never_replaced(cloud, region):
    """
    Whoever asks for a T4 gets a T4, in the number asked.
    """
    for count in (1, 4):
        for m in candidates(Wish(accelerator="T4", count=count), cloud, region, "training"):
            assert (m.accelerator, m.accelerator_count) == ("T4", count)


def test_a_family_name_means_any_memory_size_of_it():
    """
    `A100` is met by either size, `A100-80GB` by one, and an A10G is no A10.
    """
    assert resolve(Wish(accelerator="A100"), "gcp", "europe-west4", "training").accelerator == "A100-40GB"
    assert resolve(Wish(accelerator="a100-80gb"), "gcp", "europe-west4", "training").accelerator == "A100-80GB"
    assert resolve(Wish(accelerator="NVIDIA_L4"), "aws", "us-east-1", "hosting").name == "ml.g6.xlarge"
    with pytest.raises(NoMachine, match="azure has no A10G"):
        resolve(Wish(accelerator="A10G"), "azure", "westeurope", "hosting")


def test_memory_of_a_card_is_met_by_each_card_not_by_their_sum():
    """
    Four cards of 24 GiB do not meet 80 GiB on a card, and the vendor is the one images are built for.
    """
    got = resolve(Wish(gpu_memory_gib=80, count=8), "azure", "swedencentral", "training")
    most = candidates(Wish(gpu_memory_gib=190, count=8), "azure", "swedencentral", "training")

    assert (got.gpu_memory_gib or 0) >= 80
    assert got.accelerator_count == 8
    assert "MI300X" not in {m.accelerator for m in most}


def test_vertex_machines_come_with_their_accelerator_type():
    """
    On GCP the machine says which accelerator type and count to send beside its name.
    """
    l4 = resolve(Wish(accelerator="L4"), "gcp", "us-central1", "hosting")
    t4 = resolve(Wish(accelerator="T4", count=2), "gcp", "us-central1", "hosting")

    assert (l4.name, l4.accelerator_type, l4.accelerator_count) == ("g2-standard-4", "NVIDIA_L4", 1)
    assert (t4.name, t4.accelerator_type, t4.accelerator_count) == ("n1-standard-16", "NVIDIA_TESLA_T4", 2)


def test_no_match_names_the_nearest_and_what_to_write():
    """
    The message says who lacks what, where and for what, what comes nearest with its price, and the neutral wish.
    """
    with pytest.raises(NoMachine) as no:
        resolve(Wish(accelerator="A10G"), "gcp", "europe-west4", "hosting")

    said = str(no.value)
    assert said.startswith(
        "gcp has no A10G in europe-west4 for hosting; nearest: L4 (g2-standard-4, 24 GiB, 0.8544 USD/h)"
    )
    assert said.endswith("Write gpu_memory: 24GiB to take any card of that size.")


@pytest.mark.parametrize(
    ("wish", "cloud", "region", "use", "says"),
    [
        (Wish(accelerator="H100", count=8), "aws", "eu-west-1", "training", "It is sold in us-east-1, us-east-2"),
        (Wish(accelerator="A100"), "aws", "us-east-1", "training", "nearest: 8 x A100-40GB (ml.p4d.24xlarge"),
        (Wish(accelerator="A10X"), "aws", "us-east-1", "training", "no accelerator 'A10X' is known. Did you mean A10"),
        (Wish(cpu=5000), "azure", "westeurope", "hosting", "nearest: Standard_F72s_v2 (72 vCPUs"),
        (
            Wish(machine_type="ml.m5.xlage"),
            "aws",
            "us-east-1",
            "hosting",
            "no machine 'ml.m5.xlage'; nearest: ml.m5.xlarge",
        ),
        (Wish(machine_type="Standard_D4s_v3"), "azure", "westeurope", "hosting", "for training, not for hosting"),
        (Wish(machine_type="D8"), "azure", "westeurope", "hosting", "no machine 'D8'; nearest: Standard_D8s_v3"),
        (Wish(cpu=4), "kubernetes", "", "training", "kubernetes sells no machines"),
        (
            Wish(gpu_memory_gib=80, max_usd_per_hour=3),
            "azure",
            "westeurope",
            "training",
            "the cheapest that would do: A100-80GB (Standard_NC24ads_A100_v4, 80 GiB, 4.775 USD/h)",
        ),
    ],
)
def test_each_refusal_says_what_would_do(wish, cloud, region, use, says):
    """
    Whatever the wish lacks, the message leads to one that can be granted.
    """
    with pytest.raises(NoMachine) as no:
        resolve(wish, cloud, region, use)

    assert says in str(no.value)


def test_the_price_a_refusal_tells_to_write_is_enough():
    """
    Writing the price from the message gets the machine the message names.
    """
    wish = Wish(gpu_memory_gib=80, max_usd_per_hour=3)
    with pytest.raises(NoMachine) as no:
        resolve(wish, "gcp", "europe-west4", "training")
    told = float(str(no.value).split("max_usd_per_hour: ")[1].split()[0])

    got = resolve(Wish(gpu_memory_gib=80, max_usd_per_hour=told), "gcp", "europe-west4", "training")

    assert got.name in str(no.value)


def test_an_unknown_price_meets_no_cap_and_is_never_zero():
    """
    A machine without a price is not taken for a cheap one.
    """
    free = Wish(accelerator="H200", count=8)
    got = resolve(free, "gcp", "us-central1", "training")

    assert (got.usd_per_hour, got.basis, got.offer_proven) == (None, "unknown", True)
    assert hourly(got) is None
    with pytest.raises(NoMachine, match="the price of a3-ultragpu-8g in us-central1 is unknown"):
        resolve(Wish(accelerator="H200", count=8, max_usd_per_hour=1000), "gcp", "us-central1", "training")


def test_a_machine_with_a_price_goes_before_one_without():
    """
    Unknown prices sort last.
    """
    known = [m.usd_per_hour is not None for m in candidates(Wish(gpu_memory_gib=16), "gcp", "europe-west4", "training")]

    assert known == sorted(known, reverse=True)
    assert not all(known)


def test_a_region_without_price_data_still_resolves_and_says_so():
    """
    Where no source covers a real region, the machine is the one cheapest elsewhere, its price and offer unproven.
    """
    got = resolve(Wish(cpu=4, memory_gib=16), "aws", "ap-east-2", "training")

    assert (got.region, got.usd_per_hour, got.basis, got.offer_proven) == ("ap-east-2", None, "unknown", False)
    assert got.vcpus == 4


def test_an_unknown_region_is_not_a_region_without_data():
    """
    A mistyped region is refused, not resolved unpriced.
    """
    with pytest.raises(NoRegion, match="Did you mean eu-west-1"):
        resolve(Wish(cpu=4), "aws", "eu-west-11", "training")


def test_a_machine_may_be_named_outright():
    """
    A known name comes with specs and price, one of the API's enum without, one that fits Azure's naming too.
    """
    known = resolve(Wish(machine_type="ML.M5.xlarge"), "aws", "eu-west-1", "hosting")
    enum = resolve(Wish(machine_type="ml.c8g.large"), "aws", "eu-west-1", "hosting")
    size = resolve(Wish(machine_type="Standard_D8ds_v5"), "azure", "westeurope", "training")
    unlisted = resolve(Wish(machine_type="Standard_ND96isr_H200_v5"), "azure", "westeurope", "training")

    assert (known.name, known.vcpus, known.offer_proven) == ("ml.m5.xlarge", 4, True)
    assert (enum.usd_per_hour, enum.vcpus, enum.offer_proven) == (None, None, False)
    assert (size.usd_per_hour, size.offer_proven) == (None, False)
    assert unlisted.accelerator == "H200"
    assert isinstance(str(enum), str)


def test_gpus_attach_to_a_named_n1_as_googles_table_allows():
    """
    n1 with T4s is valid in some counts only, and without a wish for cards it has none.
    """
    two = resolve(Wish(machine_type="n1-highmem-8", accelerator="T4", count=2), "gcp", "us-central1", "hosting")
    plain = resolve(Wish(machine_type="n1-standard-8"), "gcp", "us-central1", "training")

    assert (two.name, two.accelerator_type, two.usd_per_hour) == ("n1-highmem-8", "NVIDIA_TESLA_T4", None)
    assert (plain.accelerator, plain.accelerator_count) == (None, 0)
    for count in (3, 8):
        with pytest.raises(NoMachine):
            resolve(Wish(machine_type="n1-highmem-8", accelerator="T4", count=count), "gcp", "us-central1", "hosting")


def test_a_named_machine_is_held_against_the_rest_of_the_wish():
    """
    Naming a machine does not make the other demands vanish.
    """
    with pytest.raises(NoMachine):
        resolve(Wish(machine_type="ml.m5.xlarge", cpu=64), "aws", "us-east-1", "training")
    with pytest.raises(NoMachine, match=r"max_usd_per_hour: 0\.24"):
        resolve(Wish(machine_type="ml.m5.xlarge", max_usd_per_hour=0.1), "aws", "us-east-1", "training")


def test_burstable_machines_are_taken_by_name_only():
    """
    A job is never put on a machine that slows down with time unless its owner says so.
    """
    for m in candidates(Wish(), "aws", "eu-west-1", "training"):
        assert not m.is_burstable
    assert resolve(Wish(machine_type="ml.t3.medium"), "aws", "eu-west-1", "training").is_burstable


@pytest.mark.parametrize("region", ["us-central1", "europe-west4"])
def test_a_family_that_newer_ones_replaced_is_not_chosen(region):
    """
    An n1 may be cheaper as spot, and is still taken only by its name, or where its cards go on nothing else.
    """
    chosen = [resolve(Wish(cpu=cpu), "gcp", region, "training", spot=True).name for cpu in (2, 4, 8, 16)]
    named = resolve(Wish(machine_type="n1-standard-4"), "gcp", region, "training").name
    with_card = resolve(Wish(accelerator="T4"), "gcp", region, "training").name

    assert not [name for name in chosen if name.startswith("n1-")]
    assert "n1-standard-4" == named
    assert with_card.startswith("n1-")


def test_spot_compares_spot_prices():
    """
    The cheapest as spot need not be the cheapest on demand; where no spot price is known the on-demand one counts.
    """
    wish = Wish(gpu_memory_gib=80)
    spot = candidates(wish, "gcp", "europe-west4", "training", spot=True)
    paid = [hourly(m, spot=True) or m.usd_per_hour for m in spot if m.usd_per_hour]

    assert paid == sorted(paid)
    assert spot[0].spot_usd_per_hour is not None
    assert hourly(resolve(Wish(cpu=4), "aws", "us-east-1", "training", spot=True), spot=True) is None


def test_a_machine_carries_source_and_date():
    """
    A price can be traced.
    """
    got: Machine = resolve(Wish(cpu=4), "azure", "eastus", "training")

    assert (got.basis, got.source, got.date) == ("listed", "azure-retail", "2026-06-18")
