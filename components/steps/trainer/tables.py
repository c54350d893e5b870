"""Tables of a folder: CSV with a header, JSON lines and Parquet, plain or gzipped, as one frame."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Iterator

import pandas as pd

from .problem import Problem

__all__ = ["json_lines", "read", "readable"]

CSV, LINES, PARQUET = (".csv", ".csv.gz"), (".jsonl", ".json", ".jsonl.gz", ".json.gz"), (".parquet",)


def readable(folder: str) -> list[Path]:
    """Files of the folder that hold data, in the order of their names; hidden ones and markers don't."""
    files = sorted(p for p in Path(folder).rglob("*") if p.is_file() and p.stat().st_size)
    return [p for p in files if not any(part.startswith((".", "_")) for part in p.relative_to(folder).parts)]


def json_lines(path: Path) -> Iterator[Any]:
    """
    The documents of a file, one a line.

    Raises:
        Problem: A line is not JSON.
    """
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except ValueError as wrong:
                raise Problem(
                    f"{path.name}, line {number} is not JSON ({wrong}). Write one document a line."
                ) from wrong


def read(folder: str, what: str) -> pd.DataFrame:
    """
    All tables of a folder, one under the other.

    Args:
        folder: Where they lie, at any depth.
        what: What they are, for messages.

    Raises:
        Problem: There is none, or one that can't be read.
    """
    frames = [frame for frame in map(_table, readable(folder)) if frame is not None]
    if not frames:
        raise Problem(f"{what} has no table: nothing that ends in {', '.join(CSV + LINES + PARQUET)} is under it.")
    return pd.concat(frames, ignore_index=True)


def _table(path: Path) -> pd.DataFrame | None:
    name = path.name.lower()
    try:
        if name.endswith(CSV):
            return pd.read_csv(path)
        if name.endswith(PARQUET):
            return pd.read_parquet(path)
    except (ValueError, ImportError, OSError) as wrong:
        raise Problem(f"{path.name} can't be read as a table: {wrong}.") from wrong
    return pd.DataFrame(list(json_lines(path))) if name.endswith(LINES) else None
