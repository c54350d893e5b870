"""Streams: records as they happen, kept in order and written to the feature store or to the data store."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from components.base import Spec
from components.features import ColumnType
from components.fields import Column, DataPath, Name
from components.units import Duration, Rate

__all__ = ["Sink", "StreamSpec"]


class Sink(Spec):
    """Where the records go."""

    view: Name | None = None
    """A view of `features`."""
    data: DataPath | None = None
    """A path of the data store."""


class StreamSpec(Spec):
    """One stream."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    throughput: Rate = Rate.parse("100/s")
    """Records at the peak."""
    retain: Duration = Duration.parse("1d")
    """How long a record can be read again."""
    columns: dict[Column, ColumnType] = Field(alias="schema", min_length=1, max_length=500)
    """Column to its type."""
    late: Duration = Duration.parse("5m")
    """How late a record may come and still count."""
    to: Sink
