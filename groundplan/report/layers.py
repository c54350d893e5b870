"""First step of a drawing: which row each box stands in, and the lanes of lines that pass rows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

import networkx as nx

from groundplan.report.spans import shorten

__all__ = ["Lane", "Rows", "make_rows"]

Edge = tuple[str, str]


@dataclass(frozen=True)
class Lane:
    """Where the lines that leave one box pass through a row further down."""

    source: str
    row: int


Spot = str | Lane


@dataclass
class Rows:
    """
    Boxes and lanes in rows, from the top.

    Attributes:
        spots: What stands in each row, left to right.
        links: Pieces of line between neighbouring rows, upper end first.
        paths: For each edge, the spots it passes from its upper end to its lower one.
        upward: Edges whose arrow points up, as they close a cycle.
    """

    spots: list[list[Spot]]
    links: nx.DiGraph = field(default_factory=nx.DiGraph)
    paths: dict[Edge, tuple[Spot, ...]] = field(default_factory=dict)
    upward: set[Edge] = field(default_factory=set)


def make_rows(widths: Mapping[str, float], edges: Iterable[Edge], limit: float) -> Rows:
    """Put boxes in rows at most `limit` wide, every edge pointing down unless it closes a cycle."""
    wanted = [edge for edge in dict.fromkeys(edges) if edge[0] != edge[1]]
    order = _feedback_order(widths, wanted)
    upward = {(a, b) for a, b in wanted if order[a] > order[b]}
    graph = nx.DiGraph()
    graph.add_nodes_from(widths)
    graph.add_edges_from((b, a) if (a, b) in upward else (a, b) for a, b in wanted)
    row = shorten(graph, _assign(graph, widths, limit), widths, limit)
    rows = Rows([[] for _ in range(max(row.values(), default=-1) + 1)], upward=upward)
    for name in widths:
        rows.spots[row[name]].append(name)
    rows.links.add_nodes_from(widths)
    for edge in wanted:
        upper, lower = reversed(edge) if edge in upward else edge
        rows.paths[edge] = _path(rows, upper, lower, row)
    return rows


def _path(rows: Rows, upper: str, lower: str, row: Mapping[str, int]) -> tuple[Spot, ...]:
    """A line shares its lanes with the other lines of the same box: one trunk, many branches."""
    lanes = [Lane(upper, number) for number in range(row[upper] + 1, row[lower])]
    for lane in lanes:
        if lane not in rows.links:
            rows.spots[lane.row].append(lane)
            rows.links.add_node(lane)
    path: tuple[Spot, ...] = (upper, *lanes, lower)
    nx.add_path(rows.links, path)
    return path


def _feedback_order(names: Iterable[str], edges: Iterable[Edge]) -> dict[str, int]:
    """An order that few edges run against (Eades, Lin and Smyth's greedy heuristic)."""
    graph = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from(edges)
    rank = {name: index for index, name in enumerate(graph)}
    first: list[str] = []
    last: list[str] = []
    while graph:
        sinks = [n for n in graph if not graph.out_degree(n)]
        sources = [n for n in graph if not graph.in_degree(n) and graph.out_degree(n)]
        if sinks:
            last.extend(sorted(sinks, key=lambda n: -rank[n]))
        elif sources:
            first.extend(sources)
        else:
            sources = [max(graph, key=lambda n: (_pull(graph, n), -rank[n]))]
            first.extend(sources)
        graph.remove_nodes_from(sinks or sources)
    return {name: index for index, name in enumerate([*first, *reversed(last)])}


def _pull(graph: nx.DiGraph, node: Hashable) -> int:
    return graph.out_degree(node) - graph.in_degree(node)  # type: ignore[operator]


def _assign(graph: nx.DiGraph, widths: Mapping[str, float], limit: float) -> dict[str, int]:
    """Rows from the longest way down (Coffman and Graham), none wider than the limit."""
    below = _longest_way_down(graph)
    index = {name: place for place, name in enumerate(widths)}
    row: dict[str, int] = {}
    used: list[float] = []
    waiting = {name: graph.in_degree(name) for name in graph}
    ready = [name for name, count in waiting.items() if not count]
    while ready:
        ready.sort(key=lambda n: (-below[n], index[n]))
        name = ready.pop(0)
        lowest = max((row[p] + 1 for p in graph.predecessors(name)), default=0)
        row[name] = _first_with_room(used, lowest, widths[name], limit)
        for after in graph.successors(name):
            waiting[after] -= 1
            if not waiting[after]:
                ready.append(after)
    return row


def _longest_way_down(graph: nx.DiGraph) -> dict[str, int]:
    below: dict[str, int] = {}
    for name in reversed(list(nx.topological_sort(graph))):
        below[name] = max((below[s] + 1 for s in graph.successors(name)), default=0)
    return below


def _first_with_room(used: list[float], row: int, width: float, limit: float) -> int:
    while len(used) <= row:
        used.append(0)
    while used[row] and used[row] + width > limit:
        row += 1
        if row == len(used):
            used.append(0)
    used[row] += width
    return row
