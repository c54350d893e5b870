"""Any graph can be drawn: boxes apart, lines that pass between them, few crossings."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from groundplan.report.crossings import count_crossings, reduce_crossings
from groundplan.report.layers import make_rows
from groundplan.report.layout import Box, Layout, Size, arrange

GRAPHS = st.integers(1, 18).flatmap(
    lambda count: st.tuples(
        st.lists(st.tuples(st.integers(40, 260), st.integers(20, 140)), min_size=count, max_size=count),
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=40),
    )
)


def _draw(graph: tuple[list[tuple[int, int]], list[tuple[int, int]]]) -> Layout:
    sizes, edges = graph
    named = {f"n{index}": Size(*size) for index, size in enumerate(sizes)}
    return arrange(named, [(f"n{a}", f"n{b}") for a, b in edges], limit=700)


def _apart(one: Box, other: Box) -> bool:
    return (
        one.x + one.width <= other.x + 1e-6
        or other.x + other.width <= one.x + 1e-6
        or one.y + one.height <= other.y + 1e-6
        or other.y + other.height <= one.y + 1e-6
    )


@settings(max_examples=60, deadline=None)
@given(GRAPHS)
def test_boxes_never_overlap_and_stay_on_the_sheet(
    graph: tuple[list[tuple[int, int]], list[tuple[int, int]]],
) -> None:
    """Every box has its own place within the stated size."""
    layout = _draw(graph)
    assert all(_apart(a, b) for a, b in combinations(layout.boxes.values(), 2))
    for box in layout.boxes.values():
        assert -1e-6 <= box.x
        assert box.x + box.width <= layout.width + 1e-6
        assert 0 <= box.y
        assert box.y + box.height <= layout.height + 1e-6


@settings(max_examples=60, deadline=None)
@given(GRAPHS)
def test_lines_join_their_boxes_and_run_through_no_other(
    graph: tuple[list[tuple[int, int]], list[tuple[int, int]]],
) -> None:
    """A line starts below one box, ends on top of the other, and never crosses a third."""
    layout = _draw(graph)
    wanted = {(f"n{a}", f"n{b}") for a, b in graph[1] if a != b}
    assert set(layout.lines) == wanted
    for edge, pieces in layout.lines.items():
        upper, lower = (edge[1], edge[0]) if edge in layout.upward else edge
        top, end = layout.boxes[upper], layout.boxes[lower]
        assert top.x <= pieces[0][0] <= top.x + top.width
        assert end.x <= pieces[-1][2] <= end.x + end.width
        assert abs(pieces[-1][3] - end.y) < 1e-6
        for name, box in layout.boxes.items():
            for (x, y), (_, to) in _straights(top, pieces):
                within = box.x < x < box.x + box.width and y < box.y + box.height and to > box.y
                assert name in edge or not within
            for _, y, _, to in pieces:
                assert box.y + box.height <= y + 1e-6 or to <= box.y + 1e-6


def _straights(
    top: Box, pieces: tuple[tuple[float, float, float, float], ...]
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The vertical parts of a line: below its box, and through each row it passes."""
    x, y = pieces[0][0], top.y + top.height
    found = [((x, y), (x, pieces[0][1]))]
    for before, after in pairwise(pieces):
        found.append(((before[2], before[3]), (after[0], after[1])))
    return found


def test_a_tangle_that_can_be_undone_is() -> None:
    """Two mirrored fans, given in the worst order, end without a crossing."""
    names = [f"a{i}" for i in range(6)] + [f"b{i}" for i in range(6)]
    edges = [(f"a{i}", f"b{5 - i}") for i in range(6)]
    rows = make_rows(dict.fromkeys(names, 100.0), edges, 1000)
    assert count_crossings(rows) == 15
    reduce_crossings(rows)
    assert count_crossings(rows) == 0


def test_a_cycle_is_drawn_with_one_arrow_up() -> None:
    """Only as many arrows point up as cycles must be broken."""
    names = dict.fromkeys("abcd", 100.0)
    rows = make_rows(names, [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")], 1000)
    assert len(rows.upward) == 1


def test_a_row_is_no_wider_than_asked() -> None:
    """Forty boxes that need nothing fill several rows instead of one long one."""
    layout = arrange({f"n{i}": Size(100, 40) for i in range(40)}, [], limit=700)
    assert layout.width <= 700
