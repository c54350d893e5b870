"""Whatever is wished, the machine that comes back grants it, and no other candidate is cheaper."""

from hypothesis import given, settings
from hypothesis import strategies as st

from components.catalog import NoMachine, Wish, accelerator, accelerators, candidates, regions, resolve
from components.catalog.families import is_outdated

PLACES = [(cloud, r.name) for cloud in ("aws", "gcp", "azure") for r in regions(cloud)]
FAMILIES = sorted({a.family for a in accelerators().values()} | set(accelerators()))

wishes = st.one_of(
    st.builds(
        Wish,
        cpu=st.none() | st.floats(0.5, 200),
        memory_gib=st.none() | st.floats(0.5, 2500),
        max_usd_per_hour=st.none() | st.floats(0.05, 200),
    ),
    st.builds(
        Wish,
        cpu=st.none() | st.floats(0.5, 200),
        accelerator=st.none() | st.sampled_from(FAMILIES),
        count=st.sampled_from([1, 2, 4, 8, 16]),
        gpu_memory_gib=st.sampled_from([8.0, 16.0, 24.0, 40.0, 80.0, 141.0]),
        max_usd_per_hour=st.none() | st.floats(0.05, 200),
    ),
)


@given(wish=wishes, place=st.sampled_from(PLACES), use=st.sampled_from(["training", "hosting"]), spot=st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_machine_grants_the_wish_and_none_is_cheaper(wish, place, use, spot):
    """
    Each demand of the wish holds for the result; a refusal means that there is no candidate.
    """
    cloud, region = place
    try:
        got = resolve(wish, cloud, region, use, spot)
    except NoMachine:
        assert candidates(wish, cloud, region, use, spot) == []
        return

    assert use in got.uses
    assert got.region == region
    assert (got.vcpus or 0) >= (wish.cpu or 0)
    assert (got.memory_gib or 0) >= (wish.memory_gib or 0)
    if wish.is_gpu:
        assert got.accelerator_count == wish.count
        assert (got.gpu_memory_gib or 0) >= (wish.gpu_memory_gib or 0)
    else:
        assert got.accelerator is None
    if wish.accelerator:
        assert got.accelerator in {a.name for a in accelerator(wish.accelerator)}
    if wish.max_usd_per_hour is not None:
        assert got.usd_per_hour is not None
        assert got.usd_per_hour <= wish.max_usd_per_hour
    _none_is_cheaper(got, candidates(wish, cloud, region, use, spot), spot)


def _none_is_cheaper(got, others, spot):
    price = _price(got, spot)
    if is_outdated(got):
        assert all(map(is_outdated, others))
    priced = [p for p in (_price(m, spot) for m in others if is_outdated(m) == is_outdated(got)) if p is not None]
    assert price == min(priced, default=None)
    assert price is None or price > 0


def _price(machine, spot):
    if spot and machine.spot_usd_per_hour is not None:
        return machine.spot_usd_per_hour
    return machine.usd_per_hour
