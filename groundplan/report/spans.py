"""Moves boxes to rows nearer to their neighbours, as every row a line passes costs it a lane."""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx

__all__ = ["shorten"]

SWEEPS = 8


def shorten(graph: nx.DiGraph, row: Mapping[str, int], widths: Mapping[str, float], limit: float) -> dict[str, int]:
    """
    The rows with fewer lanes, none wider than the limit, numbered without a gap.

    Lines of one box share their lanes, so what counts is how far a box is from the last that needs it.
    """
    now = dict(row)
    used = [0.0] * (max(now.values(), default=-1) + 1)
    for name, number in now.items():
        used[number] += widths[name]
    order = list(nx.topological_sort(graph))
    for sweep in range(SWEEPS):
        moved = False
        for name in reversed(order) if sweep % 2 == 0 else order:
            best = _best_row(graph, now, name, used, widths[name], limit)
            if best != now[name]:
                used[now[name]] -= widths[name]
                used[best] += widths[name]
                now[name], moved = best, True
        if not moved:
            break
    dense = {old: new for new, old in enumerate(sorted(set(now.values())))}
    return {name: dense[number] for name, number in now.items()}


def _best_row(graph: nx.DiGraph, row: dict[str, int], name: str, used: list[float], width: float, limit: float) -> int:
    """Among the rows it may stand in and fits into, the one with the fewest lanes around it."""
    here = row[name]
    first = max((row[p] + 1 for p in graph.predecessors(name)), default=0)
    last = min((row[s] - 1 for s in graph.successors(name)), default=len(used) - 1)
    cheapest, best = _lanes(graph, row, name, here), here
    for number in range(first, last + 1):
        if number != here and (not used[number] or used[number] + width <= limit):
            lanes = _lanes(graph, row, name, number)
            if lanes < cheapest:
                cheapest, best = lanes, number
    return best


def _lanes(graph: nx.DiGraph, row: dict[str, int], name: str, number: int) -> int:
    """Rows spanned by the lines out of a box and of those it needs, were it in that row."""
    down = max((row[s] for s in graph.successors(name)), default=number) - number
    return down + sum(
        max(number if s == name else row[s] for s in graph.successors(needed)) - row[needed]
        for needed in graph.predecessors(name)
    )
