"""Whatever stands in a file, an author gets lines to act on; whatever is good, can be shown and loaded again."""

import copy
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from blueprints import BlueprintError, load, parse, schema, show
from blueprints.document import Mark, Node
from blueprints.layers import merge
from tests.blueprints.blueprint_text import FULL, told

PLACED = re.compile(r"b\.yaml:[1-9][0-9]*:[1-9][0-9]*: \S.*")
TEXTS = [path.read_text("utf-8") for path in sorted(schema.FILE.parent.glob("*.yaml"))]
SOME = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["fraud-xgb", "10%", "15m", "32GiB", "secret/x", "null", "private", "s3://a/b", "on", "<<", "[key]"]
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


def dumped(data: Any) -> str:
    """YAML of plain data."""
    stream = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.dump(data, stream)
    return stream.getvalue()


def places(data: Any) -> list[tuple[Any, Any]]:
    """Every container of the data with every key or index in it."""
    if not isinstance(data, dict | list):
        return []
    keys = list(data) if isinstance(data, dict) else list(range(len(data)))
    return [(data, key) for key in keys] + [place for key in keys for place in places(data[key])]


def mutate(data: Any, draw: Any) -> None:
    """Delete, replace, rename, copy or move one random value."""
    container, key = draw(st.sampled_from(places(data)))
    deed = draw(st.sampled_from(["delete", "replace", "rename", "copy", "null"]))
    if deed == "delete":
        del container[key]
    elif deed == "replace":
        container[key] = draw(values)
    elif deed == "null":
        container[key] = None
    elif deed == "copy":
        other, where = draw(st.sampled_from(places(data)))
        container[key] = copy.deepcopy(other[where])
    elif isinstance(container, dict):
        container[draw(st.text(max_size=12))] = container.pop(key)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.split("name: ")[1].split("\n")[0])
@given(data=st.data())
@SOME
def test_mutated_blueprint_is_good_or_told_at_a_place(text, data):
    """
    Any change to an example leaves a good blueprint, or lines with file, line and column.
    """
    blueprint = parse(text).root.plain
    for _ in range(data.draw(st.integers(1, 4))):
        assume(places(blueprint))
        mutate(blueprint, data.draw)

    for line in told(dumped(blueprint)):
        assert PLACED.fullmatch(line)


@given(data=st.data())
@SOME
def test_mistyped_text_is_good_or_told_at_a_place(data):
    """
    So does any slip of the keyboard: what is no longer YAML is told where.
    """
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        slip = data.draw(st.text(alphabet="\t\n :-[]{}#&*!|>'\"%@`,?abc0<~é", max_size=6))
        text = text[:start] + slip + text[end:]

    for line in told(text):
        assert PLACED.fullmatch(line)


@given(text=st.text(max_size=200) | st.text(alphabet="\n\t :-[]{}#&*!|>'\"%@`,?ab01.<~", max_size=80))
@example("%YAML 9.9\n---\na: 1\n")
@example("%TAG ! tag:x,2000:\n---\na: !b 1\n")
@example("? \n")
@example("&a")
@example("*a")
@example("{a: {<<: [{b: 1}, *x]}}")
@example("a: |99\n")
@example("\u2028: \u2029")
@settings(SOME, max_examples=250)
def test_any_text_is_told_at_a_place(text):
    """
    Text of any kind is no blueprint, and is told so on lines with a place.
    """
    lines = told(text)

    assert lines
    assert all(PLACED.fullmatch(line) for line in lines)


@given(data=st.binary(max_size=300))
@example(data=b"\xef\xbb\xbf")
@example(data=b"\xff\xfe")
@settings(SOME, max_examples=100)
def test_any_bytes_are_told_at_a_place(data, tmp_path_factory):
    """
    A file of any bytes is refused by a line with a place.
    """
    path: Path = tmp_path_factory.getbasetemp() / "b.yaml"
    path.write_bytes(data)

    try:
        problems = load(path).check()
    except BlueprintError as error:
        problems = error.problems

    assert problems
    assert all(problem.line and problem.column for problem in problems)


def node(value: Any) -> Node:
    """Plain data as the file's values."""
    if isinstance(value, dict):
        return Node({key: node(inner) for key, inner in value.items()}, Mark(1, 1))
    return Node([node(v) for v in value] if isinstance(value, list) else value, Mark(1, 1))


keys = st.sampled_from("abc")
trees = st.dictionaries(keys, st.recursive(st.integers(), lambda v: st.dictionaries(keys, v, max_size=3)), max_size=3)
overlays = st.dictionaries(
    keys,
    st.recursive(st.none() | st.integers() | st.lists(st.integers()), lambda v: st.dictionaries(keys, v, max_size=3)),
    max_size=3,
)


@given(base=trees, over=overlays)
@settings(SOME, max_examples=150)
def test_overlay_merges_by_key(base, over):
    """
    An overlay says what its keys are, twice as once; what it does not name stays; and it leaves no `null`.
    """
    merged = merge(node(base), node(over)).plain

    assert merge(node(merged), node(over)).plain == merged
    assert {k: v for k, v in merged.items() if k not in over} == {k: v for k, v in base.items() if k not in over}
    assert not any(over[k] is None for k in over if k in merged)
    assert all(merged[k] == v for k, v in over.items() if isinstance(v, int | list))
    assert merge(node(base), node({})).plain == base
    assert merge(node(base), node(base)).plain == base


durations = st.builds("{}{}".format, st.integers(1, 90), st.sampled_from("mhd"))
plain_text = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=("Cc", "Cs")), max_size=30
)
machines = st.fixed_dictionaries(
    {},
    optional={
        "cpu": st.integers(1, 96) | st.floats(0.5, 64),
        "memory": st.builds("{}GiB".format, st.integers(1, 700)),
        "max_usd_per_hour": st.floats(0.01, 99),
    },
).filter(lambda m: "cpu" in m or "memory" in m)
trainings = st.fixed_dictionaries(
    {"machine": machines, "restartable": st.just(True)},
    optional={
        "spot": st.booleans() | st.fixed_dictionaries({"fallback": st.sampled_from(["on-demand", "none"])}),
        "checkpoint": st.fixed_dictionaries({"every": durations}),
        "max_run": durations,
        "nodes": st.integers(1, 64),
        "command": st.lists(plain_text, max_size=3),
        "environment": st.dictionaries(
            st.from_regex(r"[A-RT-Z_][a-zA-Z0-9_]{7,20}", fullmatch=True), plain_text, max_size=3
        ),
        "hyperparameters": st.dictionaries(
            st.from_regex(r"[A-Za-z0-9_+~][A-Za-z0-9_.:/+~-]{0,30}", fullmatch=True),
            plain_text | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e9, 1e9),
            max_size=4,
        ),
    },
)


@given(training=trainings, description=plain_text)
@SOME
def test_what_is_shown_can_be_loaded_again(training, description):
    """
    A good blueprint is shown as YAML that means the same, whatever text and numbers are in it.
    """
    data = {**parse(FULL).root.plain, "training": {"fit": training}, "description": description}
    blueprint = parse(dumped(data)).resolve("prod", "aws")

    assert parse(show(blueprint)).resolve("prod", "aws") == blueprint
