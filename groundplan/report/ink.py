"""Boxes and lines of a diagram as SVG, once it is known where they go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from groundplan.report.layers import Edge
from groundplan.report.layout import Box, Layout, Size, arrange
from groundplan.report.markup import element
from groundplan.report.typeset import break_lines, text_width

__all__ = ["Line", "Node", "Text", "draw"]

PAD = 12.0  # between a box's border and its text
MARGIN = 8.0  # around a drawing
CORNER = 6
ARROW = 4.0
LEADING = 1.36


@dataclass(frozen=True)
class Text:
    """A line of text in a box: its look (a CSS class), size in pixels, and face."""

    text: str
    look: str
    size: float
    mono: bool = False

    @property
    def width(self) -> float:
        return text_width(self.text, self.size, mono=self.mono)


@dataclass(frozen=True)
class Node:
    """A box: what it says, where a click goes, and the CSS classes that colour it."""

    name: str
    texts: tuple[Text, ...]
    title: str
    link: str
    look: str
    stack: bool = False  # stands for several resources

    def size(self, least: float) -> Size:
        """As wide as the widest text needs, so that nothing is ever cut off."""
        widest = max((text.width for text in self.texts), default=0)
        height = sum(text.size * LEADING for text in self.texts)
        return Size(max(least, widest + 2 * PAD), height + 2 * PAD - 4)


@dataclass(frozen=True)
class Line:
    """An arrow between two nodes: from what is needed to what needs it."""

    edge: Edge
    title: str
    pairs: str = ""  # the dependencies it stands for: `needed>user needed>user`
    look: str = ""


def wrap(text: str, limit: float, look: str, size: float, *, mono: bool = False) -> list[Text]:
    """Text in as many lines as it takes."""
    lines = break_lines(text, limit, size, mono=mono)
    return [Text(line, look, size, mono) for line in lines]


def draw(nodes: Sequence[Node], lines: Sequence[Line], label: str, *, limit: float, least: float) -> Markup:
    """The whole SVG element; it states its size in pixels, and scales."""
    sizes = {node.name: node.size(least) for node in nodes}
    layout = arrange(sizes, [line.edge for line in lines], limit=limit)
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    return element(
        "svg",
        element("title", label),
        element("g", *_arrows(lines, layout), transform=f"translate({MARGIN:g} {MARGIN:g})"),
        element("g", *_boxes(nodes, layout), transform=f"translate({MARGIN:g} {MARGIN:g})"),
        xmlns="http://www.w3.org/2000/svg",
        class_="diagram",
        role="group",
        aria_label=label,
        viewBox=f"0 0 {width:.1f} {height:.1f}",
        width=width,
        height=height,
    )


def _arrows(lines: Iterable[Line], layout: Layout) -> Iterable[Markup]:
    for line in lines:
        needed, user = line.edge
        yield element(
            "path",
            element("title", line.title),
            class_=f"edge {line.look}".strip(),
            d=_path(layout, line.edge),
            data_from=needed,
            data_to=user,
            data_pairs=line.pairs or None,
        )


def _path(layout: Layout, edge: Edge) -> str:
    """Straight through rows, curved between them, with an open arrowhead at the user's end."""
    up = edge in layout.upward
    upper = layout.boxes[edge[1] if up else edge[0]]
    pieces = layout.lines[edge]
    start = upper.y + upper.height
    steps = [f"M{pieces[0][0]:.1f} {start:.1f}"]
    for x, y, to_x, to_y in pieces:
        middle = (y + to_y) / 2
        steps.append(f"V{y:.1f}C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}")
    x, y = (pieces[0][0], start) if up else pieces[-1][2:]
    back = ARROW if up else -ARROW
    steps.append(f"M{x - ARROW:.1f} {y + back * 1.3:.1f}L{x:.1f} {y:.1f}")
    steps.append(f"L{x + ARROW:.1f} {y + back * 1.3:.1f}")
    return "".join(steps)


def _boxes(nodes: Iterable[Node], layout: Layout) -> Iterable[Markup]:
    for node in nodes:
        box = layout.boxes[node.name]
        drawn = element(
            "g",
            element("title", node.title),
            *_frame(node, box),
            *_texts(node.texts, box),
            class_=f"node {node.look}",
            data_node=node.name,
        )
        yield element("a", drawn, href=f"#{node.link}") if node.link else drawn


def _frame(node: Node, box: Box) -> Iterable[Markup]:
    placed: Mapping[str, float] = {"width": box.width, "height": box.height, "rx": CORNER}
    if node.stack:
        yield element("rect", class_="frame", x=box.x + 4, y=box.y + 4, **placed)
    yield element("rect", class_="frame", x=box.x, y=box.y, **placed)
    yield element("rect", class_="mark", x=box.x, y=box.y, width=3, height=box.height, rx=1.5)


def _texts(texts: Iterable[Text], box: Box) -> Iterable[Markup]:
    y = box.y + PAD - 2
    for text in texts:
        y += text.size * LEADING
        yield element(
            "text",
            text.text,
            class_=f"{text.look} code" if text.mono else text.look,
            x=box.x + PAD,
            y=y - text.size * 0.36,
            font_size=text.size,
        )
