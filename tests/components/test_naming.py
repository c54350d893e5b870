"""Names of one account: two things never share one, and no stack's permissions reach another's."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.base import Context
from components.clouds.aws.ground import AwsPlace
from components.naming import fit, stack_name

PLACE = AwsPlace("eu-west-1", account_id="111122223333")
WORDS = ["a", "b", "dev", "prod", "blue", "train", "capture", "release", "endpoint", "models", "transactions"]
Thing = tuple[str, str, str, str]
names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map("-".join)
things = st.tuples(names, st.sampled_from(["dev", "prod", "blue", "eu-prod", "prod-eu"]), names, names | st.just(""))


@st.composite
def readings(draw: st.DrawFn) -> tuple[Thing, Thing]:
    """The same words, read as two things."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=4, max_size=7))
    cuts = st.sets(st.integers(1, len(words) - 1), min_size=2, max_size=3).map(sorted)

    def read() -> Thing:
        ends = [0, *draw(cuts), len(words)]
        parts = ["-".join(words[start:end]) for start, end in pairwise(ends)]
        return parts[0], parts[1], parts[2], parts[3] if len(parts) > 3 else ""

    return read(), read()


pairs = st.tuples(things, things) | readings()
limits = st.sampled_from([24, 30, 36, 63, 80])
PATIENT = settings(max_examples=500, deadline=None, derandomize=True, database=None)


def named(thing: Thing, limit: int, *, unique: bool = False, separator: str = "-") -> str:
    """Name of a component's part in a stack."""
    context = Context(thing[0], thing[1], "team", PLACE)
    return context.name(*filter(None, thing[2:]), limit=limit, unique=unique, separator=separator)


@given(pair=pairs, limit=limits, unique=st.booleans())
@example((("a", "dev", "dev-b", ""), ("a-dev", "dev", "b", "")), 63, False)
@example((("a", "dev", "prod-b", ""), ("a-dev", "prod", "b", "")), 63, False)
@example((("a", "blue", "dev-b", ""), ("a-blue", "dev", "b", "")), 63, False)
@example((("a", "prod", "b", "train"), ("a", "prod", "b-train", "")), 63, False)
@example((("a", "prod-eu", "b", ""), ("a", "prod", "eu-b", "")), 63, False)
@PATIENT
def test_two_things_never_share_a_name(pair, limit, unique):
    """
    Whatever stands in the names of blueprint, environment, component and part, two of them have two names.
    """
    one, other = pair

    assert (one == other) == (named(one, limit, unique=unique) == named(other, limit, unique=unique))


@given(pair=pairs)
@PATIENT
def test_names_without_separator_differ_too(pair):
    """
    A storage account takes letters and digits alone: `ab` with `c` is still not `a` with `bc`.
    """
    first, second = (named(thing, 24, unique=True, separator="") for thing in pair)

    assert (pair[0] == pair[1]) == (first == second)


@given(thing=things, limit=limits, unique=st.booleans())
@PATIENT
def test_a_name_is_one_that_services_take(thing, limit, unique):
    """
    A name keeps within the limit, starts with a letter, and has no two separators in a row.
    """
    name = named(thing, limit, unique=unique)

    assert len(name) <= limit
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)


@given(pair=pairs, limit=limits, unique=st.booleans())
@PATIENT
def test_a_pattern_of_a_stack_fits_all_its_names_and_no_others(pair, limit, unique):
    """
    A permission on the names of a stack reaches what the stack makes, however long its names, and nothing else.
    """
    one, other = pair
    start = Context(one[0], one[1], "team", PLACE).start(limit, unique=unique)

    assert named((*one[:2], *other[2:]), limit, unique=unique).startswith(start)
    assert named(other, limit, unique=unique).startswith(start) == (one[:2] == other[:2])


def test_usual_names_are_the_words_alone():
    """
    A stack of a usual environment has names that a person reads: no digest, unless words could be another's.
    """
    assert stack_name("fraud-detection", "prod") == "fraud-detection-prod"
    assert named(("fraud-detection", "prod", "scorer", "capture"), 63) == "fraud-detection-prod-scorer-capture"
    assert named(("fraud", "dev", "scorer", ""), 63) == "fraud-dev-scorer"
    assert re.fullmatch("fraud-[0-9a-f]{5}-dev-prod-scorer", named(("fraud-dev", "prod", "scorer", ""), 63))


def test_a_name_that_is_cut_keeps_what_the_thing_is():
    """
    Where a service's limit is tight, the beginning of the stack and the last word stay.
    """
    name = named(("customer-lifetime-value", "prod", "score", "capture"), 50)

    assert name == "customer-lifetime-value-prod-score-capture"
    assert re.fullmatch(
        "customer-[a-z-]+-[0-9a-f]{5}-pipeline", named(("customer-lifetime-value", "prod", "pipeline", ""), 30)
    )
    assert fit("scorer-of-card-transactions", limit=16).startswith("scorer-of-")
