"""Which image runs on which card, and what is said where none does."""

import re

import pytest

from components.catalog import (
    Image,
    NoMachine,
    Wish,
    accelerators,
    candidates,
    fitting,
    image,
    machines,
    runs,
    why_not,
)
from components.catalog.cuda import capabilities, release
from components.catalog.tables import rows

BLACKWELL = {"RTX-PRO-4500", "RTX-PRO-6000", "B200", "B300", "GB200"}
HOPPER = {"H100", "H100-NVL", "H200"}
OLD = {"K80", "P4", "V100-16GB", "V100-32GB"}
NVIDIA = {card.name for card in accelerators().values() if card.vendor == "nvidia"}
PLACE = {"aws": "us-east-1", "gcp": "us-central1", "azure": "eastus"}


def _image(cuda: str | None, least: str | None = None) -> Image:
    return Image("some/image:1", "image", "1", None, "", "", cuda, least, cuda and "https://example.com/cuda")


def _takes(cuda: str | None, least: str | None = None) -> set[str]:
    return {card.name for card in accelerators().values() if not why_not(_image(cuda, least), card)}


@pytest.mark.parametrize(
    ("cuda", "least", "refused"),
    [
        ("11.0", None, BLACKWELL | HOPPER),
        ("11.8", None, BLACKWELL),
        ("12.x", None, BLACKWELL | {"K80"}),
        ("12.6", None, BLACKWELL | {"K80"}),
        ("12.8", None, {"B300", "K80"}),
        ("12.9", None, {"K80"}),
        ("12.9", "7.5", OLD),
        ("13.0", None, OLD),
        (None, None, BLACKWELL | OLD),
    ],
)
def test_an_image_runs_on_the_cards_that_its_cuda_has_code_for(cuda, least, refused):
    """
    A card is refused that is newer than the CUDA, or older than what it still builds for; an unknown CUDA is neither.
    """
    assert NVIDIA - refused == _takes(cuda, least)


def test_why_not_has_the_limit_and_where_it_is_from():
    """
    The image's CUDA, the card's least one, and a page for each.
    """
    says = why_not(_image("12.6"), accelerators()["B200"])

    assert re.search(
        r"CUDA 12\.6 \(https://example\.com/cuda\).*B200 .*10\.0\) takes CUDA 12\.8 or newer \(https", says
    )
    assert "AWS" not in says
    assert "not NVIDIA's" in why_not(_image("12.6"), accelerators()["MI300X"])


@pytest.mark.parametrize(
    ("cloud", "runtime", "use", "wish", "picked"),
    [
        ("gcp", "pytorch", "training", Wish(gpu_memory_gib=40, count=8), "a2-highgpu-8g"),
        ("gcp", "pytorch", "training", Wish(gpu_memory_gib=90, count=8), "a3-ultragpu-8g"),
        ("gcp", "triton", "hosting", Wish(gpu_memory_gib=90), "g4-standard-48"),
        ("gcp", "vllm", "hosting", Wish(gpu_memory_gib=90, count=8), "a3-ultragpu-8g"),
        ("aws", "pytorch", "training", Wish(gpu_memory_gib=80), "ml.p5.4xlarge"),
        ("aws", "pytorch", "training", Wish(gpu_memory_gib=16), "ml.g4dn.xlarge"),
        ("aws", "vllm", "hosting", Wish(gpu_memory_gib=80), "ml.g7e.2xlarge"),
        ("azure", "pytorch", "training", Wish(gpu_memory_gib=80), "Standard_NC24ads_A100_v4"),
    ],
)
@pytest.mark.parametrize("spot", [False, True])
def test_the_cheapest_machine_that_the_image_runs_on_is_taken(cloud, runtime, use, wish, picked, spot):
    """
    However cheap a card is that the image has no code for, on demand or on spot, another is taken.
    """
    region = PLACE[cloud]
    kept = image(cloud, region, runtime, use, accelerator=True)
    granted = candidates(wish, cloud, region, use, spot)
    found = fitting(granted, kept, runtime, wish, machines(cloud, region))

    assert picked == found[0].name
    assert [m for m in granted if runs(kept, m)] == found


