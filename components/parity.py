"""How well each cloud keeps each promise: native, by a substitute, or missing, with the reason and its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any, Literal

from components.base import Cloud, Spec

__all__ = ["Feature", "Line", "Support", "features", "lines", "missing", "native", "substitute"]


@dataclass(frozen=True)
class Support:
    """
    One cloud's answer to one feature.

    Attributes:
        level: `native`: the service does it. `substitute`: something we provision does it. `missing`: nothing does.
        by: What does it, in a few words.
        reason: Why it is not native; empty where it is.
        source: Page or schema that the answer rests on.
        refuse: A blueprint that needs it is refused on this cloud, strict or not, as leaving it out would do harm.
    """

    level: Literal["native", "substitute", "missing"]
    by: str = ""
    reason: str = ""
    source: str = ""
    refuse: bool = False


def native(by: str, source: str) -> Support:
    """The cloud's own service keeps the promise."""
    return Support("native", by=by, source=source)


def substitute(by: str, reason: str, source: str) -> Support:
    """The cloud has no such thing; `by` behaves as near to it as can be."""
    return Support("substitute", by=by, reason=reason, source=source)


def missing(reason: str, source: str, *, refuse: bool = False) -> Support:
    """Nothing on the cloud keeps the promise, and we don't pretend."""
    return Support("missing", reason=reason, source=source, refuse=refuse)


@dataclass(frozen=True)
class Feature:
    """
    One feature of a capability and what each cloud makes of it.

    Attributes:
        name: In a few words, as the parity table shows it.
        needed: Whether a spec asks for it.
        on: Each cloud's answer.
    """

    name: str
    needed: Callable[[Any], bool]
    on: Mapping[Cloud, Support]


@dataclass(frozen=True)
class Line:
    """One line of a stack's parity table."""

    capability: str
    feature: str
    cloud: str
    support: str
    by: str
    reason: str
    source: str
    needed: bool
    refused: bool

    def as_json(self) -> dict[str, Any]:
        """As the plan's document holds it."""
        return asdict(self)


def features(capability: str) -> tuple[Feature, ...]:
    """The features that a capability declares in its `FEATURES`."""
    return import_module(f"components.{capability}").FEATURES


def lines(capability: str, cloud: Cloud, specs: list[Spec]) -> list[Line]:
    """What the cloud makes of each feature, and whether one of the specs needs it."""
    table = []
    for feature in features(capability):
        answer = feature.on[cloud]
        needed = any(feature.needed(spec) for spec in specs)
        table.append(
            Line(
                capability=capability,
                feature=feature.name,
                cloud=cloud,
                support=answer.level,
                by=answer.by,
                reason=answer.reason,
                source=answer.source,
                needed=needed,
                refused=needed and answer.refuse,
            )
        )
    return table
