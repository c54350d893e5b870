"""What an endpoint was asked and answered, as each cloud records it: columns, `prediction`, `id` and `time`."""

from __future__ import annotations

import base64
import csv
import io
import json
from typing import Any, Iterator, Mapping, Sequence

import pandas as pd

from .problem import Problem
from .tables import json_lines, readable

__all__ = ["ID", "PREDICTION", "TIME", "read_captures"]

ID, TIME, PREDICTION = "id", "time", "prediction"
ANSWERS = ("prediction", "score", "probability", "predicted_label", "output", "label")


def read_captures(folder: str, columns: Sequence[str]) -> pd.DataFrame:
    """
    Each row that was asked, with what was answered.

    Args:
        folder: Where the records lie.
        columns: Names of what is asked, in the order of a request that names none, such as a CSV line.

    Raises:
        Problem: A record that is of no cloud, or rows that don't have these columns.
    """
    rows: list[Any] = []
    halves: dict[str, dict[str, Any]] = {}
    for path in readable(folder):
        for record in json_lines(path):
            if "captureData" in record:
                rows += _sagemaker(record, columns)
            elif "request_payload" in record:
                rows += _vertex(record, columns)
            elif "data" in record and "time" in record:
                if str(record.get("datainblob", "")).lower() == "true":
                    continue  # too large for a line, or no text: it lies elsewhere
                half = halves.setdefault(str(record.get("correlationid") or record["id"]), {})
                half["asked" if _is_input(record, path.parts) else "answered"] = record
            else:
                raise Problem(f"{path.name} holds no record of a request: {sorted(record)[:6]}.")
    rows += [row for whole in halves.values() for row in _azure(whole, columns)]
    return pd.DataFrame(rows, columns=None if rows else [*columns, PREDICTION, ID, TIME])


def _sagemaker(record: Mapping[str, Any], columns: Sequence[str]) -> Iterator[Any]:
    """Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html"""
    held, about = record["captureData"], record["eventMetadata"]
    asked, answered = (_payload(held.get(side) or {}) for side in ("endpointInput", "endpointOutput"))
    yield from _rows(asked, answered, columns, about.get("inferenceId") or about["eventId"], about["inferenceTime"])


def _payload(side: Mapping[str, Any]) -> Any:
    text, encoding = side.get("data", ""), side.get("encoding", "CSV")
    if encoding == "BASE64":
        text = base64.b64decode(text).decode("utf-8", "replace")
    return _parsed(text)


def _parsed(text: str) -> Any:
    """JSON, or else the lines of a CSV text, each a list of its cells."""
    try:
        return json.loads(text)
    except ValueError:
        return [line for line in csv.reader(io.StringIO(text)) if line]


def _vertex(record: Mapping[str, Any], columns: Sequence[str]) -> Iterator[Any]:
    """Source: https://cloud.google.com/vertex-ai/docs/predictions/online-prediction-logging#table_schema"""
    asked = [_parsed(text) for text in record["request_payload"]]
    answered = [_parsed(text) for text in record.get("response_payload") or []]
    yield from _rows(asked, answered, columns, str(record.get("request_id", "")), record["logging_time"])


def _is_input(record: Mapping[str, Any], folders: Sequence[str]) -> bool:
    kind = str(record.get("type") or "").lower()
    if kind.endswith((".request", ".response")):
        return kind.endswith(".request")
    return "output" not in kind and not any("output" in folder.lower() for folder in folders)


def _azure(whole: Mapping[str, Any], columns: Sequence[str]) -> Iterator[Any]:
    """Source: https://learn.microsoft.com/azure/machine-learning/concept-data-collection"""
    asked, answered = whole.get("asked"), whole.get("answered")
    if asked:
        own = str(asked.get("correlationid") or asked["id"])
        yield from _rows(_told(asked), _told(answered) if answered else [], columns, own, asked["time"])


def _told(half: Mapping[str, Any]) -> Any:
    return _parsed(half["data"]) if isinstance(half["data"], str) else half["data"]


def _rows(asked: Any, answered: Any, columns: Sequence[str], own: str, time: str) -> Iterator[Any]:
    answers = [_answer(each) for each in _list(answered, ("predictions", "outputs", "results"))]
    rows = _list(asked, ("instances", "inputs", "dataframe_records", "data"))
    if len(rows) > 1 and not any(isinstance(row, (list, Mapping)) for row in rows):
        rows = [rows]  # the values of one row
    for index, each in enumerate(rows):
        row = dict(each) if isinstance(each, Mapping) else _named(each, columns)
        answer = answers[index] if index < len(answers) else None
        yield {**row, PREDICTION: answer, ID: row.get(ID, own), TIME: time}


def _list(payload: Any, wrappers: Sequence[str]) -> list[Any]:
    """The rows of a payload: a list, the list that a usual wrapper holds, or one row."""
    if isinstance(payload, Mapping):
        inner = next((payload[key] for key in wrappers if key in payload), None)
        return [payload] if inner is None else _list(inner, ())
    return payload if isinstance(payload, list) else [] if payload is None else [payload]


def _named(cells: Any, columns: Sequence[str]) -> dict[str, Any]:
    values = cells if isinstance(cells, list) else [cells]
    if len(values) != len(columns):
        raise Problem(
            f"a request has {len(values)} values, and the baseline {len(columns)} columns: {', '.join(columns[:8])}."
            " Name the columns in the requests, or keep the baseline's order."
        )
    return {column: _number(value) for column, value in zip(columns, values)}


def _answer(each: Any) -> Any:
    if isinstance(each, Mapping):
        named = next((each[key] for key in ANSWERS if key in each), None)
        return _answer(named if named is not None else next(iter(each.values()), None))
    if isinstance(each, list):
        return _answer(each[-1]) if each else None  # of class probabilities, the last is the positive class
    return _number(each)


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value or None
