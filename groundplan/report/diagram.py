"""A plan as a picture: how its components lean on each other, and how one is made up inside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from markupsafe import Markup

from groundplan.report.assets import asset
from groundplan.report.ink import Line, Node, Text, draw, wrap
from groundplan.report.markup import element
from groundplan.report.money import Amount, by_component
from groundplan.report.twins import merge_twins
from groundplan.report.typeset import TIMES
from groundplan.report.view import Component, Resource, View, views

__all__ = ["inside", "overview", "svg"]

LIMIT = 1120.0  # widest drawing that fits the page, pixels
KINDS = 5  # listed in a component's box
TEXT = 190.0  # widest line in a box before it is broken


def svg(plan: Mapping[str, Any]) -> str:
    """
    The architecture of one plan as an SVG document of its own: no script, no font, no other file.

    Raises:
        ValueError: A document of another schema.
    """
    (view,) = views([plan])
    sheet = Markup(asset("colours.css") + asset("diagram.css"))  # noqa: S704  ours, not a plan's
    style = Markup("<style>{}</style>").format(sheet)
    drawing = str(overview(view, links=False))
    opening, close, rest = drawing.partition("</title>")
    ground = element("rect", class_="ground", width="100%", height="100%")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{opening}{close}{style}{ground}{rest}\n'


def overview(view: View, *, links: bool = True) -> Markup:
    """Every component as a box, and an arrow wherever a resource of one needs one of another."""
    costs = by_component(view)
    where = {component.name: component.anchor for component in view.components}
    counted = Counter(
        (needed.component, user.component) for needed, user in view.edges if needed.component != user.component
    )
    nodes = [_component_node(c, costs.get(c.name), links) for c in view.components]
    lines = [
        Line((where[a], where[b]), f"{b} needs {a}: {_plural(n, 'dependency')}")
        for (a, b), n in sorted(counted.items())
    ]
    blueprint = str(view.plan.get("blueprint", ""))
    return draw(nodes, lines, f"{blueprint} on {view.title}", limit=LIMIT, least=176)


def inside(view: View, component: Component) -> Markup:
    """Every resource of one component, and of other components what it leans on."""
    groups = merge_twins(component, view)
    box = {r.urn: f"n-{group[0].anchor}" for group in groups for r in group}
    others = {other.name: other for other in view.components if other is not component}
    drawn: dict[tuple[str, str], list[tuple[Resource, Resource]]] = {}
    outside: dict[str, Component] = {}
    for needed, user in view.edges:
        if user.component == component.name:
            other = others.get(needed.component)
            start = f"n-{other.anchor}" if other else box[needed.urn]
            drawn.setdefault((start, box[user.urn]), []).append((needed, user))
            outside |= {start: other} if other else {}
    nodes = [_outside_node(name, other) for name, other in outside.items()]
    nodes += [_resource_node(box[group[0].urn], group) for group in groups]
    lines = [_inner_line(edge, pairs, outside) for edge, pairs in drawn.items()]
    return draw(nodes, lines, f"Inside {component.name}", limit=LIMIT, least=120)


def _component_node(component: Component, cost: Amount | None, links: bool) -> Node:
    shown = component.kinds if len(component.kinds) <= KINDS + 1 else component.kinds[:KINDS]
    rest = len(component.kinds) - len(shown)
    texts = wrap(component.name, TEXT, "name", 13, mono=True)
    texts.append(Text(_plural(len(component.resources), "resource"), "count", 11.5))
    if cost:
        texts.extend(wrap(f"{cost.text} a month" if cost.expected else cost.text, TEXT, "cost", 11.5))
    for kind, number in shown:
        label = f"{kind} {TIMES} {number}" if number > 1 else kind
        texts.extend(wrap(label, TEXT, "kind", 11))
    if rest:
        texts.append(Text(f"and {_plural(rest, 'more kind')}", "kind", 11))
    return Node(
        name=component.anchor,
        texts=tuple(texts),
        title=f"{component.name}: {_plural(len(component.resources), 'resource')}",
        link=component.anchor if links else "",
        look=f"component {component.family}",
    )


def _outside_node(name: str, other: Component) -> Node:
    texts = (*wrap(other.name, TEXT, "name", 11.5, mono=True), Text("elsewhere", "kind", 10.5))
    return Node(name, texts, f"Component {other.name}", other.anchor, f"outside {other.family}")


def _resource_node(name: str, group: Sequence[Resource]) -> Node:
    first, many = group[0], len(group)
    texts = wrap(f"{first.service} · {first.kind}", TEXT, "kind", 10.5)
    texts += wrap(_shared_name(group), TEXT, "name", 12, mono=True)
    listed = "\n".join(f"{resource.type} {resource.name}" for resource in group)
    look = "single protected" if any(r.protect for r in group) else "single"
    return Node(name, tuple(texts), listed, first.anchor, look, stack=many > 1)


def _shared_name(group: Sequence[Resource]) -> str:
    """One name, or what several names begin with and how many they are."""
    if len(group) == 1:
        return group[0].name
    columns = zip(*(resource.name for resource in group), strict=False)
    start = "".join(chars[0] for chars in takewhile(lambda c: len(set(c)) == 1, columns))
    return f"{start}… {TIMES} {len(group)}" if len(start) > 2 else f"{len(group)} alike"


def _inner_line(
    edge: tuple[str, str],
    pairs: Sequence[tuple[Resource, Resource]],
    outside: Mapping[str, Component],
) -> Line:
    said = [f"{user.name} needs {needed.name}" for needed, user in pairs]
    shown = said if len(said) <= 12 else [*said[:11], f"and {len(said) - 11} more"]
    joined = " ".join(f"{needed.anchor}>{user.anchor}" for needed, user in pairs)
    return Line(edge, "\n".join(shown), joined, "far" if edge[0] in outside else "")


def _plural(number: int, noun: str) -> str:
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else many}"