@pytest.mark.parametrize(
    ("cloud", "runtime", "use", "wish", "says"),
    [
        (
            "gcp",
            "pytorch",
            "training",
            Wish(accelerator="B200", count=8),
            "Write machine: {accelerator: H200, count: 8}",
        ),
        (
            "aws",
            "pytorch",
            "training",
            Wish(machine_type="ml.g7e.2xlarge"),
            "Write machine: {accelerator: H100, count: 1}",
        ),
        ("aws", "vllm", "hosting", Wish(machine_type="ml.p3.2xlarge"), "Write machine: {accelerator: T4, count: 1}"),
        ("aws", "triton", "hosting", Wish(accelerator="Inferentia2"), "and Inferentia2 is not NVIDIA's"),
        ("azure", "triton", "hosting", Wish(machine_type="Standard_NC6s_v3"), "{accelerator: T4, count: 1}"),
        (
            "gcp",
            "vllm",
            "hosting",
            Wish(gpu_memory_gib=90, count=8, max_usd_per_hour=50),
            "{accelerator: H200, count: 8} without max_usd_per_hour",
        ),
    ],
)
def test_a_card_without_a_machine_for_it_is_refused_with_the_nearest(cloud, runtime, use, wish, says):
    """
    Asked for by name, or all that there is: the message says what to write instead, and it is taken.
    """
    region = PLACE[cloud]
    kept = image(cloud, region, runtime, use, accelerator=True)
    granted, sold = candidates(wish, cloud, region, use), [m for m in machines(cloud, region) if use in m.uses]

    with pytest.raises(NoMachine, match=re.escape(says)) as refused:
        fitting(granted, kept, runtime, wish, sold)

    written = re.search(r"accelerator: ([\w-]+), count: (\d+)", str(refused.value))
    assert written
    again = Wish(accelerator=written[1], count=int(written[2]))
    assert fitting(candidates(again, cloud, region, use), kept, runtime, again, sold)


def test_where_no_card_will_do_an_own_image_is_what_is_left():
    """
    With nothing to name, the message does not name anything.
    """
    wish = Wish(accelerator="B200", count=8)
    granted = candidates(wish, "gcp", "us-central1", "training")

    with pytest.raises(NoMachine, match=r"Nor is it on any other card in us-central1\. Write image: "):
        fitting(granted, _image("12.6"), "pytorch", wish, granted)


def test_every_image_for_gpus_says_its_cuda_or_nothing():
    """
    A CUDA has a source, an unknown one none; images for CPUs have neither.
    """
    for row in rows("images"):
        cells = (row["cuda"], row["cuda_source"])
        assert row["accelerator"] == "gpu" or not any(cells), row
        assert bool(row["cuda"]) == bool(row["cuda_source"]), row
        assert not row["cuda"] or re.fullmatch(r"\d+\.(\d+|x)", row["cuda"]), row
        tagged = re.search(r"-cu(\d\d)(\d)\b|-cuda(\d+)\.(\d+)/", row["uri"])
        assert row["accelerator"] == "cpu" or not tagged or row["cuda"] == ".".join(filter(None, tagged.groups())), row
    unknown = {(r["cloud"], r["runtime"]) for r in rows("images") if r["accelerator"] == "gpu" and not r["cuda"]}
    assert {("gcp", "vllm"), ("azure", "onnx"), ("azure", "triton")} == unknown


def test_every_card_of_nvidia_has_a_compute_capability_with_its_source():
    """
    No card is without a least CUDA, and none has one that is newer than its last.
    """
    used = {card.compute_capability for card in accelerators().values() if card.vendor == "nvidia"}

    assert used == set(capabilities())
    for one in capabilities().values():
        assert one.source.startswith("https://docs.nvidia.com/")
        assert one.last is None or release(one.first) < release(one.last)
    assert not any(card.compute_capability for card in accelerators().values() if card.vendor != "nvidia")


def test_a_machine_known_by_name_alone_is_held_to_its_card():
    """
    `ml.p3.2xlarge` is a V100 though the catalogue has no price of it: asked for with another card, there is none.
    """
    (known,) = candidates(Wish(machine_type="ml.p3.2xlarge"), "aws", "us-east-1", "hosting")

    assert ("V100-16GB", 1, 16) == (known.accelerator, known.accelerator_count, known.gpu_memory_gib)
    assert not candidates(Wish(machine_type="ml.p3.2xlarge", accelerator="T4"), "aws", "us-east-1", "hosting")
