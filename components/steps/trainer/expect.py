"""What the data must look like, or the run stops before it costs anything."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

import pandas as pd

from .tables import read

__all__ = ["run"]


def run(given: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, Any]:
    """
    The report on every channel; what it finds wrong is under `failed`, a sentence each.

    Args:
        given: `rows`: `at_least`, `at_most`. `columns`: column to `min`, `max`, `missing` (a share), `unique`.
        inputs: Channel to folder.

    Raises:
        Problem: A channel's data can't be read.
    """
    failed: list[str] = []
    rows: dict[str, int] = {}
    for channel, folder in sorted(inputs.items()):
        if channel in given.get("channels", [channel]):
            table = read(folder, channel)
            rows[channel] = len(table)
            failed += [f"{channel}: {wrong}" for wrong in _wrong(table, given)]
    return {"rows": rows, "failed": failed, "metrics": {"rows": sum(rows.values()), "failed": len(failed)}}


def _wrong(table: pd.DataFrame, given: Mapping[str, Any]) -> Iterator[str]:
    asked = given.get("rows") or {}
    if asked.get("at_least") is not None and len(table) < asked["at_least"]:
        yield f"{len(table)} rows, and at least {asked['at_least']} are expected"
    if asked.get("at_most") is not None and len(table) > asked["at_most"]:
        yield f"{len(table)} rows, and at most {asked['at_most']} are expected"
    for name, check in sorted((given.get("columns") or {}).items()):
        if name not in table:
            yield f"no column {name}; there are {', '.join(map(str, table.columns[:12]))}"
        else:
            yield from _of_column(name, table[name], check)


def _of_column(name: str, column: pd.Series, check: Mapping[str, Any]) -> Iterator[str]:
    share = float(column.isna().mean()) if len(column) else 0.0
    if check.get("missing") is not None and share > check["missing"]:
        yield f"{name}: {share:.2%} of the rows have no value, and {check['missing']:.2%} may"
    if check.get("min") is not None or check.get("max") is not None:
        numbers = pd.to_numeric(column, errors="coerce")
        words = int((numbers.isna() & column.notna()).sum())
        if words:
            yield f"{name}: {words} values are no numbers"
        for bound, beyond in (
            ("min", numbers < check["min"] if check.get("min") is not None else None),
            ("max", numbers > check["max"] if check.get("max") is not None else None),
        ):
            if beyond is not None and beyond.any():
                first = numbers[beyond].iloc[0]
                yield f"{name}: {int(beyond.sum())} values beyond {bound} {check[bound]:g}, such as {first:g}"
    if check.get("unique") and column.duplicated().any():
        again = column[column.duplicated()]
        yield f"{name}: {len(again)} values are there more than once, such as {again.iloc[0]}"
