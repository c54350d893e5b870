"""Feature store: what is known of an entity, for training as it was then, for serving as it is now."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from components.base import Spec
from components.fields import Column, DataPath, Name
from components.units import Duration

__all__ = ["ColumnType", "Entity", "FeatureView", "FeaturesSpec", "Materialize", "Online"]

ColumnType = Literal["string", "int", "float", "bool", "timestamp", "vector"]


class Entity(Spec):
    """What features are about: a customer, a card, a shop."""

    key: Column = Field(examples=["customer_id"])
    """Column that tells one from another."""
    type: Literal["string", "int"] = "string"


class Online(Spec):
    """Keep the latest values where an endpoint reads them within milliseconds."""

    ttl: Duration | None = None
    """A value older than this is gone; by default it stays until it is replaced."""


class Materialize(Spec):
    """How often new values go from the source to the store."""

    every: Duration


class FeatureView(Spec):
    """
    Columns of one source, about one entity.

    Raises:
        ValueError: A freshness that the materialization can't keep.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    entity: Name
    """One of `features.entities`."""
    event_time: Column = Field(examples=["event_ts"])
    """Column that says when a row was true; training sees no later row."""
    columns: dict[Column, ColumnType] = Field(alias="schema", min_length=1, max_length=500)
    """Column to its type."""
    source: DataPath
    online: Online | None = None
    materialize: Materialize | None = None
    freshness: Duration | None = None
    """Alarm when the newest value is older; no data counts as older."""

    @model_validator(mode="after")
    def _can_be_fresh(self) -> Self:
        if self.freshness and self.materialize and self.freshness < self.materialize.every:
            raise ValueError(
                f"freshness ({self.freshness}) is shorter than materialize.every ({self.materialize.every}),"
                f" so it would always be late. Write freshness: {self.materialize.every} or more."
            )
        return self


class FeaturesSpec(Spec):
    """The feature store of a stack."""

    entities: dict[Name, Entity] = Field(min_length=1, max_length=100)
    views: dict[Name, FeatureView] = Field(default={}, max_length=500)
