"""Feature store: what is known of an entity, for training as it was then, for serving as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import pulumi
from pydantic import ConfigDict, Field, model_validator

from components.base import Component, Result, Spec
from components.features.parity import FEATURES
from components.fields import Column, DataPath, Name
from components.units import Duration

__all__ = [
    "FEATURES",
    "ColumnType",
    "Entity",
    "FeatureView",
    "Features",
    "FeaturesResult",
    "FeaturesSpec",
    "Materialize",
    "Online",
    "ViewResult",
]

ColumnType = Literal["string", "int", "float", "bool", "timestamp", "vector"]
"""A `vector` is a list of numbers."""


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
        ValueError: A freshness that the materialization can't keep, or columns that are one where case does not count.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    entity: Name
    """One of `features.entities`."""
    event_time: Column = Field(examples=["event_ts"])
    """Timestamp column that says when a row was true; training sees no later row."""
    columns: dict[Column, ColumnType] = Field(alias="schema", min_length=1, max_length=500)
    """Column to its type, without the entity's key and the event time. One more changes the store in place."""
    source: DataPath
    """Folder of Parquet files that have the key, the event time and the columns; see `docs/features.md`."""
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

    @model_validator(mode="after")
    def _is_measured(self) -> Self:
        if self.freshness and not self.materialize:
            raise ValueError(
                "freshness is measured by the materialization, and there is none. Write materialize: {every: 1h} too."
            )
        return self

    @model_validator(mode="after")
    def _columns_stay_apart(self) -> Self:
        first: dict[str, str] = {}
        for column in (self.event_time, *self.columns):
            other = first.setdefault(column.lower(), column)
            if other != column or (column in self.columns and column == self.event_time):
                raise ValueError(
                    f"{column} and {other} are one column where case does not count, as in SQL. Rename one, or leave"
                    " the event time out of the schema."
                )
        return self


class FeaturesSpec(Spec):
    """
    The feature store of a stack.

    Raises:
        ValueError: A view with the entity's key among its columns.
    """

    entities: dict[Name, Entity] = Field(min_length=1, max_length=100)
    views: dict[Name, FeatureView] = Field(default={}, max_length=500)

    @model_validator(mode="after")
    def _keys_are_no_columns(self) -> Self:
        for name, view in self.views.items():
            entity = self.entities.get(view.entity)
            if entity is None:
                continue  # `of` says so, and a blueprint's own rules do with its place
            taken = {column.lower() for column in (view.event_time, *view.columns)}
            if entity.key.lower() in taken:
                raise ValueError(f"views.{name} has {entity.key}, the key of {view.entity}, already. Leave it out.")
        return self

    def of(self, view: FeatureView) -> Entity:
        """
        The entity that a view is about.

        Raises:
            ValueError: There is none of that name.
        """
        if view.entity not in self.entities:
            known = ", ".join(sorted(self.entities)[:8])
            raise ValueError(f"{view.entity!r} is not in features.entities. Write one of {known}.")
        return self.entities[view.entity]

    def typed(self, view: FeatureView) -> Iterator[tuple[str, ColumnType]]:
        """Every column of a view with its type: the key, the event time, and what the schema has."""
        entity = self.of(view)
        yield entity.key, entity.type
        yield view.event_time, "timestamp"
        yield from view.columns.items()

    @property
    def online(self) -> bool:
        """Whether any view is served online."""
        return any(view.online for view in self.views.values())


@dataclass(frozen=True)
class ViewResult(Result):
    """
    One view, as training, serving and pipelines use it.

    Attributes:
        offline: Where a point-in-time join reads every value there was: `s3://…` of the offline store's Parquet files,
            `bq://project.dataset.table`, or `azureml:` id of the feature set version.
        offline_table: The same by the name that SQL or an SDK knows it: `database.table`, `project.dataset.table`,
            `<feature set>:<version>`.
        online: What the latest values are read from, by id: feature group on AWS, feature view on Google Cloud, the
            cache on Azure; None where the view is not served online.
        materialize_id: What a materialization is started with: state machine, workflow or Logic App; None where the
            blueprint has none.
        freshness_alarm_id: The alarm that tells when values are late or missing.
    """

    offline: pulumi.Output[str]
    offline_table: pulumi.Output[str]
    online: pulumi.Output[str] | None
    materialize_id: pulumi.Output[str] | None
    freshness_alarm_id: pulumi.Output[str] | None


@dataclass(frozen=True)
class FeaturesResult(Result):
    """
    The store, on every cloud.

    Attributes:
        store_id: Database of the offline store on AWS, dataset on Google Cloud, feature store workspace on Azure.
        views: By name, the fields of `ViewResult`.
    """

    store_id: pulumi.Output[str]
    views: dict[str, dict[str, pulumi.Output[str] | None]]


class Features(Component):
    """Base of `aws.py`, `gcp.py`, `azure.py`: same spec in, same result out."""

    capability: ClassVar[str] = "features"
    section: ClassVar[str] = "features"
    singleton: ClassVar[bool] = True
    spec: FeaturesSpec
    result: FeaturesResult
