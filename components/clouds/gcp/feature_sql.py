"""Tables and SQL of a feature view on BigQuery: what its columns are, and how new values get into the offline table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.features import ColumnType

__all__ = ["MOMENT", "Columns", "age", "load", "merge", "schema"]

MOMENT = "feature_timestamp"
"""
What the event time is called in the offline table: a feature group knows no other name for it.

Source: https://cloud.google.com/vertex-ai/docs/featurestore/latest/create-featuregroup#prepare-data-source
"""

KINDS: dict[ColumnType, str] = {
    "string": "STRING",
    "int": "INT64",
    "float": "FLOAT64",
    "bool": "BOOL",
    "timestamp": "TIMESTAMP",
    "vector": "FLOAT64",
}
# the names that tables have for them
FIELDS = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}

Columns = Sequence[tuple[str, ColumnType]]


def _name(number: int, column: str) -> str:
    return MOMENT if number == 1 else column


def schema(columns: Columns) -> list[dict[str, str]]:
    """Fields of the offline table; all but the key and the time may be empty, so that one more can be added later."""
    return [
        {
            "name": _name(number, column),
            "type": FIELDS.get(KINDS[kind], KINDS[kind]),
            "mode": "REPEATED" if kind == "vector" else "REQUIRED" if number < 2 else "NULLABLE",
        }
        for number, (column, kind) in enumerate(columns)
    ]


def load(uri: str, project: str, dataset: str, table: str) -> dict[str, Any]:
    """Configuration of the job that reads the source's files into a table of their own, in place of the last ones."""
    return {
        "load": {
            "sourceUris": [f"{uri}/*"],
            "sourceFormat": "PARQUET",
            "parquetOptions": {"enableListInference": True},
            "destinationTable": {"projectId": project, "datasetId": dataset, "tableId": table},
            "createDisposition": "CREATE_IF_NEEDED",
            "writeDisposition": "WRITE_TRUNCATE",
        }
    }


def _query(sql: str) -> dict[str, Any]:
    return {"query": {"query": sql, "useLegacySql": False}}


def merge(dataset: str, table: str, staged: str, columns: Columns) -> dict[str, Any]:
    """Configuration of the query that adds what is new, each moment of each entity once."""
    (key, _), (moment, _) = columns[:2]
    found = ", ".join(
        f"`{column}`" if kind == "vector" else f"CAST(`{column}` AS {KINDS[kind]}) AS `{column}`"
        for column, kind in columns
    )
    into = ", ".join(f"`{_name(n, column)}`" for n, (column, _) in enumerate(columns))
    values = ", ".join(f"s.`{column}`" for column, _ in columns)
    return _query(
        # every name in it is the stack's own
        f"MERGE `{dataset}.{table}` t USING (SELECT {found} FROM `{dataset}.{staged}`"  # noqa: S608
        f" WHERE `{key}` IS NOT NULL AND `{moment}` IS NOT NULL"
        f" QUALIFY ROW_NUMBER() OVER (PARTITION BY `{key}`, `{moment}`) = 1) s"
        f" ON t.`{key}` = s.`{key}` AND t.`{MOMENT}` = s.`{moment}`"
        f" WHEN NOT MATCHED THEN INSERT ({into}) VALUES ({values})"
    )


def age(dataset: str, table: str) -> dict[str, Any]:
    """Configuration of the query that says how many seconds ago the newest value was true, and what time it is."""
    newest = f"TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), MAX(`{MOMENT}`), SECOND)"
    now = "FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%SZ', CURRENT_TIMESTAMP())"
    return _query(f"SELECT GREATEST({newest}, 0), {now} FROM `{dataset}.{table}`")  # noqa: S608 - the stack's own
