"""Last step of a drawing: where each box stands and how each line runs, in pixels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from groundplan.report.crossings import reduce_crossings
from groundplan.report.layers import Edge, Lane, Rows, Spot, make_rows

__all__ = ["Box", "Layout", "Size", "arrange"]

BESIDE = 28.0  # between two boxes of a row
LANE = 14.0  # a lane's width, with its air
STEP = 13.0  # between two arrowheads at one box
ITERATIONS = 12
ROOM = (1.0, 0.85, 0.7, 0.55)  # of the width for boxes, tried in turn; the rest is for lanes


@dataclass(frozen=True)
class Size:
    """Width and height of a box, pixels."""

    width: float
    height: float


@dataclass(frozen=True)
class Box:
    """A box in its place: top left corner and size, pixels."""

    x: float
    y: float
    width: float
    height: float


Piece = tuple[float, float, float, float]  # x at the upper end, y there, x at the lower end, y


@dataclass(frozen=True)
class Layout:
    """
    A drawing without ink.

    Attributes:
        boxes: Each box by its name.
        lines: For each edge, the curved pieces from its upper end to its lower; between two
            pieces the line runs straight down.
        upward: Edges whose arrow is at the upper end.
    """

    width: float
    height: float
    boxes: Mapping[str, Box]
    lines: Mapping[Edge, tuple[Piece, ...]]
    upward: frozenset[Edge]


def arrange(sizes: Mapping[str, Size], edges: Iterable[Edge], *, limit: float) -> Layout:
    """Lay boxes out in rows, what is needed above what needs it, at most `limit` wide where lines allow."""
    wanted = list(edges)
    layouts = []
    for part in ROOM:
        layouts.append(_arrange(sizes, wanted, limit, limit * part))
        if layouts[-1].width <= limit:
            return layouts[-1]
    return min(layouts, key=lambda layout: layout.width)


def _arrange(sizes: Mapping[str, Size], edges: list[Edge], limit: float, for_boxes: float) -> Layout:
    room = {name: size.width + BESIDE for name, size in sizes.items()}
    rows = make_rows(room, edges, for_boxes)
    reduce_crossings(rows)
    centre = _centres(rows, sizes, limit)
    tops, bottoms = _bands(rows, sizes, centre)
    left = min((centre[n] - sizes[n].width / 2 for n in sizes), default=0)
    left = min([left, *(centre[s] for row in rows.spots for s in row if isinstance(s, Lane))])
    centre = {spot: x - left for spot, x in centre.items()}
    where = {spot: number for number, row in enumerate(rows.spots) for spot in row}
    boxes = {
        name: Box(centre[name] - size.width / 2, tops[where[name]], size.width, size.height)
        for name, size in sizes.items()
    }
    right = [box.x + box.width for box in boxes.values()]
    right += [centre[spot] for spot in where if isinstance(spot, Lane)]
    return Layout(
        width=max(right, default=0),
        height=bottoms[-1] if bottoms else 0,
        boxes=boxes,
        lines=_lines(rows, boxes, centre, where, tops, bottoms),
        upward=frozenset(rows.upward),
    )


def _span(spot: Spot, sizes: Mapping[str, Size]) -> float:
    return LANE if isinstance(spot, Lane) else sizes[spot].width + BESIDE


def _centres(rows: Rows, sizes: Mapping[str, Size], limit: float) -> dict[Spot, float]:
    """Pull each spot to its neighbours, again and again, without changing a row's order."""
    centre: dict[Spot, float] = {}
    for row in rows.spots:
        spans = [_span(spot, sizes) for spot in row]
        at = -sum(spans) / 2
        for spot, span in zip(row, spans, strict=True):
            centre[spot] = at + span / 2
            at += span
    half = max([limit, *(sum(_span(s, sizes) for s in row) for row in rows.spots)]) / 2
    for turn in range(ITERATIONS):
        for row in rows.spots if turn % 2 == 0 else reversed(rows.spots):
            wishes = [_wish(rows, spot, centre) for spot in row]
            spans = [_span(spot, sizes) for spot in row]
            centre.update(zip(row, _spread(wishes, spans, half), strict=True))
    return centre


