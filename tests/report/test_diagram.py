"""The picture tells the truth: each box, each arrow, every word within its box."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from groundplan.report import svg
from groundplan.report.diagram import inside, overview
from groundplan.report.typeset import text_width
from groundplan.report.view import View, views
from tests.report.markup_reader import Element, read
from tests.report.sample import plan, plans

VIEWS = views(plans())
LONG = "a-name-that-no-box-can-hold-" * 8


def _nodes(drawing: Element) -> list[Element]:
    return list(drawing.find("g", class_="node"))


def _frame(node: Element) -> tuple[float, float, float, float]:
    rect = list(node.find("rect", class_="frame"))[-1].attributes
    x, y, width, height = (float(rect[name]) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
def test_overview_has_each_component_and_each_edge_between_them(view: View) -> None:
    """An arrow joins two components exactly when a resource of one needs one of the other."""
    drawing = read(str(overview(view)))
    where = {component.name: component.anchor for component in view.components}
    assert {n.attributes["data-node"] for n in _nodes(drawing)} == set(where.values())
    drawn = [(e.attributes["data-from"], e.attributes["data-to"]) for e in drawing.find("path")]
    real = {(where[a.component], where[b.component]) for a, b in view.edges}
    assert sorted(drawn) == sorted((a, b) for a, b in real if a != b)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
def test_inner_pictures_together_are_the_dependency_graph(view: View) -> None:
    """Every dependency of the plan is drawn once, in the component of the one that needs."""
    drawn = []
    for component in view.components:
        for path in read(str(inside(view, component))).find("path", class_="edge"):
            drawn += [tuple(pair.split(">")) for pair in path.attributes["data-pairs"].split()]
    declared = {
        (dependency, entry["urn"])
        for entry in view.plan["resources"]
        if not entry["type"].startswith("groundplan:")
        for dependency in entry["dependencies"]
    }
    real = [(view.by_urn[a].anchor, view.by_urn[b].anchor) for a, b in declared]
    assert sorted(drawn) == sorted(real)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
def test_inner_pictures_name_each_resource(view: View) -> None:
    """A resource is a box, or one of the alike that a stacked box names in its tooltip."""
    for component in view.components:
        titles = [next(n.find("title")).text for n in _nodes(read(str(inside(view, component))))]
        lines = [line for title in titles for line in title.splitlines()]
        for resource in component.resources:
            assert lines.count(f"{resource.type} {resource.name}") == 1


def test_a_dependency_on_a_component_is_one_on_what_it_holds() -> None:
    """`depends_on` a component draws an arrow from it."""
    one = plan()
    (registry,) = [r for r in one["resources"] if r["type"] == "groundplan:aws:Registry"]
    (budget,) = [r for r in one["resources"] if r["name"] == "monthly"]
    budget["dependencies"] = [registry["urn"]]
    budget["propertyDependencies"] = {}
    edges = {(a.component, b.component) for a, b in views([one])[0].edges if b.name == "monthly"}
    assert edges == {("registry", "budget")}


def test_components_that_need_each_other_are_both_drawn() -> None:
    """A cycle between components is drawn with one arrow each way."""
    one = plan()
    names = {r["name"]: r for r in one["resources"]}
    names["key"]["dependencies"] = [names["training-role"]["urn"]]
    (view,) = views([one])
    where = {component.name: component.anchor for component in view.components}
    drawn = {
        (e.attributes["data-from"], e.attributes["data-to"]): e.attributes["d"]
        for e in read(str(overview(view))).find("path")
    }
    there = drawn[where["foundation"], where["identity"]]
    back = drawn[where["identity"], where["foundation"]]
    assert re.findall("M[^A-Z]*", there)[0] == re.findall("M[^A-Z]*", back)[0]
    assert there.rpartition("M")[2] != back.rpartition("M")[2]


@pytest.mark.parametrize("name", ["scorer", LONG, "W" * 90, "漢字" * 40], ids=["short", "long", "wide", "full-width"])
def test_text_stays_in_its_box_and_boxes_apart(name: str) -> None:
    """No label is cut off, shortened or laid over another, however long a name is."""
    one = plan()
    next(r for r in one["resources"] if r["type"].endswith(":Endpoint"))["name"] = name
    (view,) = views([one])
    component = next(c for c in view.components if c.name == "endpoints/scorer")
    for drawing in (read(str(overview(view))), read(str(inside(view, component)))):
        frames = [_frame(node) for node in _nodes(drawing)]
        for one_box, other in combinations(frames, 2):
            assert one_box[2] <= other[0] or other[2] <= one_box[0] or one_box[3] <= other[1] or other[3] <= one_box[1]
        for node, (left, top, right, bottom) in zip(_nodes(drawing), frames, strict=True):
            for text in node.find("text"):
                size, mono = float(text.attributes["font-size"]), "code" in text.attributes["class"]
                x, y = float(text.attributes["x"]), float(text.attributes["y"])
                assert left < x
                assert x + text_width(text.text, size, mono=mono) < right
                assert top < y - 0.75 * size
                assert y + 0.25 * size < bottom
    shown = "".join(t.text for t in read(str(inside(view, component))).find("text", class_="name"))
    assert name in shown


def test_the_picture_alone_is_a_whole_svg_document() -> None:
    """The export opens by itself, in light and in dark, and loads nothing."""
    text = svg(plan())
    root = ElementTree.fromstring(text)  # noqa: S314  our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert float(root.attrib["width"]) > 0
    assert "prefers-color-scheme: dark" in text
    outside = re.findall(r"""(?:href|src)=|url\(|@import|<script""", text)
    assert not outside
    assert svg(plan()) == text


def test_a_hostile_name_leaves_the_svg_well_formed() -> None:
    """The export stays XML whatever a plan holds."""
    one = plan()
    one["resources"][1]["component"] = "</text><script>\x00\x1b ]]> & \ud800"
    root = ElementTree.fromstring(svg(one))  # noqa: S314  our own
    assert not [e for e in root.iter() if e.tag.endswith("script")]
    assert "</text><script>" in "".join(root.itertext())


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
def test_the_picture_fits_the_page(view: View) -> None:
    """At its full size the picture is no wider than the page's column."""
    for drawing in (overview(view), *(inside(view, c) for c in view.components)):
        assert float(next(read(str(drawing)).find("svg")).attributes["width"]) <= 1184
