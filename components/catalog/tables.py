"""Reads the CSV tables beside this module, each once."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Source", "number", "rows", "source", "sources"]

_DATA = Path(__file__).parent / "data"


@cache
def rows(table: str) -> tuple[dict[str, str], ...]:
    """The rows of `data/<table>.csv`, cells as text, an absent value as an empty one."""
    text = (_DATA / f"{table}.csv").read_text(encoding="utf-8")
    head, *body = csv.reader(text.splitlines())
    return tuple(dict(zip(head, line, strict=True)) for line in body)


def number(cell: str) -> float | None:
    """The number in a cell; None for an empty one, never 0."""
    return float(cell) if cell else None


@dataclass(frozen=True)
class Source:
    """
    Where a row comes from.

    Attributes:
        date: Day, month or year the figure is of, ISO 8601.
        licence: SPDX identifier of the material read.
        what: Publisher, file, and how the figure was derived from it.
    """

    name: str
    date: str
    licence: str
    what: str


@cache
def sources() -> dict[str, Source]:
    """Every source by the short name that rows refer to."""
    return {row["source"]: Source(row["source"], row["date"], row["licence"], row["what"]) for row in rows("sources")}


def source(name: str) -> Source:
    """
    The source of that short name.

    Raises:
        KeyError: No row of `sources.csv` has it.
    """
    return sources()[name]