def _wish(rows: Rows, spot: Spot, centre: Mapping[Spot, float]) -> tuple[float, float]:
    """Where a spot wants to be and how much; a trunk wants most of all to be straight."""
    total = weight = 0.0
    for other in [*rows.links.predecessors(spot), *rows.links.successors(spot)]:
        pull = 1.0 + 15.0 * isinstance(spot, Lane) * isinstance(other, Lane)
        total += pull * centre[other]
        weight += pull
    return (total / weight, weight) if weight else (centre[spot], 0.1)


def _spread(wishes: Sequence[tuple[float, float]], spans: Sequence[float], half: float) -> list[float]:
    """Places nearest to the wishes, by weighted squares, without overlap, from -half to half."""
    offsets = [0.0]
    for one, next_one in pairwise(spans):
        offsets.append(offsets[-1] + (one + next_one) / 2)
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many: pool adjacent violators
    for (wish, weight), offset in zip(wishes, offsets, strict=True):
        mean, total, count = wish - offset, weight, 1
        while pools and pools[-1][0] > mean:
            before, heavy, many = pools.pop()
            mean = (before * heavy + mean * total) / (heavy + total)
            total, count = total + heavy, count + many
        pools.append((mean, total, count))
    placed = [mean for mean, _, count in pools for _ in range(count)]
    first, last = spans[0] / 2 - half, half - spans[-1] / 2 - offsets[-1]
    return [min(max(mean, first), last) + offset for mean, offset in zip(placed, offsets, strict=True)]


def _bands(rows: Rows, sizes: Mapping[str, Size], centre: Mapping[Spot, float]) -> tuple[list[float], list[float]]:
    """Top and bottom of each row; the air below grows with how far lines run sideways."""
    tops: list[float] = []
    bottoms: list[float] = []
    at = 0.0
    for row in rows.spots:
        tops.append(at)
        heights = [sizes[spot].height for spot in row if not isinstance(spot, Lane)]
        bottoms.append(at + max(heights, default=0))
        reach = [abs(centre[s] - centre[e]) for s in row for e in rows.links.successors(s)]
        at = bottoms[-1] + min(96, 44 + 0.06 * max(reach, default=0))
    return tops, bottoms


def _lines(
    rows: Rows,
    boxes: Mapping[str, Box],
    centre: Mapping[Spot, float],
    where: Mapping[Spot, int],
    tops: Sequence[float],
    bottoms: Sequence[float],
) -> dict[Edge, tuple[Piece, ...]]:
    ports = _ports(rows, boxes, centre)
    lines: dict[Edge, tuple[Piece, ...]] = {}
    for edge, path in rows.paths.items():
        pieces: list[Piece] = []
        for upper, lower in pairwise(path):
            end = centre[lower] if isinstance(lower, Lane) else ports[upper, lower]
            top, bottom = bottoms[where[upper]], tops[where[lower]]
            pieces.append((centre[upper], top, end, bottom))
        lines[edge] = tuple(pieces)
    return lines


def _ports(rows: Rows, boxes: Mapping[str, Box], centre: Mapping[Spot, float]) -> dict[tuple[Spot, str], float]:
    """Where lines enter a box: side by side, in the order they come from."""
    ports: dict[tuple[Spot, str], float] = {}
    for name, box in boxes.items():
        coming = sorted(rows.links.predecessors(name), key=lambda spot: centre[spot])
        step = min(STEP, 0.8 * box.width / max(len(coming), 1))
        first = box.x + box.width / 2 - step * (len(coming) - 1) / 2
        for index, spot in enumerate(coming):
            ports[spot, name] = first + step * index
    return ports
